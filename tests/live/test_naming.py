"""Chords by name."""

import pytest

from instrument.live.naming import chord, notes


@pytest.mark.parametrize(
    ("pitches", "name"),
    [
        ([60, 64, 67], "C"),
        ([57, 60, 64], "Am"),
        ([64, 67, 72], "C/E"),
        ([55, 59, 62, 65], "G7"),
        ([57, 60, 64, 67], "Am7"),
        ([60, 64, 67, 69], "C6"),
        ([59, 62, 65], "Bdim"),
        ([60, 61, 62], ""),
        ([], ""),
    ],
)
def test_chords(pitches: list[int], name: str) -> None:
    assert chord(pitches) == name


def test_notes_have_octaves() -> None:
    assert notes([67, 60]) == "C4 G4"
