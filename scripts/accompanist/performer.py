"""Performers: real melodies made into played notes, steady, early and late, or syncopated.

In: pieces. Out: `Played`, MIDI notes by tick. Ticks are the engine's; timing in milliseconds is turned into ticks at
BPM. A performer lets go of a key before striking it again, and joins notes otherwise.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from instrument.fit.piece import DURATION, ONSET, PITCH, Piece

BPM = 100.0
TICKS_A_MS = BPM * 480 / 60_000
GAP = 5  # ticks between letting go and the next note
TIMING_MS = 15.0
SYNCOPE = (-240, -120, 0, 120, 240)  # ticks by which a syncopating performer moves a note on the beat
LOUDNESS = 80


class Played(NamedTuple):
    """A note begins or ends."""

    tick: int
    on: bool
    pitch: int


def melody(piece: Piece) -> list[tuple[int, int, int]]:
    """Onset, end and pitch of the top line: at every onset the highest note that begins or sounds there."""
    rows = piece.notes[piece.pitched]
    line: list[tuple[int, int, int]] = []
    for onset in np.unique(rows[:, ONSET]).tolist():
        sounding = rows[(rows[:, ONSET] <= onset) & (rows[:, ONSET] + rows[:, DURATION] > onset)]
        top = sounding[sounding[:, PITCH].argmax()]
        if int(top[ONSET]) < onset:
            continue
        if line and line[-1][1] > onset:
            line[-1] = (line[-1][0], onset, line[-1][2])
        line.append((onset, onset + int(top[DURATION]), int(top[PITCH])))
    return line


def performance(line: Sequence[tuple[int, int, int]], manner: str, seed: int) -> list[Played]:
    """`line` as played: "exact", "human" (within 15 ms of the beat), or "syncopated" (and human)."""
    rng = np.random.default_rng(seed)
    moved = []
    for onset, end, pitch in line:
        shift = 0 if manner == "exact" else round(rng.uniform(-TIMING_MS, TIMING_MS) * TICKS_A_MS)
        if manner == "syncopated" and onset % 480 == 0:
            shift += int(rng.choice(SYNCOPE))
        moved.append((max(0, onset + shift), end + shift, pitch))
    moved.sort()
    events = []
    for (onset, end, pitch), following in zip(moved, [*moved[1:], None], strict=True):
        off = end if following is None else min(end, following[0] - GAP)
        if following is not None and manner == "syncopated" and following[0] - end < 240:
            off = following[0] - GAP  # what was moved apart is still joined
        if off > onset:
            events += [Played(onset, True, pitch), Played(off, False, pitch)]
    return sorted(events)


def texture(piece: Piece, until: int) -> list[Played]:
    """All pitched notes of a piece that begin before `until`, as written."""
    rows = piece.notes[piece.pitched]
    events = []
    for onset, duration, pitch, _, _ in rows[rows[:, ONSET] < until].tolist():
        events += [Played(onset, True, pitch), Played(onset + duration - GAP, False, pitch)]
    return sorted(events)
