"""Controllers at work: what is learnt is kept, faders follow without an echo, set lists bring their own maps."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from instrument.controls import TABLE, ControlError
from instrument.messages import Heard, Message, Set, command
from instrument.midi.controllers import Controllers, Do
from instrument.midi.ports import Silent
from instrument.midi.worker import Worker
from tests.jack import until


class Lamps(Silent):
    """A port of faders and lights."""

    name = "lamps"

    def __init__(self) -> None:
        self.sent: list[tuple[int, ...]] = []
        self.closed = False

    def send(self, data: Any, due_ns: int) -> None:
        self.sent.append(tuple(data))

    def close(self) -> None:
        self.closed = True


class Rig:
    """Controllers on ports `a` and `b`, an engine that is a dictionary."""

    def __init__(self, folder: Path) -> None:
        self.values = {name: row.default for name, row in TABLE.items()}
        self.alerts: list[str] = []
        self.lamps = Lamps()
        self.worker = Worker(self.alerts.append)
        self.controllers = Controllers(
            ["port a", "port b"], lambda name, part: self.values[name], self.worker, self.alerts.append,
            self.post, lambda name: self.lamps if name == "lamps" else None, folder,
        )  # fmt: skip

    def post(self, message: Any) -> None:
        assert self.controllers.intercept(message)

    def hear(self, *data: tuple[int, ...], source: int = 0) -> list[Message]:
        sent = [m for one in data for m in self.controllers.translate(Heard(one, source))]
        self.values |= {m.name: m.value for m in sent if isinstance(m, Set)}
        return sent


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Callable[[], Rig]]:
    rigs: list[Rig] = []

    def make() -> Rig:
        rigs.append(Rig(tmp_path))
        return rigs[-1]

    yield make
    for made in rigs:
        made.worker.close()


def test_what_was_learnt_is_there_when_the_controller_comes_back(rig: Callable[[], Rig], tmp_path: Path) -> None:
    first = rig()
    assert first.controllers.intercept(command("learn", "swing"))
    assert first.controllers.status().learning == "swing"
    assert first.hear((0xB0, 90, 100), source=1) == []
    status = first.controllers.status()
    assert (status.learning, status.held["swing"]) == ("", "CC 90")
    assert first.alerts == ["swing is on cc 90 channel 1 of port b"]
    first.worker.close()
    assert [path.name for path in tmp_path.iterdir()] == ["port-b.toml"]
    second = rig()
    assert second.controllers.status().maps == ("default", "port b")
    assert [m for m in second.hear((0xB0, 90, 0), (0xB0, 90, 1), source=1) if isinstance(m, Set)] == [
        Set("swing", pytest.approx(50 + 25 / 127))  # type: ignore[arg-type]
    ]
    assert second.hear((0xB0, 90, 1), source=0) == [Heard((0xB0, 90, 1), 0)]


def test_forgetting_and_changing_ones_mind(rig: Callable[[], Rig]) -> None:
    desk = rig()
    desk.controllers.intercept(command("learn", "home"))
    desk.controllers.intercept(command("forget", "home"))
    assert desk.controllers.status().learning == ""
    assert "home" not in desk.controllers.status().held
    with pytest.raises(ControlError, match="no control is called"):
        desk.controllers.intercept(command("learn", "hom"))
    assert not desk.controllers.intercept(command("play"))


def test_a_disk_that_is_full_costs_only_the_file(rig: Callable[[], Rig], monkeypatch: pytest.MonkeyPatch) -> None:
    desk = rig()

    def full(*rest: object) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("instrument.midi.controllers.save_map", full)
    desk.controllers.intercept(command("learn", "swing"))
    desk.hear((0xB0, 90, 100))
    until("the alert", lambda: len(desk.alerts) == 2)
    assert "works but was not saved" in desk.alerts[1]
    assert desk.controllers.status().held["swing"] == "CC 90"


FADERS = """
ports = ["port a"]
feedback = "lamps"
bind = [
  {touch = "cc 1", target = "step", pickup = false},
  {touch = "cc14 2", target = "home"},
  {touch = "bend channel 3", target = "tempo"},
  {touch = "note 5", target = "mute"},
  {touch = "cc 9", target = "next"},
]
"""


def test_faders_follow_and_their_echo_moves_nothing(rig: Callable[[], Rig], tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(FADERS)
    desk = rig()
    desk.controllers.show()
    assert {data[0] for data in desk.lamps.sent} == {0xB0, 0xE2, 0x90}
    desk.lamps.sent.clear()
    desk.controllers.show()
    assert desk.lamps.sent == []
    desk.values |= {"step": 0.503, "home": 8.0, "mute": 1.0}
    desk.controllers.show()
    assert desk.lamps.sent == [(0xB0, 1, 64), (0xB0, 2, 127), (0xB0, 34, 127), (0x90, 5, 127)]
    assert desk.hear((0xB0, 1, 64)) == []
    assert desk.values["step"] == 0.503
    desk.hear((0xB0, 1, 100))
    desk.lamps.sent.clear()
    for _ in range(5):  # however often it says back what it was told
        desk.controllers.show()
        for data in list(desk.lamps.sent):
            assert desk.hear(data) == []
    assert desk.lamps.sent == [(0xB0, 1, 100)]
    desk.controllers.close()
    assert desk.lamps.closed


def test_an_entry_brings_its_maps_and_takes_them_along(rig: Callable[[], Rig], tmp_path: Path) -> None:
    (tmp_path / "gig.toml").write_text('name = "gig"\nports = ["port b"]\nbind = [{touch="cc 3", target="swing"}]')
    (tmp_path / "port-b.toml").write_text('name = "mine"\nports = ["port b"]')
    (tmp_path / "gig.toml").rename(tmp_path / "z-gig.toml")
    desk = rig()
    assert desk.controllers.status().maps == ("default", "mine")
    desk.controllers.prefer(["z-gig"], tmp_path)
    assert desk.controllers.status().maps == ("default", "gig")
    desk.controllers.prefer([], tmp_path)
    assert desk.controllers.status().maps == ("default", "mine")
    desk.controllers.intercept(command("learn", "home"))
    desk.controllers.prefer([], tmp_path)
    assert desk.controllers.status().learning == "home", "an entry that brings no map disturbs nobody"


def test_messages_of_no_port_of_ours_pass(rig: Callable[[], Rig]) -> None:
    desk = rig()
    assert list(desk.controllers.translate(Heard((0xB0, 17, 1), 7))) == [Heard((0xB0, 17, 1), 7)]
    assert list(desk.controllers.translate(command("play"))) == [command("play")]
    done: list[int] = []
    assert desk.controllers.intercept(Do(lambda: done.append(1)))
    assert done == [1]
