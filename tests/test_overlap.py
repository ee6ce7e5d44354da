"""What scripts/bench_quality measures excerpts by."""

from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

SCRIPTS = Path(__file__).parent.parent / "scripts"
BEAT = 480


@pytest.fixture
def overlap(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    return import_module("quality.overlap")


def test_excerpts_of_silence_and_of_a_single_chord_are_described(overlap: ModuleType) -> None:
    silence = np.zeros((0, 4), dtype=np.int64)
    chord = np.array([[0, BEAT, pitch, 0] for pitch in (60, 64, 67)])
    for notes in (silence, chord):
        assert all(np.isfinite(values).all() for values in overlap.describe(notes).values())
    assert overlap.describe(chord)["pitch_count"] == [3]
    assert overlap.describe(silence)["note_density"] < overlap.describe(chord)["note_density"]


def test_two_excerpts_of_one_piece_are_no_pair(overlap: ModuleType) -> None:
    draw = np.random.default_rng(1)
    pieces = np.repeat(np.arange(12), 4)
    real = [{"pitch_count": np.array([10.0 * piece + draw.random()])} for piece in pieces]
    made = [{"pitch_count": np.array([10.0 * number + draw.random()])} for number in range(12)]
    apart, together = overlap.compare(made, real, pieces)["pitch_count"], overlap.compare(made, real)["pitch_count"]
    assert apart != together
    alone = overlap.compare(made, real[::4], pieces[::4])["pitch_count"]
    assert alone == overlap.compare(made, real[::4])["pitch_count"]  # one of each: there is nothing to leave out
