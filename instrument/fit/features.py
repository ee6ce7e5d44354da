"""Workshop: described segments -> vectors, in which near means "would sound alike here", and the tether's context.

In: Segments and their blocks. Out: `Features`: the vectors after PCA, and what is needed to place new input in the
same space. It never looks at neighbours in that space. A segment's vector joins the blocks of the segment before,
itself and the one after, its place in the bar, and the slow context around it.

Shapes: N segments, P columns before PCA, F after it, C context columns. The N x P columns are made a chunk of rows at
a time, twice: they would not fit in memory for a million segments.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from instrument.fit.blocks import Blocks, Doubles, Singles
from instrument.fit.segments import Array, Floats, Segments

CONTEXT_BEATS, RHYTHM_BEATS = 8, 12
NEIGHBOUR_WEIGHT = 0.8  # of the segments before and after, beside 1 for the segment itself
METRE_WEIGHT, CONTEXT_WEIGHT = 1.0, 0.6
HOME_HARMONY_WEIGHT, HOME_RHYTHM_WEIGHT = 1.15, 1.8  # with more of either the judge of bench_quality hears more
BLOCK_WEIGHTS = {
    "tonal": 1.0,
    "bass": 0.6,
    "rhythm": 0.7,
    "contour": 0.5,
    "register": 0.8,
    "start": 1.0,
    "kit": 1.0,
    "accent": 0.4,
    "groups": 0.6,
    "density": 0.4,
}
BY_COLUMN = ("register", "start")  # scaled a column each, for their columns have units of their own
COMPONENTS = 24
CHUNK = 1 << 16
LEAST_VARIANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Features:
    """Vectors (N, F) and context (N, C); new input x (P,) is placed by (x - mean) * weight @ pca."""

    vectors: Floats
    context: Floats
    mean: Floats
    weight: Floats
    pca: Floats


def describe(segments: Segments, parts: Blocks) -> Features:
    """The vectors of every segment."""
    around = surroundings(segments, parts)
    total: Doubles = np.zeros(0)
    square: Doubles = np.zeros((0, 0))
    for _, columns in _chunks(segments, parts, around):
        if not len(total):
            total, square = np.zeros(columns.shape[1]), np.zeros((columns.shape[1], columns.shape[1]))
        total += columns.sum(0)
        square += columns.T @ columns
    mean = total / len(segments)
    covariance = square / len(segments) - np.outer(mean, mean)
    weight = _weights(parts, around, covariance.diagonal())
    pca = principal_axes(covariance * np.outer(weight, weight), COMPONENTS)
    vectors = np.empty((len(segments), pca.shape[1]), dtype=np.float32)
    for rows, columns in _chunks(segments, parts, around):
        vectors[rows] = (columns - mean) * weight @ pca
    small = (array.astype(np.float32) for array in (mean, weight, pca))
    return Features(vectors, tether_context(segments, parts, around), *small)


def surroundings(segments: Segments, parts: Blocks) -> Singles:
    """(N, 17) harmony, register (in half octaves) and density around each segment; of drums what is struck."""
    if "tonal" in parts:
        register = parts["register"]
        near = np.concatenate([parts["tonal"], register[:, :3] / 6, register[:, 3:]], axis=1)
    else:
        near = np.concatenate([parts["groups"], parts["density"]], axis=1)
    return slow_mean(segments, near, CONTEXT_BEATS)


def tether_context(segments: Segments, parts: Blocks, around: Singles) -> Floats:
    """(N, C) what the walk's home is made of: harmony and register around, top and low notes, rhythm around.

    Slow means over 8 segments to each side of harmony and register, of the chord's top and of its low note, and over
    12 of onset grid, density, note length and share of held notes. Each block is of unit total variance, the rhythm's
    shared evenly by its columns: sixteenths are rare, so vary little, and are heard the more where a piece has none.
    """
    held = np.zeros((len(segments), 1), dtype=np.float32)
    held[segments.segment[segments.end > segments.hop]] = 1
    density = parts["register"][:, 3:5] if "register" in parts else parts["density"]
    rhythm = slow_mean(segments, np.concatenate([parts["rhythm"], density, held], axis=1), RHYTHM_BEATS)
    slow = [HOME_HARMONY_WEIGHT * _unit_variance(around)]
    if "start" in parts:
        chord = parts["start"]
        slow += [_unit_variance(slow_mean(segments, chord[:, end : end + 1], CONTEXT_BEATS)) for end in (0, 1)]
    return np.concatenate([*slow, HOME_RHYTHM_WEIGHT * _unit_variance(rhythm, by_column=True)], axis=1)


def slow_mean(segments: Segments, values: Singles, beats: int) -> Singles:
    """(N, c) means of `values` over `beats` segments to each side, inside the piece."""
    index = np.arange(len(segments))
    first = np.searchsorted(segments.piece, segments.piece, side="left")
    after = np.searchsorted(segments.piece, segments.piece, side="right")
    low, high = np.maximum(first, index - beats), np.minimum(after, index + beats + 1)
    means = np.empty(values.shape, dtype=np.float32)
    for column in range(values.shape[1]):  # one at a time, for the running sums need 64 bits
        total = np.concatenate([[0.0], np.cumsum(values[:, column], dtype=np.float64)])
        means[:, column] = (total[high] - total[low]) / (high - low)
    return means


def principal_axes(covariance: Doubles, count: int) -> Doubles:
    """(P, F) the directions of largest variance, each with its largest entry positive."""
    power, axes = np.linalg.eigh(covariance)
    axes = axes[:, np.argsort(-power)[:count]]
    return np.asarray(axes * np.sign(axes[np.abs(axes).argmax(0), np.arange(axes.shape[1])]))


def _chunks(segments: Segments, parts: Blocks, around: Singles) -> Iterator[tuple[Array, Doubles]]:
    """Rows, and their (n, P) columns: three segments' blocks, the metre, the context."""
    for begin in range(0, len(segments), CHUNK):
        rows = np.arange(begin, min(begin + CHUNK, len(segments)))
        before, after = segments.predecessor[rows], segments.successor[rows]
        threes = (np.where(before >= 0, before, rows), rows, np.where(after >= 0, after, rows))
        phase = 2 * np.pi * segments.metre_position[rows] / segments.beats[rows]
        columns = [block[those] for those in threes for block in parts.values()]
        yield rows, np.concatenate([*columns, np.cos(phase)[:, None], np.sin(phase)[:, None], around[rows]], axis=1)


def _weights(parts: Blocks, around: Singles, variance: Doubles) -> Doubles:
    """(P,) each column's scale times its block's weight, from the columns' variances."""
    weights, at = [], 0
    for share in (NEIGHBOUR_WEIGHT, 1.0, NEIGHBOUR_WEIGHT):
        for name, block in parts.items():
            width = block.shape[1]
            weights.append(BLOCK_WEIGHTS[name] * share * _scale(variance[at : at + width], name in BY_COLUMN))
            at += width
    weights.append(np.full(2, METRE_WEIGHT))
    weights.append(CONTEXT_WEIGHT * _scale(variance[at + 2 :], False))
    assert len(variance) == at + 2 + around.shape[1]
    return np.concatenate(weights)


def _scale(variance: Doubles, by_column: bool) -> Doubles:
    """(c,) factors that give a block, or each column's share of it, unit total variance; 0 where nothing varies."""
    total = variance * len(variance) if by_column else np.full(len(variance), variance.sum())
    return np.where(total > LEAST_VARIANCE, 1 / np.sqrt(np.maximum(total, LEAST_VARIANCE)), 0.0)


def _unit_variance(block: Singles, by_column: bool = False) -> Floats:
    exact: npt.NDArray[np.float64] = block.astype(np.float64)
    return np.asarray((exact - exact.mean(0)) * _scale(exact.var(0), by_column), dtype=np.float32)
