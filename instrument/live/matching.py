"""Matching (live room): which segments of a preset sound well with what is heard, found among all of them.

What flows in: a checked preset. What flows out: tables that never change, and answers out of them: how well segments
agree with pitch classes, and the few best of all segments that hold a pitch class and lie near what sounds. It
remembers nothing and knows no performer.

Shapes: N segments, C cells (eighths) a segment, Q = 6 quantiles. `chord` (C, N): bit c set where pitch class c sounds
at the cell's start. `pitch` (C, N, Q): quantiles of the pitches that sound there, low to high. `top` (C, N): pitch
class of the highest note, 12 where nothing sounds; `bass` (N,): of the lowest at the segment's start. `opens`: first
segments of pieces. A note counts as sounding a 32nd around the cell's start, so that a performer's timing in the
corpus empties no chord. `feature` (N, F): as the preset has it. What is asked of many segments at every step lies in
rows, since a step costs what it fetches from memory: `kind` (C, N): which of the preset's H different chords a cell
has; `manner` (N, 2 + 2C): the highest pitch at the start, the logarithm of one more than the number of 16ths in which
any notes are struck, and the root of the notes struck in each 16th, of unit length.
"""

from bisect import bisect_left

import numpy as np
import numpy.typing as npt

from instrument.notes import TOLERANCE
from instrument.preset import QUANTILES, Preset
from instrument.tempo import PPQN

CELL = PPQN // 2
SILENT = 12  # in the place of a pitch class: nothing sounds
WINDOW = 128  # segments looked at closely, out of all that hold a pitch class

Array = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

_MEAN = np.full(QUANTILES, 1 / QUANTILES, np.float32)

_CLASH = (1, 2, 6, 10, 11)  # seconds, sevenths, the tritone: intervals that a chord tone makes with the note above it
HELD, AGREES, EMPTY, CLASHES = 1.0, 0.7, 0.35, 0.0


def _agreement() -> Floats:
    """(4096, 13) how well a chord (bits) agrees with a pitch class: holds it, is consonant, silent, or clashes."""
    table = np.empty((4096, 13), np.float32)
    for chord in range(4096):
        members = [c for c in range(12) if chord >> c & 1]
        for pitch in range(12):
            clash = any((c - pitch) % 12 in _CLASH for c in members)
            if pitch in members:
                table[chord, pitch] = HELD - 0.1 * clash
            else:
                table[chord, pitch] = EMPTY if not members else CLASHES if clash else AGREES
    table[:, SILENT] = 0.5
    return table


AGREEMENT = _agreement()


class Matcher:
    """The tables of one preset. Making them takes some 5 us a segment."""

    def __init__(self, preset: Preset, drums: frozenset[int] = frozenset()) -> None:
        self.cells = max(1, preset.hop // CELL)
        owner, onset, end, pitch = _pitched(preset, drums)
        size = len(preset)
        self.chord = np.zeros((self.cells, size), np.uint16)
        self.pitch = np.empty((self.cells, size, QUANTILES), np.float32)
        self.top = np.full((self.cells, size), SILENT, np.uint8)
        for cell in range(self.cells):
            at = cell * CELL
            rows = np.flatnonzero((onset < at + TOLERANCE) & (end >= at + TOLERANCE))
            rows = rows[np.lexsort((pitch[rows], owner[rows]))]
            np.bitwise_or.at(self.chord[cell], owner[rows], (1 << (pitch[rows] % 12)).astype(np.uint16))
            self.top[cell, owner[rows]] = pitch[rows] % 12  # sorted by pitch: the highest is written last
            if cell == 0:
                self.bass = np.full(size, SILENT, np.uint8)
                self.bass[owner[rows[::-1]]] = pitch[rows[::-1]] % 12
            before = preset.start_pitch if cell == 0 else self.pitch[cell - 1]
            self.pitch[cell] = _quantiles(owner[rows], pitch[rows], before)
        self.metre = preset.metre_position.astype(np.int64)
        self.opens = np.flatnonzero(np.diff(preset.piece.astype(np.int64), prepend=-1))
        self._places = int(self.metre.max()) + 1
        self._lists = [self._by_class(cell) for cell in range(self.cells)]
        self.feature = preset.feature
        grid = _onset_grid(owner, onset, size, self.cells)
        self.manner = np.column_stack([self.pitch[0][:, -1], np.log1p((grid > 0).sum(1)), grid]).astype(np.float32)
        different, kind = np.unique(self.chord, return_inverse=True)
        self.kind = kind.reshape(self.chord.shape).astype(np.uint16)
        self._agreement = AGREEMENT[different]
        self._against_one = list((1 - self._agreement[:, :SILENT].T).astype(np.float64))

    def _by_class(self, cell: int) -> tuple[Array, Floats, list[int]]:
        """Segments by (place in the bar, pitch class they hold), each list by height; heights; where lists begin."""
        holds = (self.chord[cell][:, None] >> np.arange(12)) & 1
        segment, pitch_class = np.nonzero(holds)
        height = self.pitch[cell].mean(1)[segment]
        key = self.metre[segment] * 12 + pitch_class
        order = np.lexsort((height, key))
        begins = np.searchsorted(key[order], np.arange(self._places * 12 + 1))
        return segment[order], height[order], begins.tolist()

    def agreement(self, segment: int, cell: int, wanted: Floats) -> float:
        """How well `segment` at `cell` agrees with pitch classes of weight `wanted` (13,): 0 to their sum."""
        return float(AGREEMENT[self.chord[cell, segment]].dot(wanted))

    def against(self, believed: Floats) -> list[Doubles | None]:
        """For each cell of `believed` (C, 13) how far each kind of chord is from granting it all (H,).

        None where nothing is believed. A single tone that is certain, the usual case, is looked up.
        """
        return [self._against(believed[cell], row) for cell, row in enumerate(believed.tolist())]

    def _against(self, cell: Floats, row: list[float]) -> Doubles | None:
        if 1.0 in row and row.count(0.0) == SILENT:
            one: Doubles = self._against_one[row.index(1.0)]
            return one
        total = float(cell.sum())
        if total <= 0:
            return None
        away: Doubles = (total - self._agreement.dot(cell)).astype(np.float64)
        return away

    def holding(self, place: int, cell: int, pitch_class: int, height: float) -> Array:
        """(n,) segments at `place` in the bar that hold `pitch_class` at `cell`: the WINDOW nearest in height."""
        if place >= self._places:
            return np.empty(0, np.int64)
        segments, heights, begins = self._lists[cell]
        first, after = begins[place * 12 + pitch_class : place * 12 + pitch_class + 2]
        if after - first > WINDOW:
            middle = bisect_left(heights, height, first, after)  # `searchsorted` would copy all heights to doubles
            first = min(max(first, middle - WINDOW // 2), after - WINDOW)
            after = first + WINDOW
        return segments[first:after]

    def leading(self, segments: Array, cell: int, sounding: Floats) -> Floats:
        """(n,) semitones, mean over the quantiles, from what sounds (Q,) to each segment at `cell`."""
        moved: Floats = np.abs(self.pitch[cell].take(segments, 0) - sounding).dot(_MEAN)  # `dot`: a third of `mean`
        return moved


def middle(quantiles: Floats) -> float:
    """Mean of (Q,) quantiles."""
    return float(quantiles.dot(_MEAN))


def _pitched(preset: Preset, drums: frozenset[int]) -> tuple[Array, Array, Array, Array]:
    """Segment, onset, end and pitch of all notes that are no drums."""
    chosen = ~np.isin(preset.note_voice, list(drums))
    owner = preset.note_segment()[chosen]
    onset = preset.note_onset[chosen].astype(np.int64)
    return owner, onset, onset + preset.note_duration[chosen], preset.note_pitch[chosen].astype(np.int64)


def _quantiles(owner: Array, pitch: Array, otherwise: Floats) -> Floats:
    """(N, Q) quantiles of each owner's pitches, which come sorted; rows with none are those of `otherwise`."""
    size = len(otherwise)
    count = np.bincount(owner, minlength=size)
    begin = np.cumsum(count) - count
    some = np.flatnonzero(count)
    out = otherwise.astype(np.float32)
    at = begin[some, None] + np.linspace(0, 1, QUANTILES) * (count[some, None] - 1)
    low = np.floor(at).astype(np.int64)
    high = np.minimum(low + 1, (begin + count - 1)[some, None])
    out[some] = pitch[low] + (at - low) * (pitch[high] - pitch[low])
    return out


def _onset_grid(owner: Array, onset: Array, size: int, cells: int) -> Floats:
    """(N, 2C) root of the notes struck in each 16th, of unit length where there are any."""
    columns = 2 * cells
    struck = (onset >= 0) & (onset < columns * CELL // 2)
    index = owner[struck] * columns + onset[struck] // (CELL // 2)
    grid = np.sqrt(np.bincount(index, minlength=size * columns).reshape(size, columns))
    length = np.linalg.norm(grid, axis=1, keepdims=True)
    return (grid / np.where(length > 0, length, 1)).astype(np.float32)
