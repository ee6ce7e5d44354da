"""Controllers at work: what is learnt is kept, faders follow without an echo, set lists bring their own maps."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from instrument.controls import TABLE, ControlError
from instrument.messages import Heard, Message, Set, command
from instrument.midi.controllers import Controllers, Do
from instrument.midi.output import Silent
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


def test_a_controller_that_is_plugged_in_gets_its_map(rig: Callable[[], Rig], tmp_path: Path) -> None:
    desk = rig()
    (tmp_path / "box.toml").write_text('name = "box"\nports = ["*box*"]\nbind = [{touch="cc 3", target="swing"}]')
    assert desk.controllers.knows("a box 24:0")
    assert not desk.controllers.knows("keys")
    desk.controllers.appeared(2, "a box 24:0")
    assert desk.alerts == ["a box 24:0 is here, with the map box"]
    assert desk.controllers.status().maps == ("default", "default", "box")
    assert desk.controllers.status().held["swing"] == "CC 3"
    assert desk.hear((0xB0, 3, 0), (0xB0, 3, 127), source=2)[-1:] == [Set("swing", TABLE["swing"].high)]


def test_a_port_that_is_gone_lifts_its_keys(rig: Callable[[], Rig], tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('ports = ["port a"]\nfeedback = "lamps"\nbind = [{touch="cc 1", target="step"}]')
    desk = rig()
    desk.hear((0x92, 60, 80), (0x92, 64, 80), (0x82, 60, 0), source=0)
    desk.hear((0x90, 70, 80), source=1)
    gone: list[Any] = []
    desk.controllers._post = gone.append
    desk.controllers.vanished(0, system=False)
    assert list(desk.controllers.translate(gone[0])) == [Heard((0x82, 64, 0), 0)], "and not what another port holds"
    assert desk.controllers.status().maps == ("default",)
    assert "step" in desk.controllers.status().held, "which the other port's map moves too"
    desk.controllers.show()
    assert desk.lamps.sent == []
    desk.controllers._post = desk.post
    desk.controllers.appeared(0, "port a")
    assert desk.lamps.closed, "the old one, which stayed open until its system was known to live"
    desk.controllers.show()
    assert desk.lamps.sent == [(0xB0, 1, round(desk.values["step"] * 127))]


def test_a_map_moves_the_selected_part_or_the_one_it_names(rig: Callable[[], Rig], tmp_path: Path) -> None:
    rows = '{touch="cc 1", target="step", pickup=false}, {touch="cc 2", target="home", part=1, pickup=false}'
    more = '{touch="note 3", target="freeze 2"}, {touch="note 4", target="select", part=4}'
    (tmp_path / "a.toml").write_text(f'ports = ["port a"]\nprograms = "now"\nbind = [{rows}, {more}]')
    desk = rig()
    knobs = (0xB0, 1, 127), (0xB0, 2, 127), (0x90, 3, 1), (0xC0, 5)
    assert [m.part for m in desk.hear(*knobs) if not isinstance(m, Heard)] == [0, 0, 0, 0]
    desk.controllers.intercept(command("select", part=2))
    desk.values["home"] = desk.values["step"] = 0.0
    sent = [m for m in desk.hear(*knobs, (0x80, 3, 0), (0x90, 3, 1)) if not isinstance(m, Heard)]
    assert [m.part for m in sent] == [2, 0, 2, 2], "a key that is still down fires once"
    assert command("program", 6, "now", part=2) in sent
    (select,) = desk.hear((0x90, 4, 9))
    desk.controllers.intercept(select)
    assert desk.controllers.status().part == 3
    assert "home" not in desk.controllers.status().held or desk.controllers.status().held["home"] != "CC 2"


def test_what_is_learnt_is_the_selected_part_s_or_the_one_s_named(rig: Callable[[], Rig]) -> None:
    desk = rig()
    desk.controllers.intercept(command("select", part=1))
    for target, knob in ("swing", 90), ("home part 2", 91):
        desk.controllers.intercept(command("learn", target, part=1))
        desk.hear((0xB0, knob, 100))
    parts = {str(row.target): row.target.part for row in desk.controllers._by_source[0].mapper.map.bindings}
    assert (parts["swing"], parts["home"]) == (None, 1)


def test_messages_of_no_port_of_ours_pass(rig: Callable[[], Rig]) -> None:
    desk = rig()
    assert list(desk.controllers.translate(Heard((0xB0, 17, 1), 7))) == [Heard((0xB0, 17, 1), 7)]
    assert list(desk.controllers.translate(command("play"))) == [command("play")]
    done: list[int] = []
    assert desk.controllers.intercept(Do(lambda: done.append(1)))
    assert done == [1]
