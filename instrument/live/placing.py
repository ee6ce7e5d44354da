"""Placing (live room): where on the manifold music lies that the corpus has never seen.

What flows in: the notes of three segments in a row, as heard. What flows out: the segments of the preset that are
nearest to the middle one, with weights, and so its place on the map (Nystrom extension: Bengio et al. 2004). The
columns are those that the fit describes its own segments by, made of notes alone; what cannot be known of a
performer, the slow context to come, is left at its mean. It knows no time, no ports and no walk.

Shapes: P columns, F features, R sixteenths a segment; notes are (onset, duration, pitch) in ticks of their segment.
Columns: three times (R rhythm, 12 tonal, 4 bass, R contour, 5 register, 4 start), 2 metre, 17 surroundings.
"""

import math
from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from instrument.preset import Preset
from instrument.tempo import PPQN

SIXTEENTH = PPQN // 4
EDGE = 60  # ticks at a segment's start within which a note counts as sounding there
TONAL_WEIGHTS = np.array([2, 11, 17, 16, 19, 7])  # Bernardes et al. 2016, as the fit has them
SURROUNDINGS = 17
LANDMARKS = 256
SEARCHED = 6  # cells of landmarks that are looked through
NEAREST = 8

Floats = npt.NDArray[np.float32]
Array = npt.NDArray[np.int64]
Sounded = tuple[int, int, int]


class Place(NamedTuple):
    """Segments near a place, and weights that sum to 1; `distance` is to the nearest, in feature space."""

    segments: tuple[int, ...]
    weights: tuple[float, ...]
    distance: float


class Atlas:
    """The preset's features in cells around landmarks, so that the nearest are found among a few cells."""

    def __init__(self, preset: Preset, feature: Floats) -> None:
        self.hop, self._map = preset.hop, preset.map
        self._mean, self._weight, self._pca = preset.feature_mean, preset.feature_weight, preset.pca
        self._feature = feature
        size = len(self._feature)
        self._landmark = self._feature[np.linspace(0, size - 1, min(LANDMARKS, size)).astype(np.int64)]
        cell = np.concatenate([self._cell(self._feature[at : at + 4096]) for at in range(0, size, 4096)])
        self._order = np.argsort(cell, kind="stable")
        self._begin = np.searchsorted(cell[self._order], np.arange(len(self._landmark) + 1))
        self._scale = preset.scale
        self._around = preset.feature_mean[-SURROUNDINGS:].tolist()
        self._size = (self._landmark**2).sum(1)

    def _cell(self, features: Floats) -> Array:
        squared = (self._landmark**2).sum(1) - 2 * features @ self._landmark.T
        cell: Array = squared.argmin(1)
        return cell

    @property
    def fits(self) -> bool:
        """Whether the preset's columns are those that this module knows how to make."""
        return len(self._mean) == 3 * (25 + 2 * max(1, self.hop // SIXTEENTH)) + 2 + SURROUNDINGS

    def place(self, described: Sequence[list[float]], position: int, segments_a_bar: int) -> Place:
        """Where the middle of three segments (see `describe`) lies, `position` in the bar."""
        phase = _TURN * position / segments_a_bar
        columns = [*chain.from_iterable(described), math.cos(phase), math.sin(phase), *self._around]
        vector = ((np.array(columns, np.float32) - self._mean) * self._weight) @ self._pca
        return self.nearest(vector)

    def nearest(self, vector: Floats) -> Place:
        """The segments nearest to `vector` (F,), out of the nearest cells; Gaussian weights of their own scale."""
        squared = self._size - 2 * self._landmark @ vector
        cells = np.argpartition(squared, min(SEARCHED, len(squared) - 1))[:SEARCHED].tolist()
        rows = np.concatenate([self._order[self._begin[c] : self._begin[c + 1]] for c in cells])
        away = self._feature.take(rows, 0) - vector
        distance = np.sqrt(np.vecdot(away, away))
        best = np.argpartition(distance, min(NEAREST, len(distance) - 1))[:NEAREST]
        best = best[np.argsort(distance[best], kind="stable")]
        rows, distance = rows[best], distance[best]
        z = (distance - distance[0]) / self._scale.take(rows)
        weights = np.exp(-0.5 * z * z)
        return Place(tuple(rows.tolist()), tuple((weights / weights.sum()).tolist()), float(distance[0]))

    def on_map(self, segments: Sequence[int], weights: Sequence[float]) -> tuple[float, float]:
        """Where on the map a weighted set of segments lies, -1..1."""
        x, y = (np.asarray(weights) @ self._map.take(np.asarray(segments), 0) / max(sum(weights), 1e-9)).tolist()
        return x, y


def describe(notes: Sequence[Sounded], hop: int) -> list[float]:
    """(25 + 2R) columns of one segment by itself, in plain numbers: for a handful of notes arrays are slower."""
    cells = max(1, hop // SIXTEENTH)
    if not notes:
        return [0.0] * (25 + 2 * cells)
    pitches = [pitch for _, _, pitch in notes]
    chroma, grid, top = [0.0] * 12, [0] * cells, [-1] * cells
    struck = 0
    for onset, length, pitch in notes:
        chroma[pitch % 12] += min(onset + length, hop) - max(onset, 0)
        if onset >= 0:
            struck += 1
            grid[min(onset // SIXTEENTH, cells - 1)] += 1
        for cell in range(max(0, -(-onset // SIXTEENTH)), min(cells, -(-(onset + length) // SIXTEENTH))):
            top[cell] = max(top[cell], pitch)
    known = [pitch for pitch in top if pitch >= 0] or [max(pitches)]
    level, low = sum(known) / len(known), min(pitches)
    first = [
        p for on, length, p in notes if on == 0 or (on < EDGE and on + length > min(EDGE - 1, hop // 8))
    ] or pitches
    total = sum(chroma) or 1.0
    return [
        *(math.sqrt(count) for count in grid),
        *(TONAL_BASIS @ [share / total for share in chroma]).tolist(),
        *BASS[low % 12],
        *(pitch - level if pitch >= 0 else 0.0 for pitch in top),
        *(level, low, sum(pitches) / len(pitches), math.log1p(struck)),
        sum(length for _, length, _ in notes) / len(notes) / PPQN,
        *(max(first), min(first), sum(first) / len(first), len(first)),
    ]


def _tonal_basis() -> npt.NDArray[np.float64]:
    """(12, 12) what turns shares of pitch classes into weighted Fourier coefficients 1..6, real then imaginary."""
    spectrum = np.fft.rfft(np.eye(12), axis=1)[:, 1:7] * TONAL_WEIGHTS
    return np.concatenate([spectrum.real, spectrum.imag], axis=1).T


TONAL_BASIS = _tonal_basis()
_TURN = 2 * math.pi
BASS = [  # by pitch class: its place on the circle of fifths, and its pitch modulo 3
    (math.cos(_TURN * (c * 7 % 12) / 12), math.sin(_TURN * (c * 7 % 12) / 12),
     math.cos(_TURN * (c % 3) / 3), math.sin(_TURN * (c % 3) / 3))
    for c in range(12)
]  # fmt: skip
