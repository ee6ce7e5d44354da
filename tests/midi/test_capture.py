"""Capture: the last bars stand alone, the whole set is all of it, and no disk troubles the music."""

import threading
from collections.abc import Callable
from pathlib import Path

import mido
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.live.engine import Engine
from instrument.messages import Set, command
from instrument.midi.capture import Capture, Label
from instrument.midi.smf import write_smf
from instrument.midi.tape import Tape
from instrument.notes import NOTE_OFF, NOTE_ON, Event, Output, TempoChange, note_off, note_on, program_change
from instrument.tempo import Metre
from tests.support import tiny_preset

BAR = Metre().bar_ticks
LABEL = Label("Tiny", Metre(), {})


def played(bars: int, seed: int = 1) -> list[Output]:
    engine = Engine([tiny_preset()], seed)
    engine.handle(command("play"), 0)
    engine.handle(Set("tempo", 90.0), 2 * BAR)
    return engine.advance(bars * BAR)


def balanced(outputs: list[Output]) -> bool:
    sounding: set[tuple[int, int, int]] = set()
    for output in outputs:
        if isinstance(output, Event) and output.kind in (NOTE_ON, NOTE_OFF):
            key = (output.part, output.channel, output.data1)
            if (key in sounding) == (output.kind == NOTE_ON):
                return False
            sounding ^= {key}
    return not sounding


def wound(outputs: list[Output], **more: int) -> Tape:
    tape = Tape(whole=True, **more)
    for output in outputs:
        tape.add(output)
    return tape


def test_the_last_bars_stand_alone() -> None:
    outputs = played(9)
    cut = wound(outputs).cut(4 * BAR, 8 * BAR)
    assert cut[0] == TempoChange(0, 90.0)
    assert {o.channel for o in cut if isinstance(o, Event) and o.kind == 0xC0} == {0, 1, 2, 3}
    assert balanced(cut)
    assert max(o.tick for o in cut) <= 4 * BAR
    inside = [o._replace(tick=o.tick - 4 * BAR) for o in outputs if 4 * BAR <= o.tick < 8 * BAR]
    ons = [o for o in inside if isinstance(o, Event) and o.kind == NOTE_ON]
    assert [o for o in cut if isinstance(o, Event) and o.kind == NOTE_ON][-len(ons) :] == ons


@given(start=st.integers(0, 12 * BAR), length=st.integers(1, 6 * BAR), recent=st.integers(1, 400))
def test_any_cut_is_balanced(start: int, length: int, recent: int) -> None:
    cut = wound(OUTPUTS, recent=recent).cut(start, start + length)
    assert balanced(cut)
    assert [o.tick for o in cut] == sorted(o.tick for o in cut)


OUTPUTS = played(12)


def test_memory_is_bounded_and_what_was_in_force_stays() -> None:
    tape = wound([TempoChange(0, 77.0), program_change(0, 3, 40)], recent=10)
    for beat in range(1000):
        tape.add(note_on(beat, 3, 60, 9))
        tape.add(note_off(beat, 3, 60))
    cut = tape.cut(997, 1000)
    assert cut[:2] == [TempoChange(0, 77.0), program_change(0, 3, 40)]
    assert len(cut) == 8
    assert len(list(tape.all())) == 2002


def test_keep_the_last_bars_writes_a_file(tmp_path: Path) -> None:
    told: list[str] = []
    capture = Capture(told.append, tmp_path / "new")
    for output in OUTPUTS:
        capture.keep(output)
    for _ in range(2):
        capture.capture(2, 11 * BAR + 5, 0, LABEL)
    capture.close(LABEL)
    files = sorted((tmp_path / "new").iterdir())
    assert len(files) == 2, "neither was written over the other"
    assert [str(path) in " ".join(told) for path in files] == [True, True]
    file = mido.MidiFile(files[0])
    assert sum(m.time for m in file.tracks[1]) <= 2 * BAR + 6
    assert [m.tempo for m in file.tracks[0] if m.type == "set_tempo"] == [round(60e6 / 90)]


def test_nothing_played_is_told(tmp_path: Path) -> None:
    told: list[str] = []
    capture = Capture(told.append, tmp_path)
    capture.capture(8, 0, 0, LABEL)
    capture.close(LABEL)
    assert told == ["nothing was played yet: nothing captured"]


def test_the_whole_set_is_what_was_played(tmp_path: Path) -> None:
    capture = Capture(pytest.fail, tmp_path, tmp_path / "set.mid")
    for output in OUTPUTS:
        capture.keep(output)
    capture.close(LABEL)
    write_smf(tmp_path / "direct.mid", OUTPUTS, LABEL.metre, LABEL.names, LABEL.title)
    assert (tmp_path / "set.mid").read_bytes() == (tmp_path / "direct.mid").read_bytes()


def test_a_file_a_part(tmp_path: Path) -> None:
    capture = Capture(pytest.fail, tmp_path, f"{tmp_path}/set/")
    for output in (TempoChange(0, 80.0), note_on(0, 0, 60, 9), note_on(1, 4, 61, 9, 2), note_off(2, 0, 60)):
        capture.keep(output)
    capture.keep(note_off(3, 4, 61, 2))
    capture.close(LABEL)
    assert [path.name for path in sorted((tmp_path / "set").iterdir())] == ["part-1.mid", "part-3.mid"]
    assert all(len(mido.MidiFile(path).tracks) == 2 for path in (tmp_path / "set").iterdir())


@pytest.mark.parametrize("break_it", [lambda p: p.write_text("in the way"), lambda p: p.symlink_to("/dev/null/x")])
def test_a_folder_that_cannot_be_written(
    break_it: Callable[[Path], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    break_it(tmp_path / "set")
    told: list[str] = []
    capture = Capture(told.append, record=tmp_path / "set" / "a.mid")
    for output in OUTPUTS:
        capture.keep(output)
    capture.close(LABEL)
    rescued = tmp_path / "data" / "eigenwalk" / "rescued" / "a.mid"
    assert f"saved as {rescued}" in told[0]
    assert mido.MidiFile(rescued).length > 0


def test_keeping_never_waits_for_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stuck, go = threading.Event(), threading.Event()

    def slow(*rest: object) -> None:
        stuck.set()
        assert go.wait(20)

    monkeypatch.setattr("instrument.midi.smf.write_smf", slow)
    capture = Capture(lambda line: None, tmp_path)
    for output in OUTPUTS:
        capture.keep(output)
    capture.capture(2, 11 * BAR, 0, LABEL)
    assert stuck.wait(20)
    for output in OUTPUTS:  # would never return
        capture.keep(output)
    go.set()
    capture.close(LABEL)
