"""How alike two sets of excerpts are, feature by feature (Yang & Lerch 2018, "On the evaluation of generative models
in music"): the distances between the sets against the distances within the real one.

In: notes of excerpts, (n, 4) onset, duration, pitch, voice. Out: overlapping area (0..1, 1 is alike) and Kullback-
Leibler divergence (nats, 0 is alike) a feature. Nine features, as in their MGEval; of drums seven, with what is
struck in the place of pitch, and where in the beat it is struck in the place of note lengths.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.stats import gaussian_kde

from instrument.fit.drums import OTHER

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Features = dict[str, Floats]

BEAT = 480
LENGTHS = np.array([6, 9, 12, 16, 18, 24, 32, 36, 48, 64, 72, 96]) * BEAT // 24  # note lengths told apart
GRID = 400
LEAST_STROKES = 2  # onsets
REST = np.array([[0, BEAT, OTHER, 0], [31 * BEAT, BEAT, OTHER, 0]])  # what an excerpt in which drums rest counts as
SILENCE = np.array([[0, 31 * BEAT, 60, 0]])  # and one in which nothing else is struck
NAMES = {
    "pitch_class_histogram": "PCH",
    "pitch_class_transitions": "PCTM",
    "note_length_transitions": "NLTM",
    "note_length_histogram": "NLH",
    "onset_interval": "IOI",
    "pitch_range": "PR",
    "pitch_count": "PC",
    "note_density": "ND",
    "top_line_interval": "PS",
    "stroke_histogram": "SH",
    "stroke_transitions": "STM",
    "stroke_place": "SP",
    "stroke_count": "SC",
    "density_deviation": "DD",
}


def top_line(notes: Ints) -> tuple[Ints, Ints]:
    """Onsets (m,) at which anything begins, and the highest pitch that begins there."""
    onsets, first = np.unique(notes[:, 0], return_index=True)
    return onsets, np.maximum.reduceat(notes[:, 2], first)


def length_class(durations: Ints) -> Ints:
    """The index in LENGTHS of the nearest note length."""
    return np.abs(durations[:, None] - LENGTHS[None]).argmin(1)


def transitions(symbols: Ints, size: int) -> Floats:
    """(size * size,) share of each pair of neighbours."""
    table = np.zeros((size, size))
    np.add.at(table, (symbols[:-1], symbols[1:]), 1)
    return (table / max(1, table.sum())).ravel()


def describe(notes: Ints) -> Features:
    """The nine features of one excerpt."""
    notes = notes if len(notes) else SILENCE
    pitch = notes[:, 2]
    onsets, top = top_line(notes)
    classes = np.bincount(pitch % 12, minlength=12)
    lengths = length_class(notes[:, 1])
    return {
        "pitch_class_histogram": classes / classes.sum(),
        "pitch_class_transitions": transitions(top % 12, 12),
        "note_length_transitions": transitions(lengths, len(LENGTHS)),
        "note_length_histogram": np.bincount(lengths, minlength=len(LENGTHS)) / len(lengths),
        "onset_interval": np.array([_mean_interval(onsets) / BEAT]),
        "pitch_range": np.array([np.percentile(pitch, 98) - np.percentile(pitch, 2)]),
        "pitch_count": np.array([len(np.unique(pitch))], dtype=float),
        "note_density": np.array([len(notes) / (onsets.max() / BEAT + 1)]),
        "top_line_interval": np.array([np.abs(np.diff(top)).mean() if len(top) > 1 else 0.0]),
    }


def _mean_interval(onsets: Ints) -> float:
    """Ticks between onsets; of a single one, as long as any excerpt is."""
    return float(np.diff(onsets).mean()) if len(onsets) > 1 else float(REST[-1, 0])


def describe_drums(notes: Ints) -> Features:
    """The seven features of one excerpt of drums, whose pitch is the number of what is struck."""
    if len(np.unique(notes[:, 0])) < LEAST_STROKES:
        notes = np.concatenate([notes, REST])
    onsets, highest = top_line(notes)
    struck = np.bincount(notes[:, 2], minlength=OTHER + 1)
    place = np.bincount(np.round(notes[:, 0] / (BEAT // 4)).astype(np.int64) % 16, minlength=16)
    return {
        "stroke_histogram": struck / struck.sum(),
        "stroke_transitions": transitions(highest, OTHER + 1),
        "stroke_place": place / place.sum(),
        "onset_interval": np.array([np.diff(onsets).mean() / BEAT]),
        "stroke_count": np.array([(struck > 0).sum()], dtype=float),
        "note_density": np.array([len(notes) / (onsets.max() / BEAT + 1)]),
        "density_deviation": np.array([np.bincount(notes[:, 0] // BEAT).std()]),
    }


def compare(
    made: Sequence[Features], real: Sequence[Features], pieces: Sequence[int] = ()
) -> dict[str, tuple[float, float]]:
    """Overlapping area and KL divergence of each feature; `pieces` are those that the real ones are of.

    Two excerpts of one piece say nothing of how different pieces are: they are no pair within the real set.
    """
    one, other = np.triu_indices(len(real), 1)
    of = np.array(pieces if len(pieces) else range(len(real)))
    apart = of[one] != of[other]
    within = (one[apart], other[apart]) if apart.any() else (one, other)
    return {name: _overlap([f[name] for f in made], [f[name] for f in real], within) for name in real[0]}


def _overlap(made: list[Floats], real: list[Floats], pairs: tuple[Ints, Ints]) -> tuple[float, float]:
    ours, theirs = np.stack(made), np.stack(real)
    within = _distances(theirs, theirs)[pairs]
    between = _distances(ours, theirs).ravel()
    a, b, step = _densities(within, between)
    area = float(np.minimum(a, b).sum() * step)
    divergence = float((b * np.log((b + 1e-9) / (a + 1e-9))).sum() * step)
    return area, divergence


def _distances(a: Floats, b: Floats) -> Floats:
    return np.asarray(np.sqrt(((a[:, None] - b[None]) ** 2).sum(-1)))


def _densities(a: Floats, b: Floats) -> tuple[Floats, Floats, float]:
    """Both densities on one grid, and its step. A little noise keeps a feature that never varies from having none."""
    a = a + 1e-9 * np.random.default_rng(0).standard_normal(len(a))
    b = b + 1e-9 * np.random.default_rng(1).standard_normal(len(b))
    low, high = min(a.min(), b.min()), max(a.max(), b.max())
    margin = 0.1 * (high - low) + 1e-6
    grid = np.linspace(low - margin, high + margin, GRID)
    step = float(grid[1] - grid[0])
    curves = [gaussian_kde(values)(grid) for values in (a, b)]
    return curves[0] / (curves[0].sum() * step), curves[1] / (curves[1].sum() * step), step
