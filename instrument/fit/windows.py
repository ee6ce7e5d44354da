"""Workshop: what is heard around a join: the segments on both sides of it and their own neighbours -> columns.

In: Segments. Out: `Windows`, what each segment adds to a window, and (n, F) columns of joins. A join from i into c is
heard as p, i, c, s: p comes before i in its piece, s after c in its own. `joins.py` hears the seam itself; this
hears whether harmony, rhythm and lines go on as in the corpus, or stand still, or turn too often. It prices nothing.

Shapes: N segments, n joins from segments `before` (n,) into segments `after` (n,). Pitches are MIDI numbers, -1 where
nothing is struck.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from instrument.fit.blocks import SIXTEENTH, cells, onset_grid
from instrument.fit.drums import kit_blocks
from instrument.fit.joins import BASS, LEAP, Ends, move_classes
from instrument.fit.segments import Array, Floats, Segments
from instrument.likeness import likeness
from instrument.tempo import PPQN

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Windows:
    """What segments add to a window."""

    alike: tuple[Floats, ...]  # (N, *) unit vectors: likeness.py, onsets, strokes of the kit; 0 where there is none
    struck: Array  # (N,) notes struck
    long: Bools  # (N,) a note of two beats or more is struck
    line: Array  # (N, 4) first and second, last but one and last of the highest notes struck at each onset
    previous: Array  # (N,) the segment before in the piece, or itself
    following: Array  # (N,) the one after, or itself


def windows(segments: Segments) -> Windows:
    """Look at every segment once."""
    rows = np.arange(len(segments))
    previous = np.where(segments.predecessor >= 0, segments.predecessor, rows)
    following = np.where(segments.successor >= 0, segments.successor, rows)
    grid = onset_grid(segments)
    kit = kit_blocks(segments, cells(segments.hop), SIXTEENTH)["kit"]
    long = np.zeros(len(segments), dtype=bool)
    long[segments.segment[(segments.onset >= 0) & (segments.duration >= 2 * PPQN)]] = True
    notes = segments.segment, segments.onset, segments.end, segments.pitch, segments.pitched
    return Windows(
        alike=(likeness(len(segments), segments.hop, *notes), _unit(np.sqrt(grid)), _unit(kit)),
        struck=grid.sum(1).astype(np.int64),
        long=long,
        line=_struck_line(segments, previous, following),
        previous=previous,
        following=following,
    )


def window_columns(heard: Windows, seen: Ends, before: Array, after: Array) -> Floats:
    """(n, F) what is heard around joins."""
    p, s = heard.previous[before], heard.following[after]
    bar_ago = heard.previous[heard.previous[p]]
    found: list[npt.NDArray[Any]] = [
        _likeness(heard, [(before, after), (p, after), (before, s), (bar_ago, after), (p, s)])
    ]
    chord = seen.chord
    denser = heard.struck[after] - heard.struck[before]
    plain = [
        chord[before] == chord[after],
        chord[p] == chord[after],
        chord[before] == chord[s],
        np.abs(denser),
        denser,
        denser * (heard.struck[before] - heard.struck[p]),
        heard.long[before] & heard.long[after],
    ]
    found.append(np.stack(plain, 1))
    here, there = seen.kinds[before], seen.kinds[after]
    found += [here != there, here & there, there]
    found += [_bass(heard, seen, before, after), _line(heard, before, after)]
    return np.concatenate(found, axis=1, dtype=np.float32)


def _likeness(heard: Windows, pairs: list[tuple[Array, Array]]) -> Floats:
    """(n, 15) cosines of each pair's sound, onsets and strokes."""
    return np.stack([np.vecdot(of[a], of[b]) for of in heard.alike for a, b in pairs], 1)


def _bass(heard: Windows, seen: Ends, before: Array, after: Array) -> Array:
    """(n, 17) the bass from beat to beat, modulo the octave, the last where it is silent; and whether it turns."""
    start = seen.start[:, BASS]
    one, other = start[before], start[after]
    class_of = np.where((one < 0) | (other < 0), 12, (other - one) % 12)
    step = other - seen.end[before, BASS]
    came, goes = seen.leaving[before, BASS], seen.entering[after, BASS]
    came = np.where(came == 0, one - seen.end[heard.previous[before], BASS], came)
    goes = np.where(goes == 0, start[heard.following[after]] - seen.end[after, BASS], goes)
    turns = [
        np.sign(came) * np.sign(step) < 0,
        np.sign(goes) * np.sign(step) < 0,
        (came == 0) & (step == 0),
        np.sign(came) == np.sign(step),
    ]
    return np.concatenate([np.eye(13, dtype=np.int8)[class_of], np.stack(turns, 1)], axis=1)


def _line(heard: Windows, before: Array, after: Array) -> Array:
    """(n, 19) how the line of the highest notes struck goes on over the join: its move, turns and leaps."""
    last, first = heard.line[before, 3], heard.line[after, 0]
    step, came = first - last, last - heard.line[before, 2]
    goes = heard.line[after, 1] - first
    turns = [
        np.sign(came) * np.sign(step) < 0,
        np.sign(goes) * np.sign(step) < 0,
        (np.abs(came) > LEAP) & (np.abs(step) <= 2),
        (np.abs(step) > LEAP) & (np.abs(goes) <= 2),
        (np.abs(step) > LEAP) & (np.abs(goes) > 2),
    ]
    return np.concatenate([move_classes(step, (last < 0) | (first < 0)), np.stack(turns, 1)], axis=1)


def _unit(rows: npt.NDArray[np.floating]) -> Floats:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), dtype=np.float32)


def _struck_line(segments: Segments, previous: Array, following: Array) -> Array:
    """(N, 4) see Windows.line; what a segment with one onset lacks is its neighbours'."""
    chosen = (segments.onset >= 0) & segments.pitched
    segment, onset, pitch = segments.segment[chosen], segments.onset[chosen], segments.pitch[chosen]
    order = np.lexsort((pitch, onset, segment))
    segment, onset, pitch = segment[order], onset[order], pitch[order]
    highest = np.append((segment[1:] != segment[:-1]) | (onset[1:] != onset[:-1]), True)[: len(segment)]
    segment, pitch = segment[highest], pitch[highest]
    begin = np.searchsorted(segment, np.arange(len(segments)))
    count = np.bincount(segment, minlength=len(segments))
    line = np.full((len(segments), 4), -1)
    for column, place, least in (
        (0, begin, 1),
        (1, begin + 1, 2),
        (2, begin + count - 2, 2),
        (3, begin + count - 1, 1),
    ):
        rows = count >= least
        line[rows, column] = pitch[place[rows]]
    line[:, 1] = np.where(line[:, 1] < 0, line[following, 0], line[:, 1])
    line[:, 2] = np.where(line[:, 2] < 0, line[previous, 3], line[:, 2])
    return line
