"""Likeness: what segments sound like to somebody who compares them: their pitch classes, or strokes of a kit.

What flows in: notes of segments. What flows out: unit vectors, a row a segment, whose products are cosines. Workshop
and stage compare by the same, for the walk that is rehearsed is to be the one that plays. It knows no walk.

Shapes: N segments, M notes, P pitch classes (12), or keys that are struck where nothing has a pitch.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from instrument.preset import Preset

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float32]
CLASSES = 12


def likeness(size: int, hop: int, segment: Array, onset: Array, end: Array, pitch: Array, pitched: Array) -> Floats:
    """(size, P) of notes (M,): pitch classes by how long they sound, or strokes where no note is `pitched`.

    Ticks of `onset` and `end` count from the segment's start. A silent segment is like none: its row is 0.
    """
    if pitched.any():
        ticks = np.where(pitched, np.minimum(end, hop) - np.maximum(onset, 0), 0)
        return _unit(size, segment, pitch % CLASSES, ticks, CLASSES)
    struck = onset >= 0
    keys, column = np.unique(pitch[struck], return_inverse=True)
    return _unit(size, segment[struck], column.ravel(), np.ones(len(column)), max(1, len(keys)))


def preset_likeness(preset: Preset) -> Floats:
    """(N, P) of a preset's segments; drums count only where there is nothing else."""
    onset = preset.note_onset.astype(np.int64)
    pitched = ~np.isin(preset.note_voice, preset.meta.get("drums", ()))
    pitch = preset.note_pitch.astype(np.int64)
    end = onset + preset.note_duration
    return likeness(len(preset), preset.hop, preset.note_segment(), onset, end, pitch, pitched)


def _unit(size: int, segment: Array, column: Array, weight: Array, columns: int) -> Floats:
    cell = segment * columns + column
    rows = np.bincount(cell, weights=weight, minlength=columns * size).reshape(-1, columns)
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), dtype=np.float32)
