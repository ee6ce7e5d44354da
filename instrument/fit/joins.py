"""Workshop: what a join sounds like: two segments and the seam between them -> columns of numbers.

In: Segments. Out: `Ends`, what each segment shows to a neighbour, and (n, F) columns of joins. It prices nothing.

Shapes: N segments, L lines (the top, the bass, then up to four voices), n joins from segments `before` (n,) into
segments `after` (n,). Pitches are MIDI numbers, -1 where a line is silent.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from instrument.fit.segments import Array, Segments, held_bits
from instrument.progressions import chord_codes

Doubles = npt.NDArray[np.float32]
VOICES = 4
QUARTERS = 4  # of a segment, at which rhythm and lines are looked at
TOP, BASS = 0, 1
STEPS = np.array([-99, -12, -7, -4, -2, -1, 0, 1, 2, 3, 5, 8, 13])  # semitones from which a class of moves begins
LEAP = 4


@dataclass(frozen=True, slots=True)
class Ends:
    """What segments show to their neighbours."""

    start: Array  # (N, L) pitch of each line as the segment starts
    end: Array  # (N, L) and as it ends
    entering: Array  # (N, 2) how top and bass move on within the segment's first half
    leaving: Array  # (N, 2) and how they came within its second
    grid: Array  # (N, 4) notes struck in each quarter
    held_in: npt.NDArray[np.uint64]  # (N, 2)
    held_out: npt.NDArray[np.uint64]
    kinds: npt.NDArray[np.bool_]  # (N, 4) ends a phrase, is all held on, strikes nothing, has short notes
    chord: Array  # (N,) code of the chord at the start and its bass


def ends(segments: Segments) -> Ends:
    """Look at every segment once."""
    number, sounds = np.bincount(segments.voice[segments.pitched], minlength=16), segments.at_start & segments.pitched
    voices = [int(v) for v in np.argsort(-number, kind="stable")[:VOICES] if number[v]]
    chosen = [segments.pitched] * 2 + ([segments.voice == v for v in voices] if len(voices) > 1 else [])
    start, end = (
        np.stack([_extreme(segments, rows & where, lowest=n == BASS) for n, rows in enumerate(chosen)], 1)
        for where in (segments.at_start, segments.at_end)
    )
    moves = [_moves(segments, lowest) for lowest in (False, True)]
    held_in, held_out = held_bits(segments)
    grid = _grid(segments)
    sounding = np.bincount(segments.segment[segments.at_end & segments.pitched], minlength=len(segments))
    held = np.bincount(segments.segment[(segments.end > segments.hop) & segments.pitched], minlength=len(segments))
    kinds = [segments.phrase_end, (held >= sounding) & (held > 0), grid.sum(1) == 0, grid[:, 1] + grid[:, 3] > 0]
    return Ends(
        start=start,
        end=end,
        entering=np.stack([entering for entering, _ in moves], 1),
        leaving=np.stack([leaving for _, leaving in moves], 1),
        grid=grid,
        held_in=held_in,
        held_out=held_out,
        kinds=np.stack(kinds, 1).astype(bool),
        chord=chord_codes(len(segments), segments.segment[sounds], segments.pitch[sounds]),
    )


def parallels(ends: Ends, before: Array, after: Array) -> Array:
    """(n,) pairs of voices that move together from a fifth to a fifth or from an octave to an octave."""
    one, other = ends.end[before], ends.start[after]
    count = np.zeros(len(before), dtype=np.int64)
    for low, high in _pairs(one.shape[1]):
        here, there = np.abs(one[:, low] - one[:, high]) % 12, np.abs(other[:, low] - other[:, high]) % 12
        moving = _move(one, other, low)[0] & _move(one, other, high)[0]
        count += moving & (here == there) & ((here == 0) | (here == 7))
    return count


def columns(ends: Ends, before: Array, after: Array) -> Doubles:
    """(n, F) what is heard at joins: moves of the lines, voices together, held notes, rhythm."""
    one, other = ends.end[before], ends.start[after]
    lines = range(one.shape[1])
    found: list[npt.NDArray[Any]] = [_classes(one, other, line) for line in lines]
    found.append(_together(one, other))
    ties = np.bitwise_count(ends.held_out[before] ^ ends.held_in[after]).sum(1)
    found += [parallels(ends, before, after)[:, None], ties[:, None], _rhythm(ends.grid[before], ends.grid[after])]
    for line in (TOP, BASS):
        moving, step = _move(one, other, line)
        came, goes = ends.leaving[before, line], ends.entering[after, line]
        found.append(_melody(np.where(moving, step, 0), came, goes))
    return np.concatenate(found, axis=1).astype(np.float32)


def move_classes(step: Array, silent: npt.NDArray[np.bool_]) -> npt.NDArray[np.int8]:
    """(n, 14) the class of a line's move in semitones, the last where it is silent on a side."""
    move = np.searchsorted(STEPS, step, side="right") - 1
    return np.eye(len(STEPS) + 1, dtype=np.int8)[np.where(silent, len(STEPS), move)]


def _pairs(lines: int) -> list[tuple[int, int]]:
    return list(combinations(range(2, lines), 2)) or [(TOP, BASS)]


def _move(one: Array, other: Array, line: int) -> tuple[npt.NDArray[np.bool_], Array]:
    """(n,) whether a line sounds on both sides and moves, and by how much."""
    step = other[:, line] - one[:, line]
    return (one[:, line] >= 0) & (other[:, line] >= 0) & (step != 0), step


def _classes(one: Array, other: Array, line: int) -> npt.NDArray[np.int8]:
    """(n, 14) the class of one line's move."""
    return move_classes(other[:, line] - one[:, line], (one[:, line] < 0) | (other[:, line] < 0))


def _together(one: Array, other: Array) -> Array:
    """(n, 4) pairs in similar motion, those that arrive at a fifth or octave, voices crossed, voices that move."""
    count = np.zeros((len(one), 4), dtype=np.int64)
    for low, high in _pairs(one.shape[1]):
        moves, step = _move(one, other, low)
        others, leap = _move(one, other, high)
        similar = moves & others & (np.sign(step) == np.sign(leap))
        arrives = np.isin(np.abs(other[:, low] - other[:, high]) % 12, (0, 7))
        count[:, 0] += similar
        count[:, 1] += similar & arrives
        count[:, 2] += (other[:, low] < other[:, high]) != (one[:, low] < one[:, high])
    count[:, 3] = sum(_move(one, other, line)[0] for line in range(one.shape[1]))
    return count


def _rhythm(one: Array, other: Array) -> Array:
    """(n, 10) how the notes struck in each quarter change and go together, and short notes on either side."""
    short = np.stack([one[:, 1] + one[:, 3], other[:, 1] + other[:, 3]], 1)
    return np.concatenate([np.abs(one - other), one * other, short], axis=1)


def _melody(step: Array, came: Array, goes: Array) -> Array:
    """(n, 5) turns and leaps of a line around a join, and standing still."""
    turn = (np.sign(came) * np.sign(step) < 0, np.sign(goes) * np.sign(step) < 0)
    leap = ((np.abs(came) > LEAP) & (np.abs(step) > 2), (np.abs(step) > LEAP) & (np.abs(goes) > 2))
    return np.stack([*turn, *leap, (came == 0) & (step == 0)], axis=1).astype(np.int64)


def _extreme(segments: Segments, rows: npt.NDArray[np.bool_], lowest: bool) -> Array:
    """(N,) lowest or highest pitch of the chosen notes, -1 where there is none."""
    out = np.full(len(segments), 999 if lowest else -1)
    (np.minimum if lowest else np.maximum).at(out, segments.segment[rows], segments.pitch[rows])
    return np.where(out == 999, -1, out)


def _moves(segments: Segments, lowest: bool) -> tuple[Array, Array]:
    """(N,) move of the top or the bass from the start to the middle, and from the second quarter to the last."""
    line = []
    for quarter in range(QUARTERS):
        tick = quarter * segments.hop // QUARTERS
        line.append(_extreme(segments, segments.pitched & (segments.onset <= tick) & (segments.end > tick), lowest))
    known = [(line[a] >= 0) & (line[b] >= 0) for a, b in ((0, 2), (1, 3))]
    return np.where(known[0], line[2] - line[0], 0), np.where(known[1], line[3] - line[1], 0)


def _grid(segments: Segments) -> Array:
    struck = segments.onset >= 0
    quarter = np.minimum(segments.onset[struck] * QUARTERS // segments.hop, QUARTERS - 1)
    index = segments.segment[struck] * QUARTERS + quarter
    return np.bincount(index, minlength=QUARTERS * len(segments)).reshape(-1, QUARTERS)
