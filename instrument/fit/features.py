"""Workshop: segments -> vectors, in which near means "would sound alike here", and the slow context of the tether.

In: Segments. Out: `Features`: the vectors after PCA, and what is needed to place new input in the same space. It
never looks at neighbours. One segment is described by blocks of columns; its vector joins the blocks of the segment
before, itself and the one after, its place in the bar and the slow context around it.

Shapes: N segments, P columns before PCA, F after it, G sixteenths a segment, C context columns.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from instrument.fit.segments import Array, Floats, Segments, fill_forward
from instrument.tempo import PPQN

SIXTEENTH = PPQN // 4
CONTEXT_BEATS, RHYTHM_BEATS = 8, 12
NEIGHBOUR_WEIGHT = 0.8  # of the segments before and after, beside 1 for the segment itself
METRE_WEIGHT, CONTEXT_WEIGHT, RHYTHM_CONTEXT_WEIGHT = 1.0, 0.6, 2.0
BLOCK_WEIGHTS = {"tonal": 1.0, "bass": 0.6, "rhythm": 0.7, "contour": 0.5, "register": 0.8, "start": 1.0}
BY_COLUMN = ("register", "start")  # scaled a column each, for their columns have units of their own
TONAL_WEIGHTS = np.array([2, 11, 17, 16, 19, 7])  # of the six intervals: Bernardes et al. 2016, symbolic input
COMPONENTS = 24

Doubles = npt.NDArray[np.float64]
Blocks = Mapping[str, Doubles]


@dataclass(frozen=True, slots=True)
class Features:
    """Vectors (N, F) and context (N, C); new input x (P,) is placed by (x - mean) * weight @ pca."""

    vectors: Floats
    context: Floats
    mean: Floats
    weight: Floats
    pca: Floats


def describe(segments: Segments) -> Features:
    """Encode every segment."""
    parts = blocks(segments)
    columns, weight = _join(segments, parts)
    mean = columns.mean(0)
    scaled = (columns - mean) * weight
    pca = principal_axes(scaled, COMPONENTS)
    return Features(
        vectors=(scaled @ pca).astype(np.float32),
        context=tether_context(segments, parts),
        mean=mean.astype(np.float32),
        weight=weight.astype(np.float32),
        pca=pca.astype(np.float32),
    )


def blocks(segments: Segments) -> dict[str, Doubles]:
    """The columns that describe each segment by itself, by block."""
    top = top_line(segments)
    register = _register(segments, top)
    return {
        "tonal": tonal_vector(segments),
        "bass": _bass(segments),
        "rhythm": np.sqrt(onset_grid(segments)),
        "contour": _contour(top),
        "register": register,
        "start": _start_chord(segments),
    }


def tonal_vector(segments: Segments) -> Doubles:
    """(N, 12) tonal interval vector: weighted DFT of the chroma, coefficients 1..6, real then imaginary parts."""
    length = np.minimum(segments.end, segments.hop) - np.maximum(segments.onset, 0)
    cell = segments.segment * 12 + segments.pitch % 12
    weights = np.where(segments.pitched, length, 0)
    chroma = np.bincount(cell, weights=weights, minlength=12 * len(segments)).reshape(-1, 12)
    total = chroma.sum(1, keepdims=True)
    spectrum = np.fft.rfft(chroma / np.where(total, total, 1), axis=1)[:, 1:7] * TONAL_WEIGHTS
    return np.concatenate([spectrum.real, spectrum.imag], axis=1)


def onset_grid(segments: Segments) -> Doubles:
    """(N, G) how many notes begin in each 16th of the segment."""
    cells = _cells(segments)
    struck = segments.onset >= 0
    place = np.minimum(segments.onset[struck] // SIXTEENTH, cells - 1)
    index = segments.segment[struck] * cells + place
    return np.bincount(index, minlength=cells * len(segments)).reshape(-1, cells).astype(np.float64)


def top_line(segments: Segments) -> Doubles:
    """(N, G) highest pitch that sounds at each 16th, NaN where none does."""
    cells = _cells(segments)
    top = np.full((len(segments), cells), -1, dtype=np.int64)
    for cell in range(cells):
        at = cell * SIXTEENTH
        rows = (segments.onset <= at) & (segments.end > at) & segments.pitched
        np.maximum.at(top[:, cell], segments.segment[rows], segments.pitch[rows])
    return np.where(top < 0, np.nan, top).astype(np.float64)


def tether_context(segments: Segments, parts: Blocks) -> Floats:
    """(N, C) what the walk's home is made of: harmony and register around, top and low notes, rhythm around.

    Slow means over 8 segments to each side of harmony and register, of the chord's top and of its low note, and over
    12 of onset grid, density, note length and share of held notes; each block of unit total variance, rhythm twice.
    """
    register = parts["register"]
    held = np.zeros(len(segments))
    held[segments.segment[segments.end > segments.hop]] = 1.0
    rhythm = np.concatenate([parts["rhythm"], register[:, 3:5], held[:, None]], axis=1)
    slow = [
        _unit_variance(_surroundings(segments, parts)),
        _unit_variance(slow_mean(segments, parts["start"][:, :1], CONTEXT_BEATS)),
        _unit_variance(slow_mean(segments, parts["start"][:, 1:2], CONTEXT_BEATS)),
        RHYTHM_CONTEXT_WEIGHT * _unit_variance(slow_mean(segments, rhythm, RHYTHM_BEATS)),
    ]
    return np.concatenate(slow, axis=1).astype(np.float32)


def slow_mean(segments: Segments, values: Doubles, beats: int) -> Doubles:
    """(N, c) means of `values` over `beats` segments to each side, inside the piece."""
    index = np.arange(len(segments))
    first = np.searchsorted(segments.piece, segments.piece, side="left")
    after = np.searchsorted(segments.piece, segments.piece, side="right")
    low, high = np.maximum(first, index - beats), np.minimum(after, index + beats + 1)
    total = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
    return np.asarray((total[high] - total[low]) / (high - low)[:, None])


def principal_axes(values: Doubles, count: int) -> Doubles:
    """(P, F) the directions of largest variance of centred `values` (N, P), each with its largest entry positive."""
    power, axes = np.linalg.eigh(values.T @ values)
    axes = axes[:, np.argsort(-power)[:count]]
    return np.asarray(axes * np.sign(axes[np.abs(axes).argmax(0), np.arange(axes.shape[1])]))


def _join(segments: Segments, parts: Blocks) -> tuple[Doubles, Doubles]:
    """(N, P) columns of the three segments, the metre and the context, and (P,) their scale times their weight."""
    here = np.arange(len(segments))
    before = np.where(segments.predecessor >= 0, segments.predecessor, here)
    after = np.where(segments.successor >= 0, segments.successor, here)
    columns, weights = [], []
    for rows, share in ((before, NEIGHBOUR_WEIGHT), (here, 1.0), (after, NEIGHBOUR_WEIGHT)):
        for name, block in parts.items():
            columns.append(block[rows])
            weights.append(_scale(block[rows], name in BY_COLUMN) * BLOCK_WEIGHTS[name] * share)
    phase = 2 * np.pi * segments.metre_position / segments.beats
    columns.append(np.stack([np.cos(phase), np.sin(phase)], axis=1))
    weights.append(np.full(2, METRE_WEIGHT))
    columns.append(_surroundings(segments, parts))
    weights.append(_scale(columns[-1], False) * CONTEXT_WEIGHT)
    return np.concatenate(columns, axis=1), np.concatenate(weights)


def _surroundings(segments: Segments, parts: Blocks) -> Doubles:
    """(N, 17) harmony, register (in half octaves) and density around each segment."""
    register = parts["register"]
    near = np.concatenate([parts["tonal"], register[:, :3] / 6, register[:, 3:]], axis=1)
    return slow_mean(segments, near, CONTEXT_BEATS)


def _scale(block: Doubles, by_column: bool) -> Doubles:
    """(c,) factors that give the block, or each column's share of it, unit total variance; 0 where nothing varies."""
    variance = block.var(0) * block.shape[1] if by_column else np.full(block.shape[1], block.var(0).sum())
    return np.where(variance > 1e-12, 1 / np.sqrt(np.maximum(variance, 1e-12)), 0.0)


def _unit_variance(block: Doubles) -> Doubles:
    return np.asarray((block - block.mean(0)) * _scale(block, False))


def _bass(segments: Segments) -> Doubles:
    """(N, 4) the lowest note: its place on the circle of fifths, and its pitch modulo 3, as cosine and sine."""
    low = _extreme(segments, np.ones(len(segments.segment), dtype=bool), lowest=True)
    fifths, thirds = 2 * np.pi * (low * 7 % 12) / 12, 2 * np.pi * (low % 3) / 3
    circle = np.stack([np.cos(fifths), np.sin(fifths), np.cos(thirds), np.sin(thirds)], axis=1)
    return np.asarray(np.nan_to_num(circle))


def _contour(top: Doubles) -> Doubles:
    """(N, G) the top line against its mean in the segment; 0 where nothing sounds."""
    return np.asarray(np.nan_to_num(top - _row_mean(top)[:, None]))


def _register(segments: Segments, top: Doubles) -> Doubles:
    """(N, 5) mean of the top line, lowest pitch, mean pitch, log of 1 + notes struck, mean note length in beats."""
    pitched = segments.pitched
    pitch = np.stack([_row_mean(top), _extreme(segments, pitched, lowest=True), _mean(segments, segments.pitch)], 1)
    known = pitch.copy()
    known[np.isnan(known).any(1)] = np.nan
    struck = np.bincount(segments.segment[segments.onset >= 0], minlength=len(segments))
    length = np.nan_to_num(_mean(segments, segments.duration, every=True)) / PPQN
    filled = fill_forward(known.astype(np.float32)).astype(np.float64)
    return np.concatenate([filled, np.log1p(struck)[:, None], length[:, None]], axis=1)


def _start_chord(segments: Segments) -> Doubles:
    """(N, 4) top, low and mean pitch of the chord that sounds at the start, and how many notes it has."""
    chosen = segments.at_start & segments.pitched
    count = np.bincount(segments.segment[chosen], minlength=len(segments))
    total = np.bincount(segments.segment[chosen], weights=segments.pitch[chosen], minlength=len(segments))
    mean = np.where(count, total / np.maximum(count, 1), np.nan)
    ends = [_extreme(segments, chosen, lowest=low) for low in (False, True)]
    pitch = fill_forward(np.stack([*ends, mean], axis=1).astype(np.float32)).astype(np.float64)
    return np.concatenate([pitch, count[:, None]], axis=1)


def _extreme(segments: Segments, chosen: npt.NDArray[np.bool_], lowest: bool) -> Doubles:
    """(N,) lowest or highest pitch among the `chosen` notes of each segment, NaN where there is none."""
    out = np.full(len(segments), 999 if lowest else -1, dtype=np.int64)
    chosen = chosen & segments.pitched
    (np.minimum if lowest else np.maximum).at(out, segments.segment[chosen], segments.pitch[chosen])
    return np.where((out < 0) | (out > 127), np.nan, out).astype(np.float64)


def _mean(segments: Segments, values: Array, every: bool = False) -> Doubles:
    """(N,) mean of a note column over each segment's pitched notes (or `every` note), NaN where there is none."""
    chosen = segments.pitched | every
    count = np.bincount(segments.segment[chosen], minlength=len(segments))
    total = np.bincount(segments.segment[chosen], weights=values[chosen], minlength=len(segments))
    return np.where(count, total / np.maximum(count, 1), np.nan)


def _row_mean(values: Doubles) -> Doubles:
    """(N,) means that pass over NaN; NaN where a row has nothing else."""
    known = ~np.isnan(values)
    count = known.sum(1)
    return np.where(count, np.where(known, values, 0).sum(1) / np.maximum(count, 1), np.nan)


def _cells(segments: Segments) -> int:
    return max(1, segments.hop // SIXTEENTH)
