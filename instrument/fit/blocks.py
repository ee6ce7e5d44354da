"""Workshop: segments -> blocks of columns, each saying one thing about a segment by itself.

In: Segments. Out: arrays (N, columns) by name, in 32 bits. What a segment's neighbours are is not looked at, so a
corpus can be described in batches of pieces, on any machine, with the same result.

Pitched music has tonal, bass, rhythm, contour, register and start; where drums play there are kit, accent and groups
too; drums alone have those three, rhythm and density.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from instrument.fit.drums import kit_blocks
from instrument.fit.segments import Array, Segments, fill_forward
from instrument.tempo import PPQN

SIXTEENTH = PPQN // 4
TONAL_WEIGHTS = np.array([2, 11, 17, 16, 19, 7])  # of the six intervals: Bernardes et al. 2016, symbolic input

Doubles = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Blocks = Mapping[str, Singles]


def blocks(segments: Segments, harmony: bool, drums: bool) -> dict[str, Singles]:
    """The columns that describe each segment by itself, for a corpus that has `harmony`, or `drums`, or both."""
    parts = {"rhythm": np.sqrt(onset_grid(segments))}
    if harmony:
        top = top_line(segments)
        parts |= {
            "tonal": tonal_vector(segments),
            "bass": _bass(segments),
            "contour": _contour(top),
            "register": _register(segments, top),
            "start": _start_chord(segments),
        }
    else:
        parts["density"] = _density(segments)
    if drums:
        parts |= kit_blocks(segments, cells(segments.hop), SIXTEENTH)
    return {name: np.ascontiguousarray(block, dtype=np.float32) for name, block in parts.items()}


def cells(hop: int) -> int:
    """Sixteenths in a segment."""
    return max(1, hop // SIXTEENTH)


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
    width = cells(segments.hop)
    struck = segments.onset >= 0
    place = np.minimum(segments.onset[struck] // SIXTEENTH, width - 1)
    index = segments.segment[struck] * width + place
    return np.bincount(index, minlength=width * len(segments)).reshape(-1, width).astype(np.float64)


def top_line(segments: Segments) -> Doubles:
    """(N, G) highest pitch that sounds at each 16th, NaN where none does."""
    width = cells(segments.hop)
    top = np.full((len(segments), width), -1, dtype=np.int64)
    for cell in range(width):
        at = cell * SIXTEENTH
        rows = (segments.onset <= at) & (segments.end > at) & segments.pitched
        np.maximum.at(top[:, cell], segments.segment[rows], segments.pitch[rows])
    return np.where(top < 0, np.nan, top).astype(np.float64)


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
    filled = fill_forward(known.astype(np.float32), segments.piece).astype(np.float64)
    return np.concatenate([filled, _density(segments)], axis=1)


def _density(segments: Segments) -> Doubles:
    """(N, 2) log of 1 + notes struck, and mean note length in beats."""
    struck = np.bincount(segments.segment[segments.onset >= 0], minlength=len(segments))
    length = np.nan_to_num(_mean(segments, segments.duration, every=True)) / PPQN
    return np.stack([np.log1p(struck), length], axis=1)


def _start_chord(segments: Segments) -> Doubles:
    """(N, 4) top, low and mean pitch of the chord that sounds at the start, and how many notes it has."""
    chosen = segments.at_start & segments.pitched
    count = np.bincount(segments.segment[chosen], minlength=len(segments))
    total = np.bincount(segments.segment[chosen], weights=segments.pitch[chosen], minlength=len(segments))
    mean = np.where(count, total / np.maximum(count, 1), np.nan)
    ends = [_extreme(segments, chosen, lowest=low) for low in (False, True)]
    pitch = fill_forward(np.stack([*ends, mean], axis=1).astype(np.float32), segments.piece).astype(np.float64)
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
