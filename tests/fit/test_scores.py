"""Notation through music21: pickups, bar numbers, metres, fermatas, one voice a part."""

from pathlib import Path
from typing import Any

import pytest

from instrument.fit.corpus import find, read
from instrument.fit.scores import score_pieces
from instrument.tempo import Metre

music21: Any = pytest.importorskip("music21")

TUNE = "X:1\nT:A tune\nM:3/4\nL:1/4\nK:C\nC|DEF|GAB|c2d|\n"


def test_a_tune_keeps_its_pickup(tmp_path: Path) -> None:
    (tmp_path / "tune.abc").write_text(TUNE)
    (piece,) = read(find([tmp_path])).pieces
    assert piece.metre == Metre(3, 4)
    assert piece.notes[:3, :3].tolist() == [[960, 480, 60], [1440, 480, 62], [1920, 480, 64]]
    assert piece.bar == 0


def test_broken_notation_is_skipped_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "bad.musicxml").write_text("<score-partwise><part>")
    ((_, reason),) = read(find([tmp_path])).skipped
    assert reason == "its reader failed (ParseError)"


def test_parts_are_voices_fermatas_phrase_ends_and_metres_pieces() -> None:
    score = music21.stream.Score()
    for name, pitch in (("Soprano", 72), ("Bass", 48)):
        part = music21.stream.Part()
        for beat in range(17):
            if beat in (0, 8):
                part.append(music21.meter.TimeSignature("4/4" if beat == 0 else "3/4"))
            part.append(music21.note.Note(pitch + beat % 3))
        part.notes[3].expressions.append(music21.expressions.Fermata())
        part = part.makeMeasures()
        part.partName = name
        score.append(part)
    score = music21.stream.Score([*score.parts])
    for part in score.parts:
        part.offset = 0
    first, second = score_pieces(score, "two voices")
    assert first.voices == ("Soprano", "Bass")
    assert first.phrase_ends == (1440,)
    assert (first.metre, len(first.notes)) == (Metre(4, 4), 16)
    assert (second.metre, second.bar, len(second.notes)) == (Metre(3, 4), 3, 18)
    assert second.name == first.name
