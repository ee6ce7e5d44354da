"""Workshop: pieces -> segments, one row a beat (or half bar, or bar) with the notes that sound in it.

In: pieces of one hop. Out: `Segments`, flat arrays over the whole corpus. It knows nothing of features or distances.

Conventions. N segments, M notes; a note that sounds in three segments has three rows. `onset` counts from the
segment's start and is negative where the note was held into it. "At the start" and "at the end" allow a 32nd note
(60 ticks), so that a performer's timing and a staccato's gap do not empty a chord; on a grid of 16ths that is exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from instrument.fit.piece import DURATION, ONSET, PITCH, VELOCITY, VOICE, Piece, beat_ticks
from instrument.notes import TOLERANCE, at_start
from instrument.packing import pitch_bits
from instrument.preset import QUANTILES

Array = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
SILENT_PITCH = 60.0  # where nothing has sounded yet


@dataclass(frozen=True, slots=True)
class Segments:
    """The corpus cut up: per segment (N,), per sounding note (M,), and `start` (N+1,) between the two."""

    hop: int
    piece: Array
    tick: Array
    metre_position: Array
    beats: Array  # segments a bar, of the piece's own metre
    phrase_end: npt.NDArray[np.bool_]
    successor: Array
    predecessor: Array
    start: Array
    segment: Array  # (M,) the segment that each note row belongs to
    onset: Array
    duration: Array
    pitch: Array
    velocity: Array
    voice: Array
    pitched: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.piece)

    @property
    def end(self) -> Array:
        """(M,) tick at which each note ends, from the segment's start."""
        return self.onset + self.duration

    @property
    def at_start(self) -> npt.NDArray[np.bool_]:
        """(M,) True where the note sounds as the segment starts."""
        return np.asarray(at_start(self.onset, self.duration, self.hop))

    @property
    def at_end(self) -> npt.NDArray[np.bool_]:
        """(M,) True where the note sounds as the segment ends."""
        return np.asarray((self.onset <= self.hop - TOLERANCE) & (self.end > self.hop - TOLERANCE))


def cut(pieces: Sequence[Piece], hop: int) -> Segments:
    """Cut `pieces` every `hop` ticks, from the hop with their first note to the one with their last."""
    notes = np.concatenate([p.notes for p in pieces]).astype(np.int64)
    owner = np.repeat(np.arange(len(pieces)), [len(p.notes) for p in pieces])
    first = np.array([int(p.notes[0, ONSET]) // hop for p in pieces])
    count = np.array([-(-p.end // hop) for p in pieces]) - first
    base = np.concatenate([[0], np.cumsum(count)])
    total = int(base[-1])
    piece = np.repeat(np.arange(len(pieces)), count)
    tick = (np.arange(total) - base[piece] + first[piece]) * hop
    bar = np.array([_bar_ticks(p, hop) for p in pieces])
    rows, segment = _spread(notes, owner, base, first, hop)
    order = np.lexsort((notes[rows, PITCH], notes[rows, ONSET], segment))
    rows, segment = rows[order], segment[order]
    pitched = np.concatenate([p.pitched for p in pieces])
    index = np.arange(total)
    return Segments(
        hop=hop,
        piece=piece,
        tick=tick,
        metre_position=(tick % bar[piece]) // hop,
        beats=bar[piece] // hop,
        phrase_end=_phrase_ends(pieces, base, first, hop),
        successor=np.where(index + 1 < base[piece + 1], index + 1, -1),
        predecessor=np.where(index > base[piece], index - 1, -1),
        start=np.searchsorted(segment, np.arange(total + 1)),
        segment=segment,
        onset=notes[rows, ONSET] - tick[segment],
        duration=notes[rows, DURATION],
        pitch=notes[rows, PITCH],
        velocity=notes[rows, VELOCITY],
        voice=notes[rows, VOICE],
        pitched=pitched[rows],
    )


def joined(parts: Sequence[Segments]) -> Segments:
    """Segments of several corpora end to end, as if their pieces had been cut together."""
    sizes = np.cumsum([0, *(len(part) for part in parts)])
    notes = np.cumsum([0, *(len(part.segment) for part in parts)])
    pieces = np.cumsum([0, *(int(part.piece[-1]) + 1 for part in parts)])
    columns: dict[str, list[Array]] = {field.name: [] for field in fields(Segments) if field.name != "hop"}
    for part, before, rows, first in zip(parts, sizes, notes, pieces, strict=False):
        for name, column in columns.items():
            value = getattr(part, name)
            if name in ("successor", "predecessor"):
                value = np.where(value >= 0, value + before, -1)
            elif name == "start":
                value = value[:-1] + rows
            elif name in ("segment", "piece"):
                value = value + (before if name == "segment" else first)
            column.append(value)
    columns["start"].append(notes[-1:])
    arrays: dict[str, Any] = {name: np.concatenate(column) for name, column in columns.items()}
    return Segments(hop=parts[0].hop, **arrays)


def hop_ticks(piece: Piece, segment: str) -> int:
    """Ticks of a segment of `piece`: `segment` is beat, half-bar or bar; an odd bar's half is one beat."""
    beat, bar = beat_ticks(piece.metre), piece.metre.bar_ticks
    if segment == "beat":
        return beat
    if segment == "half-bar":
        return bar // 2 if bar // beat % 2 == 0 else beat
    return bar


def content_classes(segments: Segments) -> Array:
    """(N,) a number a segment, equal where onsets, durations and pitches are equal.

    A 64-bit hash of each note, summed over the segment, so that the order of notes does not matter.
    """
    key = (segments.onset + 2**15) << 32 | segments.duration << 8 | segments.pitch
    hashed = np.zeros(len(segments), dtype=np.uint64)
    np.add.at(hashed, segments.segment, splitmix64(key.astype(np.uint64)))
    return np.unique(hashed, return_inverse=True)[1].ravel()


def pitch_quantiles(segments: Segments) -> tuple[Floats, Floats]:
    """(N, Q) quantiles, low to high, of the pitches that sound at the start, and of those at the end.

    Where none sounds the pitches last heard stand in, so that a rest does not look like a leap.
    """
    size = len(segments)
    filled = [_quantiles(segments, chosen & segments.pitched) for chosen in (segments.at_start, segments.at_end)]
    both = np.empty((2 * size, QUANTILES), dtype=np.float32)  # start, end, start, end: in the order of hearing
    both[0::2], both[1::2] = filled
    both = fill_forward(both, np.repeat(segments.piece, 2))
    return both[0::2], both[1::2]


def held_bits(segments: Segments) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """(N, 2) bit p set where pitch p is held into the segment, and out of it."""
    into, out = segments.onset < 0, segments.end > segments.hop
    held_in, held_out = (pitch_bits(segments.segment[c], segments.pitch[c], len(segments)) for c in (into, out))
    return held_in, held_out


def fill_forward(values: Floats, piece: Array) -> Floats:
    """`values` (n, c) with each row of NaN replaced by the piece's last row of numbers, or its first that is to come.

    `piece` (n,) rises; a piece without any number gets SILENT_PITCH.
    """
    size = len(values)
    known = ~np.isnan(values[:, 0])
    rows = np.arange(size)
    last = np.maximum.accumulate(np.where(known, rows, -1))
    following = np.minimum.accumulate(np.where(known, rows, size)[::-1])[::-1]
    heard = (last >= 0) & (piece[last] == piece)
    source = np.where(heard, last, np.minimum(following, size - 1))
    filled = values[source]
    filled[(piece[source] != piece) | ~known[source]] = SILENT_PITCH
    return filled


def _bar_ticks(piece: Piece, hop: int) -> int:
    return max(hop, piece.metre.bar_ticks // hop * hop)


def _spread(notes: Array, owner: Array, base: Array, first: Array, hop: int) -> tuple[Array, Array]:
    """Rows of `notes`, each repeated for every segment it sounds in, and that segment."""
    begin = notes[:, ONSET] // hop
    last = (notes[:, ONSET] + notes[:, DURATION] - 1) // hop
    times = last - begin + 1
    rows = np.repeat(np.arange(len(notes)), times)
    step = np.arange(len(rows)) - np.repeat(np.cumsum(times) - times, times)
    return rows, (base[owner] + begin - first[owner])[rows] + step


def _phrase_ends(pieces: Sequence[Piece], base: Array, first: Array, hop: int) -> npt.NDArray[np.bool_]:
    marks = np.zeros(int(base[-1]), dtype=bool)
    for number, piece in enumerate(pieces):
        where = base[number] + np.array(piece.phrase_ends, dtype=np.int64) // hop - first[number]
        marks[where[(where >= base[number]) & (where < base[number + 1])]] = True
    return marks


def _quantiles(segments: Segments, chosen: npt.NDArray[np.bool_]) -> Floats:
    rows = np.flatnonzero(chosen)
    rows = rows[np.lexsort((segments.pitch[rows], segments.segment[rows]))]
    count = np.bincount(segments.segment[rows], minlength=len(segments))
    begin = np.cumsum(count) - count
    out = np.full((len(segments), QUANTILES), np.nan, dtype=np.float32)
    some = np.flatnonzero(count)
    place = begin[some, None] + np.linspace(0, 1, QUANTILES) * (count[some, None] - 1)
    low, pitch = np.floor(place).astype(np.int64), segments.pitch[rows].astype(np.float64)
    high = np.minimum(low + 1, (begin + count - 1)[some, None])
    out[some] = pitch[low] + (place - low) * (pitch[high] - pitch[low])
    return out


def splitmix64(value: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Finaliser of splitmix64 (Steele, Lea, Flood 2014): spreads every bit over the word."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))
