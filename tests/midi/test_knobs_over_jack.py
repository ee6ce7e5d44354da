"""A virtual controller on a real MIDI system: learn, soft takeover, pedal and program change."""

import itertools
import subprocess
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
        "out": "virtual", "in": ["knobs"], "api": None, "record": None, "set_list": str(tmp_path / "gig.toml"),
    }  # fmt: skip
    engine = EngineProcess(config)
    assert engine.wait_ready(20), engine.error
    yield engine, box
    assert engine.close() == 0, engine.error
    box.port.close()


@pytest.mark.jack
def test_learn_and_take_over(rig: tuple[EngineProcess, Controller], tmp_path: Path) -> None:
    engine, box = rig

    def shows(what: str, holds: Callable[[Status], bool], *turned: tuple[int, ...]) -> None:
        """Wait for a status that `holds`; what is turned for it is turned again while it does not come.

        A JACK server without real time loses a message now and then on a busy machine.
        """
        turns = itertools.count()

        def held() -> bool:
            status = engine.latest()
            if status is None or holds(status):
                return status is not None
            if next(turns) % 50 == 0:
                for number, *values in turned:
                    box.turn(number, *values)
            return False

        until(what, held)

    def step(status: Status) -> float:
        return status.parts[0].controls["step"]

    shows("the set list's control", lambda s: step(s) == 0.5)
    engine.send(command("learn", "step"))
    shows("that it learns", lambda s: s.controllers.learning == "step")
    shows("the knob that holds it", lambda s: s.controllers.held.get("step") == "CC 90", (90, 100))
    until("the map's file", lambda: list(tmp_path.glob("XDG_CONFIG_HOME/eigenwalk/controllers/*.toml")))
    density = pytest.approx(160 / 127)
    above, old, another = (90, 120, 110), (17, 0), (22, 64, 80)  # no jump; what held it before; the one to wait for
    shows("the last of three knobs", lambda s: s.parts[0].controls["density"] == density, above, old, another)
    shows("that the first one waits", lambda s: step(s) == 0.5)
    engine.send(command("learn", "next"))
    shows("that it learns again", lambda s: s.controllers.learning == "next")
    shows("the pedal", lambda s: s.controllers.held.get("next") == "CC 64", (64, 127, 0))
    shows("the knob's value", lambda s: step(s) == pytest.approx(40 / 127), (90, 70, 60, 40))  # taken along
    shows("the next entry", lambda s: s.set_list.current == 1, (64, 0, 127, 0))
    engine.send(command("learn", "previous"))
    shows("that it learns", lambda s: s.controllers.learning == "previous")
    box.port.send((0xC0, 0), 0)  # no touch, and none that is learnt: it chooses
    shows("what goes back", lambda s: s.controllers.held.get("previous") == "CC 65", (65, 127, 0))
    shows("the first entry again", lambda s: s.set_list.current == 0, (65, 0, 127, 0))


@pytest.mark.jack
def test_a_controller_plugged_in_while_it_plays(
    jack_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME":
        monkeypatch.setenv(name, str(tmp_path / name))
    maps = tmp_path / "XDG_CONFIG_HOME" / "eigenwalk" / "controllers"
    maps.mkdir(parents=True)
    (maps / "box.toml").write_text('ports = ["box:*"]\nbind = [{touch="cc 90", target="step", pickup=false}]')
    tiny_preset().save(tmp_path / "a.safetensors")
    config: dict[str, Any] = dict.fromkeys(("bars", "in", "api", "record", "set_list", "out"))
    engine = EngineProcess(
        {**config, "presets": [str(tmp_path / "a.safetensors")], "seed": 1, "settings": {}, "play": True}
    )
    lines: list[str] = []

    def shows(what: str, holds: Callable[[Status], bool]) -> None:
        until(what, lambda: (status := engine.latest()) is not None and holds(status))

    def told(text: str) -> bool:
        lines.extend(engine.notices())
        return any(text in line for line in lines)

    try:
        shows("its own input alone", lambda s: s.health.input == "eigenwalk-in:in")
        for turn in (127, 0):  # plugged in, unplugged, plugged in again
            box = Controller()
            shows("the map", lambda s: s.controllers.maps == ("default", "box"))
            until("the line", lambda: told("box:knobs is here, with the map box"))
            shows("the port", lambda s: s.health.input == "eigenwalk-in:in, box:knobs")
            turns = itertools.count()

            def follows(status: Status, box: Controller = box, turn: int = turn, turns: Any = turns) -> bool:
                if next(turns) % 50 == 0:  # JACK may lose one on a busy machine
                    box.port.send((0xB0, 90, turn), 0)
                return status.parts[0].controls["step"] == turn / 127

            shows("the knob", follows)
            box.port.close()
            until("its end", lambda: told("box:knobs is unplugged"))
            shows("no map", lambda s: s.controllers.maps == ("default",))
            lines.clear()
        subprocess.run(["jack_connect", "eigenwalk:out", "eigenwalk-in:in"], check=False, capture_output=True)
        until("the loop taken off", lambda: told("it would follow itself"))
    finally:
        assert engine.close() == 0, engine.error
