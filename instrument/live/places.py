"""Places (live room): segments that lie near something: a point of the map, of the embedding, or what just sounded.

What flows in: material, a point, and the place in the bar (segments since the bar line) that the segment must have
so that the bar lines hold. What flows out: segments, nearest first. A look at 50,000 segments costs about 1 ms.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from instrument.live.material import Material
from instrument.live.walk import Segments

POPCOUNT = np.array([bin(mask).count("1") for mask in range(4096)], np.uint8)
CHORD = 0.7  # semitones of voice leading that a pitch class weighs which only one of two chords has


def nearest(
    material: Material, points: npt.NDArray[np.float32], point: Sequence[float], place: int, count: int = 1
) -> Segments:
    """The `count` segments at `place` in the bar whose row of `points` (N, D) is nearest to `point` (D,)."""
    rows = material.at_place(place)
    away = points[rows] - np.asarray(point, np.float32)
    return _smallest(rows, np.einsum("ij,ij->i", away, away), count)


def entry(material: Material, end_pitch: npt.NDArray[np.float32], harmony: int, place: int) -> int:
    """Where a walk may come in near, in register and harmony, what sounded last in another preset.

    `end_pitch` (Q,) are the quantiles of its pitches, `harmony` its pitch classes, a bit each.
    """
    rows = material.at_place(place)
    rows = rows[material.preset.successor[rows] >= 0] if (material.preset.successor[rows] >= 0).any() else rows
    leading = np.abs(material.preset.start_pitch[rows] - end_pitch).mean(1)
    return int(_smallest(rows, leading + CHORD * POPCOUNT[material.harmony[rows] ^ np.uint16(harmony)], 1)[0])


def agreeing(
    material: Material, end_pitch: npt.NDArray[np.float32], harmony: int, place: int, count: int
) -> Segments:
    """Segments whose pitch classes are all in `harmony`, nearest in register to `end_pitch`; maybe none."""
    rows = material.at_place(place)
    chords = material.harmony[rows]
    rows = rows[(chords != 0) & (chords & np.uint16(~harmony & 0xFFF) == 0)]
    return _smallest(rows, np.abs(material.preset.start_pitch[rows] - end_pitch).mean(1), count)


def aligned(material: Material, segment: int, place: int) -> int:
    """The segment of the same piece that is nearest to `segment` and has `place` in the bar; itself if none has."""
    preset = material.preset
    for distance in range(material.steps_per_bar):
        for near in (segment - distance, segment + distance):
            if (
                0 <= near < len(preset)
                and preset.piece[near] == preset.piece[segment]
                and preset.metre_position[near] == place
            ):
                return near
    return segment


def _smallest(rows: Segments, values: npt.NDArray[np.floating], count: int) -> Segments:
    """The `count` rows of smallest value; of equals the first, for a partition's order is the machine's own."""
    if len(rows) > count:
        kept = np.flatnonzero(values <= np.partition(values, count - 1)[count - 1])
        rows, values = rows[kept], values[kept]
    return rows[np.argsort(values, kind="stable")[:count]]
