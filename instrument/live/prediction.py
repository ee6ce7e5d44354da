"""Prediction (live room): what a heard line is likely to go on with, by what lines of the corpus went on with.

What flows in: the top line of a preset, cell by cell, and later a heard line in the same frame. What flows out: how
likely each pitch class is in the next cell, and which places of the corpus the line has been at. It holds tables that
never change.

A line is a sequence of pitch classes, one a cell (an eighth), 12 where nothing sounds. All contexts of up to ORDER
cells share one sorted table: a context is packed four bits a cell, the latest in the highest bits, so that the
places that share its last n cells are one range of the table. Orders are mixed from short to long as prediction by
partial matching does (Cleary and Witten 1984), with counts that weigh against the shorter one.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from instrument.live.matching import SILENT
from instrument.preset import Preset

ORDER = 8
BITS = 4
MIXED = (3, 6)  # lengths of context that prediction mixes besides that of one cell, which is a table
SAMPLED = 128  # places of a range that are counted, evenly spaced
DOUBT = 2.0  # imagined places of the shorter context beside those of the longer one

Array = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


class Lines:
    """The corpus' top line as a table of contexts; a place is segment * cells + cell, and follows its context."""

    def __init__(self, preset: Preset, top: npt.NDArray[np.uint8]) -> None:
        self.cells, size = top.shape
        self._line = np.append(top.T.ravel(), SILENT).astype(np.int64)
        self._after = _places_after(preset.successor, self.cells)
        keys = self._contexts(size)
        self._tables = []
        for cell in range(self.cells):
            places = np.arange(size) * self.cells + cell
            order = np.argsort(keys[places], kind="stable")
            self._tables.append((keys[places][order], places[order]))
        self._tones = [self._line[places] for _, places in self._tables]  # at the places, in their order
        self._after_one = [
            self._bigrams(before // (1 << BITS * (ORDER - 1)), tones)
            for (before, _), tones in zip(self._tables, self._tones, strict=True)
        ]

    def _contexts(self, size: int) -> Array:
        """The packed context that leads into every place; cells before a piece begins are silent."""
        before = np.full(size * self.cells, size * self.cells)  # the last entry of the line: silence
        known = np.flatnonzero(self._after >= 0)
        before[self._after[known]] = known
        before = np.append(before, size * self.cells)
        keys = np.zeros(size * self.cells, np.int64)
        at = before[:-1]
        for depth in range(ORDER):
            keys |= self._line[at] << BITS * (ORDER - 1 - depth)
            at = before[at]
        return keys

    @staticmethod
    def _bigrams(before: Array, tones: Array) -> list[list[float]]:
        """13 lists of 13: how likely each pitch class follows each in a cell."""
        counts = np.bincount(before * 13 + tones, minlength=169).reshape(13, 13) + DOUBT / 13
        shares: list[list[float]] = (counts / counts.sum(1, keepdims=True)).tolist()
        return shares

    def after(self, line: Sequence[int], cell: int, order: int = ORDER) -> tuple[Array, int]:
        """Places of `cell` whose context agrees longest with the end of `line`, and how many cells agree."""
        lows, highs = self._ranges(line, cell, range(1, min(order, len(line)) + 1))
        for length in range(len(lows), 0, -1):
            low, high = lows[length - 1], highs[length - 1]
            if high > low:
                return self._tables[cell][1][low : min(high, low + SAMPLED)], length
        return np.empty(0, np.int64), 0

    def next(self, line: Sequence[int], cell: int) -> Floats:
        """(13,) how likely each pitch class (12: silence) follows `line` in a cell number `cell` of a segment."""
        if not line:
            return np.full(13, 1 / 13, np.float32)
        likely, tones = self._after_one[cell][line[-1]], self._tones[cell]
        lengths = [length for length in MIXED if length <= len(line)]
        for low, high in zip(*self._ranges(line, cell, lengths), strict=True):
            if high <= low:
                break
            found = tones[low : high : max(1, (high - low) // SAMPLED)]
            total, counts = len(found) + DOUBT, np.bincount(found, minlength=13).tolist()
            likely = [(count + DOUBT * share) / total for count, share in zip(counts, likely, strict=True)]
        return np.array(likely, np.float32)

    def _ranges(self, line: Sequence[int], cell: int, lengths: Sequence[int]) -> tuple[list[int], list[int]]:
        """Where the contexts of these rising `lengths`, the last cells of `line`, begin and end in `cell`'s table."""
        key, bounds = 0, []
        for length, pitch_class in enumerate(reversed(line[-ORDER:]), 1):
            shift = BITS * (ORDER - length)
            key |= pitch_class << shift
            if length in lengths:
                bounds += [key, key + (1 << shift)]
        found = self._tables[cell][0].searchsorted(bounds).tolist() if bounds else []
        return found[0::2], found[1::2]


def _places_after(successor: npt.NDArray[np.int32], cells: int) -> Array:
    """The place that follows each place in its piece, -1 at the end."""
    size = len(successor)
    after = np.arange(1, size * cells + 1)
    last = np.arange(size) * cells + cells - 1
    after[last] = np.where(successor >= 0, successor.astype(np.int64) * cells, -1)
    return after
