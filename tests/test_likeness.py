"""What segments sound like to who compares them."""

import numpy as np
import pytest

from instrument.likeness import likeness, preset_likeness
from instrument.preset import Preset
from tests.support import tiny_preset


def rows(*notes: tuple[int, int, int, int], pitched: bool = True, size: int = 3) -> np.ndarray:
    """Of notes (segment, onset, end, pitch) in segments of 480 ticks."""
    segment, onset, end, pitch = np.array(notes).T
    return likeness(size, 480, segment, onset, end, pitch, np.full(len(notes), pitched))


def test_pitch_classes_count_by_how_long_they_sound_within_the_segment() -> None:
    found = rows((0, -480, 960, 60), (0, 120, 480, 64), (1, 0, 480, 72))
    assert found[0][[0, 4]] == pytest.approx(np.array([480, 360]) / np.hypot(480, 360))
    assert found[0] @ found[1] == pytest.approx(480 / np.hypot(480, 360))
    assert not found[2].any()  # silent


def test_drums_are_alike_by_the_strokes_of_each_key() -> None:
    found = rows((0, 0, 10, 36), (0, 240, 250, 36), (0, 240, 250, 42), (1, 0, 9, 48), (2, -9, 5, 36), pitched=False)
    assert found.shape == (3, 3)
    assert found[0] == pytest.approx(np.array([2, 1, 0]) / np.sqrt(5))
    assert found[0] @ found[1] == 0  # a tom an octave above the bass drum is another thing
    assert not found[2].any()  # what was struck before


def test_a_preset_s_rows_are_those_of_its_notes_without_drums() -> None:
    preset: Preset = tiny_preset(pieces=2, bars=3)
    found = preset_likeness(preset)
    for segment in range(len(preset)):
        row = np.zeros(12)
        for note in preset.notes(segment):
            row[note.pitch % 12] += min(preset.hop, note.onset + note.duration) - max(0, note.onset)
        assert found[segment] == pytest.approx(row / np.linalg.norm(row), abs=1e-6)
