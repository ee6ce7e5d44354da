"""Workshop: what usually follows what in a corpus: how surprised a listener is by what comes over a join.

In: what `joins.py` and `windows.py` see of segments. Out: (n, 3) bits of joins: of the chord joined into, of the
chord after it, and of the line of the highest notes that goes on. It knows nothing of tables and prices.
"""

import numpy as np
import numpy.typing as npt

from instrument.fit.segments import Array, Segments
from instrument.fit.windows import Windows
from instrument.progressions import Progressions, Tally, chance

Doubles = npt.NDArray[np.float64]

OCTAVE = 12
INTERVALS, NO_INTERVAL = 26, 25
MANY = 4  # notes struck in a segment, from which counts are alike


class Habits:
    """Those of a corpus. Where a join is the corpus's own, it is no precedent of itself."""

    def __init__(self, segments: Segments, heard: Windows, progressions: Progressions) -> None:
        self._progressions, self._previous, self._following = progressions, heard.previous, heard.following
        self._lines = _Lines(segments, heard)

    def bits(self, before: Array, after: Array) -> Doubles:
        """(n, 3) surprise of joins from `before` (n,) into `after` (n,)."""
        into = self._progressions.bits(self._previous[before], before, after)
        on = self._progressions.bits(before, after, self._following[after])
        return np.stack([into, on, self._lines.bits(before, after)], 1)


class _Lines:
    """How the line of the highest notes goes on, by interval and by how many notes are struck."""

    def __init__(self, segments: Segments, heard: Windows) -> None:
        self._line, self._successor = heard.line, segments.successor
        struck = np.minimum(heard.struck, MANY)
        self._came = _interval(self._line[:, 2], self._line[:, 3]) * (MANY + 1) + struck
        self._goes = _interval(self._line[:, 0], self._line[:, 1]) * (MANY + 1) + struck
        self._words = INTERVALS * (MANY + 1)
        follows = np.flatnonzero(segments.successor >= 0)
        word, context = self._words_at(follows, segments.successor[follows])
        self._size, self._total = INTERVALS * self._words, len(follows)
        self._anywhere, self._contexts = np.bincount(word, minlength=self._size), Tally(context)
        self._pairs = Tally(context * self._size + word)

    def bits(self, before: Array, after: Array) -> Doubles:
        """(n,) surprise at how the line moves into `after` and on in it, as it came."""
        word, context = self._words_at(before, after)
        own = (self._successor[before] == after).astype(np.int64)
        seen, times = self._pairs.of(context * self._size + word) - own, self._contexts.of(context) - own
        out: Doubles = -np.log2(chance(self._size, self._anywhere[word] - own, self._total - own, seen, times))
        return out

    def _words_at(self, before: Array, after: Array) -> tuple[Array, Array]:
        """(n,) what is heard, and after what."""
        moves = _interval(self._line[before, 3], self._line[after, 0])
        return moves * self._words + self._goes[after], self._came[before]


def _interval(one: Array, other: Array) -> Array:
    """(n,) 0..25 from one pitch to another, an octave at the most; 25 where there is none."""
    steps = np.clip(other - one, -OCTAVE, OCTAVE) + OCTAVE
    return np.where((one < 0) | (other < 0), NO_INTERVAL, steps)
