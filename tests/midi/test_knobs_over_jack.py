"""A virtual controller on a real MIDI system: learn, soft takeover, pedal and program change."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from instrument.live.session.process import EngineProcess
from instrument.messages import Status, command
from instrument.midi import ports
from tests.jack import jack_server, until
from tests.support import tiny_preset

__all__ = ["jack_server"]
GIG = """
[[entry]]
name = "one"
part = [{preset = "a.safetensors", controls = {step = 0.5}}]
[[entry]]
name = "two"
part = [{preset = "a.safetensors"}]
"""


class Controller:
    """A box of knobs: what it is told to send, it sends."""

    def __init__(self) -> None:
        self.port, _ = ports.open_output("virtual:knobs", None, "box")

    def turn(self, number: int, *values: int) -> None:
        for value in values:
            self.port.send((0xB0, number, value), 0)


@pytest.fixture
def rig(
    jack_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[EngineProcess, Controller]]:
    for name in "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME":
        monkeypatch.setenv(name, str(tmp_path / name))
    tiny_preset().save(tmp_path / "a.safetensors")
    (tmp_path / "gig.toml").write_text(GIG)
    box = Controller()
    config: dict[str, Any] = {
        "presets": [str(tmp_path / "a.safetensors")], "seed": 1, "settings": {}, "bars": None, "play": True,
        "out": "virtual", "in": "knobs", "api": None, "record": None, "set_list": str(tmp_path / "gig.toml"),
    }  # fmt: skip
    engine = EngineProcess(config)
    assert engine.wait_ready(20), engine.error
    yield engine, box
    assert engine.close() == 0, engine.error
    box.port.close()


@pytest.mark.jack
def test_learn_and_take_over(rig: tuple[EngineProcess, Controller], tmp_path: Path) -> None:
    engine, box = rig

    def shows(what: str, holds: Callable[[Status], bool]) -> None:
        until(what, lambda: (status := engine.latest()) is not None and holds(status))

    def step(status: Status) -> float:
        return status.parts[0].controls["step"]

    shows("the set list's control", lambda s: step(s) == 0.5)
    engine.send(command("learn", "step"))
    shows("that it learns", lambda s: s.controllers.learning == "step")
    box.turn(90, 100)
    shows("the knob that holds it", lambda s: s.controllers.held.get("step") == "CC 90")
    until("the map's file", lambda: list(tmp_path.glob("XDG_CONFIG_HOME/eigenwalk/controllers/*.toml")))
    box.turn(90, 120, 110)  # above: no jump
    box.turn(17, 0)  # what held it before holds nothing now
    box.turn(22, 64, 80)
    shows("another knob, turned after these", lambda s: s.parts[0].controls["density"] == pytest.approx(160 / 127))
    shows("that the first one waits", lambda s: step(s) == 0.5)
    engine.send(command("learn", "next"))
    shows("that it learns again", lambda s: s.controllers.learning == "next")
    box.turn(64, 127, 0)
    shows("the pedal", lambda s: s.controllers.held.get("next") == "CC 64")
    box.turn(90, 70, 60, 40)  # comes by, and takes it along
    shows("the knob's value", lambda s: step(s) == pytest.approx(40 / 127))
    box.turn(64, 127, 0)
    shows("the next entry", lambda s: s.set_list.current == 1)
    box.port.send((0xC0, 0), 0)
    shows("the first again", lambda s: s.set_list.current == 0)
