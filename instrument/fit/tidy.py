"""Workshop: a piece as it was read -> the piece as it is fitted: no endless rests, performances on their beats.

In and out: one piece in one metre. A rest longer than two bars loses whole bars, so that no stretch of nothing is
made into segments. In a performance, which plays around the beat, every note is moved a little later so that a note
struck just before its beat stays with it; the timing between notes is untouched.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from instrument.fit.piece import DURATION, ONSET, PITCH, VOICE, VOICES, Ints, Piece, note_table

LONGEST_REST_BARS = 2
GRIDS = (60, 80)  # 32nds and triplet sixteenths
ON_GRID_TICKS = 3
PERFORMED_BELOW = 0.6  # share of notes on either grid; chance alone gives .2
LEAN = 30  # ticks: 31 ms at 120 BPM
DRUM_FAMILY = 15  # General MIDI's last family is sound effects, which no voice needs for itself


def tidy(piece: Piece) -> Piece:
    """`piece` without endless rests and, where it is a performance, leaning on its beats."""
    piece = _shorter_rests(piece)
    return _leaning(piece) if performed(piece) else piece


def performed(piece: Piece) -> bool:
    """True where the notes keep to no grid."""
    on_grid = np.zeros(len(piece.notes), dtype=bool)
    for grid in GRIDS:
        off = piece.notes[:, ONSET] % grid
        on_grid |= np.minimum(off, grid - off) <= ON_GRID_TICKS
    return bool(on_grid.mean() < PERFORMED_BELOW)


def families(programs: Sequence[int], drums: Sequence[bool]) -> list[int]:
    """A voice (0..15) for each line of a band: the General MIDI family of its program; drums have the last."""
    return [
        DRUM_FAMILY if drum else min(program // 8, DRUM_FAMILY - 1)
        for program, drum in zip(programs, drums, strict=True)
    ]


def same_voices(pieces: Sequence[Piece]) -> list[Piece]:
    """`pieces` with voices that mean the same in all: as they are where they agree, else by family of instrument."""
    lines = {(v, p.programs[v] if v < len(p.programs) else 0, v in p.drums) for p in pieces for v in _used(p)}
    if len(lines) == len({voice for voice, _, _ in lines}):
        return list(pieces)
    return [_by_family(piece) for piece in pieces]


def _used(piece: Piece) -> list[int]:
    return [int(voice) for voice in np.unique(piece.notes[:, VOICE])]


def _by_family(piece: Piece) -> Piece:
    programs = [piece.programs[v] if v < len(piece.programs) else 0 for v in range(VOICES)]
    drums = [v in piece.drums for v in range(VOICES)]
    family = families(programs, drums)
    notes = piece.notes.copy()
    notes[:, VOICE] = np.array(family)[notes[:, VOICE]]
    used = {family[v]: v for v in reversed(_used(piece))}
    names = tuple(FAMILIES[f] if f in used else "" for f in range(VOICES))
    return replace(
        piece,
        notes=_without_unisons(note_table(notes)),
        voices=names,
        programs=tuple(programs[used[f]] if f in used else -1 for f in range(VOICES)),
        drums=frozenset({DRUM_FAMILY} & set(used)),
    )


FAMILIES = (
    "piano", "bells", "organ", "guitar", "bass", "strings", "ensemble", "brass", "reed", "pipe", "lead", "pad",
    "synth effects", "folk", "percussion", "drums",
)  # fmt: skip


def _without_unisons(notes: Ints) -> Ints:
    """One of every note that two lines of a family strike together."""
    _, first = np.unique(notes[:, [ONSET, PITCH, VOICE]], axis=0, return_index=True)
    return notes[np.sort(first)]


def _shorter_rests(piece: Piece) -> Piece:
    """`piece` with whole bars taken out of every rest longer than two, and its first note in its first bar."""
    bar = piece.metre.bar_ticks
    onset = piece.notes[:, ONSET].astype(np.int64)
    sounded = np.maximum.accumulate(onset + piece.notes[:, DURATION])
    rest = onset - np.concatenate([[0], sounded[:-1]])
    bars = np.where(rest > LONGEST_REST_BARS * bar, rest // bar - 1, 0)
    bars[0] = onset[0] // bar
    if not bars.any():
        return piece
    notes = piece.notes.copy()
    notes[:, ONSET] = onset - np.cumsum(bars) * bar
    return replace(piece, notes=note_table(notes), bar=piece.bar + int(bars[0]), phrase_ends=())


def _leaning(piece: Piece) -> Piece:
    """Every note LEAN later; one that would then end just past a beat ends on it, so that nothing seems tied."""
    notes = piece.notes.copy()
    notes[:, ONSET] += LEAN
    end = notes[:, ONSET] + notes[:, DURATION]
    past = end % piece.metre.beat_ticks
    notes[:, DURATION] -= np.where((past <= 2 * LEAN) & (notes[:, DURATION] > 4 * LEAN), past, 0)
    return replace(piece, notes=note_table(notes))
