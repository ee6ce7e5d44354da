"""What a listener could tell an excerpt by: about a hundred numbers for the judge.

In: notes (n, 4) onset, duration, pitch, voice of an excerpt of `beats` beats. Out: names and numbers. Nothing here
knows which corpus or walk the notes come from.
"""

import itertools
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from quality.overlap import BEAT, LENGTHS, length_class, top_line

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Named = Iterator[tuple[str, float]]

SIXTEENTH = BEAT // 4
CELLS = 4  # a beat
EDGES = np.array([-13, -8, -5, -3, -2, -1, 0, 1, 2, 3, 5, 8, 13])  # intervals, from which a class begins


def hear(notes: Ints, beats: int) -> dict[str, float]:
    """Every number of one excerpt."""
    roll = piano_roll(notes, beats)
    groups = (
        _pitch(notes),
        _rhythm(notes, beats),
        _line("top", top_line(notes)[1]),
        _line("bass", _bass(roll)),
        _voices(roll),
        _harmony(roll, beats),
        _phrases(notes, beats),
        _likeness(roll, notes, beats),
    )
    return {name: value for group in groups for name, value in group}


def piano_roll(notes: Ints, beats: int) -> npt.NDArray[np.bool_]:
    """(cells, 128) what sounds in each sixteenth."""
    roll = np.zeros((beats * CELLS, 128), bool)
    for onset, duration, pitch, _ in notes.tolist():
        roll[
            round(onset / SIXTEENTH) : max(round(onset / SIXTEENTH) + 1, round((onset + duration) / SIXTEENTH)), pitch
        ] = 1
    return roll


def _pitch(notes: Ints) -> Named:
    pitch = notes[:, 2]
    share = np.bincount(pitch % 12, minlength=12) / len(pitch)
    yield from ((f"pitch class {n}", float(v)) for n, v in enumerate(share))
    yield "pitch mean", float(pitch.mean())
    yield "pitch deviation", float(pitch.std())
    yield "pitches", float(len(np.unique(pitch)))
    yield "pitch range", float(np.ptp(pitch))


def _rhythm(notes: Ints, beats: int) -> Named:
    share = np.bincount(length_class(notes[:, 1]), minlength=len(LENGTHS)) / len(notes)
    yield from ((f"length {LENGTHS[n] / BEAT:.2f}", float(v)) for n, v in enumerate(share))
    cell = np.round(notes[:, 0] / SIXTEENTH).astype(int)
    place = np.bincount(cell % CELLS, minlength=CELLS) / len(notes)
    yield from ((f"onset at sixteenth {n}", float(v)) for n, v in enumerate(place))
    density = np.bincount(np.minimum(cell // CELLS, beats - 1), minlength=beats)
    yield "notes a beat", float(density.mean())
    yield "density deviation", float(density.std())
    yield "density change", float(np.abs(np.diff(density)).mean())
    yield "densest beat", float(density.max())
    onsets = np.unique(notes[:, 0])
    gaps = np.diff(onsets) / BEAT
    yield "onset gap", float(gaps.mean())
    yield "onset gap deviation", float(gaps.std())
    odd = np.unique(cell[cell % 2 == 1] // CELLS)
    yield "beats with sixteenths", len(odd) / beats
    yield (
        "sixteenth beats alone",
        float(np.mean(np.diff(odd, prepend=-9, append=beats + 9)[:-1] > 1)) if len(odd) else 0.0,
    )


def _line(name: str, pitch: Ints) -> Named:
    """Intervals of one line."""
    step = np.diff(pitch)
    share = np.histogram(step, np.append(EDGES, 99))[0] / max(1, len(step))
    yield from ((f"{name} interval {EDGES[n]}", float(v)) for n, v in enumerate(share))
    yield f"{name} mean size", float(np.abs(step).mean())
    moving = step[step != 0]
    turns = np.sign(moving[1:]) != np.sign(moving[:-1])
    yield f"{name} turns", float(turns.mean()) if len(turns) else 0.0
    leaps = np.abs(moving[:-1]) > 4
    yield f"{name} leaps left by step", float((np.abs(moving[1:])[leaps] <= 2).mean()) if leaps.any() else 0.5


def _bass(roll: npt.NDArray[np.bool_]) -> Ints:
    """The lowest pitch wherever it changes or a beat begins."""
    sounding = roll.any(1)
    low = roll.argmax(1)
    keep = sounding & ((np.arange(len(roll)) % CELLS == 0) | np.append(True, low[1:] != low[:-1]))
    return low[keep]


def _voices(roll: npt.NDArray[np.bool_]) -> Named:
    """Parallel fifths and octaves of moving pairs; spacing."""
    eighths = [np.flatnonzero(row) for row in roll[:: CELLS // 2]]
    pairs = fifths = octaves = similar = 0
    for a, b in itertools.pairwise(eighths):
        if len(a) != len(b):
            continue
        for low in range(len(a)):
            for high in range(low + 1, len(a)):
                if a[low] == b[low] or a[high] == b[high]:
                    continue
                pairs += 1
                similar += (b[low] > a[low]) == (b[high] > a[high])
                before, after = (a[high] - a[low]) % 12, (b[high] - b[low]) % 12
                fifths += before == after == 7
                octaves += before == after == 0
    yield "parallel fifths", fifths / max(1, pairs)
    yield "parallel octaves", octaves / max(1, pairs)
    yield "similar motion", similar / max(1, pairs)
    sizes = np.array([len(e) for e in eighths])
    yield "voices", float(sizes.mean())
    yield "voices deviation", float(sizes.std())
    gaps = [np.diff(e) for e in eighths if len(e) > 1]
    yield "spacing", float(np.concatenate(gaps).mean()) if gaps else 0.0
    yield "widest spacing", float(np.mean([g.max() for g in gaps])) if gaps else 0.0


def _harmony(roll: npt.NDArray[np.bool_], beats: int) -> Named:
    """Interval classes that sound together, how chords change, and common tones."""
    classes = np.zeros((len(roll), 12), bool)
    for pitch_class in range(12):
        classes[:, pitch_class] = roll[:, pitch_class::12].any(1)
    together = np.zeros(7)
    for interval in range(1, 7):
        together[interval] = (classes & np.roll(classes, -interval, 1)).sum()
    yield from ((f"interval class {n}", float(together[n] / max(1, together.sum()))) for n in range(1, 7))
    dissonant = (classes & np.roll(classes, -1, 1)).any(1) | (classes & np.roll(classes, -6, 1)).any(1)
    yield "dissonant", float(dissonant.mean())
    yield "dissonant on the beat", float(dissonant[::CELLS].mean())
    on_beat = classes[::CELLS]
    kinds, count = np.unique(on_beat, axis=0, return_counts=True)
    yield "chords", len(kinds) / beats
    yield "commonest chord", float(count.max() / beats)
    common = (on_beat[1:] & on_beat[:-1]).sum(1)
    yield "common tones", float(common.mean())
    yield "chord repeated", float((on_beat[1:] == on_beat[:-1]).all(1).mean())
    low = roll.argmax(1)[::CELLS] % 12
    root = np.bincount((low[1:] - low[:-1]) % 12, minlength=12) / (beats - 1)
    yield from ((f"bass moves by {n}", float(root[n])) for n in (0, 1, 2, 5, 7, 10, 11))


def _phrases(notes: Ints, beats: int) -> Named:
    """Rests of movement: beats in which nothing is struck, notes of two beats or more."""
    struck = np.zeros(beats, bool)
    struck[np.minimum(notes[:, 0] // BEAT, beats - 1)] = True
    yield "beats at rest", float((~struck).mean())
    long = np.unique(notes[notes[:, 1] >= 2 * BEAT, 0] // BEAT)
    gaps = np.diff(long, prepend=0, append=beats)
    yield "long notes", len(long) / beats
    yield "phrase length", float(gaps.mean())
    yield "phrase length deviation", float(gaps.std())
    struck_together = np.bincount(notes[:, 0] // SIXTEENTH, minlength=beats * CELLS)[::CELLS][:beats]
    yield "all strike the beat", float((struck_together >= 4).mean())


def _likeness(roll: npt.NDArray[np.bool_], notes: Ints, beats: int) -> Named:
    """How like itself it is a bar, two, four later: harmony and rhythm."""
    chroma = roll.reshape(beats, CELLS, 128).sum(1)
    chroma = np.stack([chroma[:, n::12].sum(1) for n in range(12)], 1).astype(float)
    grid = np.bincount(
        np.minimum(np.round(notes[:, 0] / SIXTEENTH).astype(int), beats * CELLS - 1), minlength=beats * CELLS
    )
    rhythm = np.sqrt(grid.reshape(beats, CELLS))
    for lag in (1, 2, 4, 8, 16):
        yield f"harmony alike after {lag}", alike(chroma, lag)
        yield f"rhythm alike after {lag}", alike(rhythm, lag)


def alike(rows: Floats, lag: int) -> float:
    """Mean cosine of rows `lag` apart."""
    unit = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return float((unit[lag:] * unit[:-lag]).sum(1).mean())
