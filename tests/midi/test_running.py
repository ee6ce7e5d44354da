"""The running order: on and back, on the grid, with neighbours read beforehand; saved while it plays."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from instrument import bank
from instrument.controls import ControlError
from instrument.errors import UserError
from instrument.live.engine import Engine
from instrument.messages import command
from instrument.midi.desk import Desk
from instrument.midi.running import first_presets
from instrument.preset import Preset
from instrument.setlist import load_setlist
from tests.jack import until
from tests.support import tiny_preset

GIG = """
[[entry]]
name = "one"
notes = "breathe"
tempo = 90
part = [{preset = "a.safetensors", controls = {step = 0.1}}]
[[entry]]
name = "two"
tempo = 150
part = [{preset = "b.safetensors", controls = {step = 0.9}}, {preset = "a.safetensors", controls = {octave = 1}}]
[[entry]]
name = "three"
part = [{preset = "c.safetensors"}]
"""


class Stage:
    """An engine with its desk; the inbox is a list."""

    def __init__(self, folder: Path, gig: Path | None) -> None:
        presets = [Preset.load(path) for path in first_presets(gig)] if gig else [tiny_preset()]
        self.engine = Engine(presets, 1)
        self.inbox: list[Any] = []
        self.alerts: list[str] = []
        self.desk = Desk(self.engine, [], self.alerts.append, self.inbox.append, set_list=gig)
        for message in self.desk.opening():
            self.engine.handle(message, 0)

    def do(self, name: str, *args: float | str) -> None:
        assert self.desk.intercept(command(name, *args), self.engine.tick)

    def arrive(self, count: int) -> None:
        """Hand the engine what the worker posts, `count` messages."""
        until(f"{count} messages", lambda: len(self.inbox) >= count)
        assert len(self.inbox) == count
        for message in self.inbox:
            self.engine.handle(message, self.engine.tick)
        self.inbox.clear()

    @property
    def set(self) -> Any:
        return self.desk.shown(self.engine.status()).set_list


Make = Callable[[Path | None], Stage]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_MUSIC_DIR":
        monkeypatch.setenv(name, str(tmp_path / name))
    for number, name in enumerate("abc"):
        tiny_preset(pieces=number + 2, title=name.upper()).save(tmp_path / f"{name}.safetensors")
    (tmp_path / "gig.toml").write_text(GIG)
    return tmp_path


@pytest.fixture
def make(folder: Path) -> Iterator[Make]:
    stages: list[Stage] = []

    def stage(gig: Path | None) -> Stage:
        stages.append(Stage(folder, gig))
        return stages[-1]

    yield stage
    for made in stages:
        made.desk.close()


def test_on_and_back_on_the_grid_with_the_entry_s_controls(make: Make, folder: Path) -> None:
    stage = make(folder / "gig.toml")
    engine, bar = stage.engine, stage.engine.metre.bar_ticks
    assert (engine.controls.tempo, engine.parts[0].hand.controls.step) == (90, 0.1)
    until("the neighbour", lambda: stage.set.next == "loaded")
    assert (stage.set.entries, stage.set.current, stage.set.notes) == (("one", "two", "three"), 0, "breathe")
    engine.handle(command("play"), 0)
    engine.advance(bar + 10)
    stage.do("next")
    stage.arrive(2)
    assert [part.title for part in engine.status().parts] == ["A"], "not before the bar line"
    assert engine.controls.tempo == 90
    engine.advance(2 * bar + 1)
    assert [part.title for part in engine.status().parts] == ["B", "A"]
    assert (engine.controls.tempo, engine.parts[0].hand.controls.step, engine.parts[1].hand.controls.octave) == (
        150,
        0.9,
        1,
    )
    stage.do("entry", 3)
    stage.arrive(2)
    engine.advance(3 * bar + 1)
    assert [part.title for part in engine.status().parts] == ["C"]
    assert (stage.set.current, stage.set.next) == (2, "")
    with pytest.raises(ControlError, match="entries 1 to 3, no 4"):
        stage.do("next")
    stage.do("previous")
    stage.arrive(2)
    assert stage.set.current == 1


def test_twice_quickly_goes_two_on(make: Make, folder: Path) -> None:
    stage = make(folder / "gig.toml")
    stage.do("next")
    stage.do("program", 3)
    until("both", lambda: stage.set.current == 2)


def test_a_preset_that_vanishes_is_told_and_what_plays_goes_on(make: Make, folder: Path) -> None:
    stage = make(folder / "gig.toml")
    until("the neighbour", lambda: stage.set.next == "loaded")
    (folder / "c.safetensors").unlink()
    stage.do("next")
    until("the second", lambda: stage.set.current == 1)
    until("why the third cannot be played", lambda: "no such preset" in stage.set.next)
    stage.do("next")
    until("the line", lambda: any(line.startswith("three cannot be played") for line in stage.alerts))
    assert stage.set.current == 1
    stage.do("previous")
    until("the first", lambda: stage.set.current == 0)


def test_missing_presets_are_told_at_the_start(folder: Path) -> None:
    for name in "ac":
        (folder / f"{name}.safetensors").unlink()
    with pytest.raises(UserError, match=r"entry 1 \(one\).*entry 2 \(two\).*entry 3 \(three\)"):
        first_presets(folder / "gig.toml")
    (folder / "a.safetensors").write_bytes(b"rubbish")
    (folder / "c.safetensors").write_bytes(b"rubbish")
    with pytest.raises(UserError, match=r"a\.safetensors: not a preset file"):
        first_presets(folder / "gig.toml")


def test_what_plays_is_saved_with_one_key(make: Make, folder: Path) -> None:
    stage = make(folder / "gig.toml")
    stage.do("save_set")
    until("the line", lambda: any("saved as entry 4" in line for line in stage.alerts))
    assert load_setlist(folder / "gig.toml").entries[3].parts[0].preset == "a.safetensors"
    assert (folder / "gig.toml").read_text().startswith(GIG.rstrip("\n"))


def test_without_a_set_list_one_is_begun(make: Make, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bank, "folders", lambda: [folder])
    stage = make(None)
    assert stage.set.entries == ()
    with pytest.raises(ControlError, match="there is no set list"):
        stage.do("next")
    with pytest.raises(ControlError, match="presets 1 to 3, no 9"):
        stage.do("program", 9)
    stage.do("program", 2)
    stage.arrive(1)
    assert stage.engine.status().parts[0].title == "B"
    stage.do("save_set")
    until("the line", lambda: any("saved as entry 1" in line for line in stage.alerts))
    assert stage.set.current == 0
