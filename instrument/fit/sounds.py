"""Workshop: everything that is heard at joins and around them, looked at once for the table and for the prices.

In: Segments. Out: `Sounds`: (n, F) columns of joins, for `prices.py` to learn from; and what it costs to put a
candidate in the place of a segment, for `table.py` to choose by before anything is learnt. It keeps no prices.
"""

import numpy as np

from instrument.fit.habits import Habits
from instrument.fit.joins import columns, ends
from instrument.fit.segments import Array, Floats, Segments, pitch_quantiles
from instrument.fit.windows import window_columns, windows
from instrument.progressions import Progressions

LEADING = 3.0  # energy of a semitone
SURPRISE = 1.0  # energy of a bit


class Sounds:
    """What is heard at joins of one corpus."""

    def __init__(self, segments: Segments) -> None:
        self.seen, self.heard = ends(segments), windows(segments)
        self.progressions = Progressions(self.seen.chord, segments.successor)
        self.habits = Habits(segments, self.heard, self.progressions)
        self.predecessor, (self.start, self.end) = segments.predecessor, pitch_quantiles(segments)
        self.width = self.columns(np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)).shape[1]

    def columns(self, before: Array, after: Array) -> Floats:
        """(n, F) of joins from `before` (n,) into `after` (n,)."""
        bits = self.habits.bits(before, after).astype(np.float32)
        around = window_columns(self.heard, self.seen, before, after)
        return np.concatenate([columns(self.seen, before, after), bits, around], axis=1)

    def cost(self, rows: Array, found: Array) -> Floats:
        """(n, m) energies of `found` in the place of segments `rows` (n,): surprise, and voices that move otherwise.

        Voices cost what they move more, or less, than they moved into the segment itself. Where a piece begins
        nothing is joined, and nothing costs.
        """
        before = np.maximum(self.predecessor[rows], 0)
        moved = np.abs(self.start[rows] - self.end[before]).mean(1)
        moves = np.abs(self.start[found] - self.end[before][:, None]).mean(2)
        bits = self.habits.bits(np.repeat(before, found.shape[1]), found.ravel()).sum(1).reshape(found.shape)
        energy = LEADING * np.abs(moves - moved[:, None]) + SURPRISE * bits
        return np.where(self.predecessor[rows][:, None] >= 0, energy, 0).astype(np.float32)
