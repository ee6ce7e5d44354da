"""Structure over minutes: how like itself music is over bars and minutes, and how long its phrases are.

In: a preset and takes, lists of its segments. Out: plain numbers. Two segments are alike by exp(-d^2 / 2), d their
distance in feature space in units of the first one's local scale: 1 where they are equal.

Shapes: L lags, in bars.
"""

import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.stats import wasserstein_distance

from instrument.live.engine import Engine
from instrument.preset import Preset

LAGS = ((1, 1), (2, 2), (3, 4), (5, 8), (9, 16), (17, 32), (33, 64))  # first and last bar of each
LEAST_PAIRS = 200  # of segments, below which a lag is not measured: pieces are shorter

Floats = npt.NDArray[np.float64]
Take = Sequence[int]


def pieces(preset: Preset) -> list[Take]:
    """The segments of each piece, in order."""
    ends = np.flatnonzero(np.diff(preset.piece.astype(np.int64))) + 1
    return [part.tolist() for part in np.split(np.arange(len(preset)), ends)]


def take(preset: Preset, seed: int, settings: dict[str, float], length: int) -> Take:
    """The segments of a performance of `length` steps, through the engine: its memory counts too."""
    part = Engine([preset], seed, settings).parts[0]
    for _ in range(length):
        part.decide(None)
    return part.trail.tolist()


def self_similarity(preset: Preset, takes: Sequence[Take]) -> Floats:
    """(L,) how alike segments are that lie so many bars apart; nan where there are too few."""
    bar = max(1, preset.metre.bar_ticks // preset.hop)
    found = []
    for first, last in LAGS:
        alike = [_alike(preset, one, lag * bar) for lag in range(first, last + 1) for one in takes]
        pairs = np.concatenate(alike)
        found.append(float(pairs.mean()) if len(pairs) >= LEAST_PAIRS else np.nan)
    return np.array(found)


def apart(one: Floats, other: Floats) -> float:
    """Mean difference of two self-similarities, over the lags that both have."""
    return float(np.nanmean(np.abs(one - other)))


def phrase_lengths(preset: Preset, takes: Sequence[Take]) -> list[int]:
    """Segments from one phrase's end to the next."""
    lengths: list[int] = []
    for one in takes:
        ends = np.flatnonzero(preset.phrase_end[np.array(one)])
        lengths += [after - before for before, after in itertools.pairwise(ends.tolist())]
    return lengths


def phrases_apart(one: Sequence[int], other: Sequence[int]) -> float:
    """Wasserstein distance of two distributions of phrase lengths, in segments; nan where there are no phrases."""
    return float(wasserstein_distance(one, other)) if one and other else float("nan")


def _alike(preset: Preset, one: Take, lag: int) -> Floats:
    rows = np.array(one)
    before, after = rows[:-lag], rows[lag:]
    away = np.linalg.norm(preset.feature[before] - preset.feature[after], axis=1) / preset.scale[before]
    return np.asarray(np.exp(-0.5 * away.astype(np.float64) ** 2))
