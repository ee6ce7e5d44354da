"""Workshop: what usually follows what in a corpus: how surprised a listener is by what comes over a join.

In: what `joins.py` and `windows.py` see of segments. Out: (n, 3) bits of joins: of the chord joined into, of the
chord after it, and of the line of the highest notes that goes on. It knows nothing of tables and prices.

A chance is that seen after the two before, backed off to after the one before, backed off to anywhere: sightings are
topped up by PRIOR of what is usual after less (a Dirichlet prior; MacKay & Peto 1995, "A hierarchical Dirichlet
language model").
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from instrument.fit.segments import Array, Segments
from instrument.fit.windows import Windows

Doubles = npt.NDArray[np.float64]

PRIOR = 3.0  # sightings
SMOOTH = 0.5  # sightings that everything is credited with
OCTAVE = 12
INTERVALS, NO_INTERVAL = 26, 25
MANY = 4  # notes struck in a segment, from which counts are alike


class Sighting(NamedTuple):
    """What comes (n,) at joins; after what, the less first; and how often the corpus saw each there by itself.

    `seen` has a number for what comes anywhere, then one a context: sightings that are no precedent.
    """

    what: Array
    after: tuple[Array, ...]
    seen: tuple[Array | int, ...]


class Habit:
    """How often things, numbered below `size`, come after others."""

    def __init__(self, look: Callable[[Array, Array], Sighting], before: Array, after: Array, size: int) -> None:
        self.look, self.size, self.total = look, size, len(before)
        here = look(before, after)
        self.alone = np.bincount(here.what, minlength=size)
        self.tables = [(_counted(context * size + here.what), _counted(context)) for context in here.after]

    def bits(self, before: Array, after: Array, own: bool) -> Doubles:
        """(n,) surprise of joins; `own` joins of the corpus do not count as their own precedent."""
        here = self.look(before, after)
        known = [np.maximum(number, own) for number in here.seen]
        chance: Doubles = (self.alone[here.what] - known[0] + SMOOTH) / (self.total - known[0] + SMOOTH * self.size)
        for (pairs, firsts), context, number in zip(self.tables, here.after, known[1:], strict=True):
            times, of = _count(pairs, context * self.size + here.what) - number, _count(firsts, context) - number
            chance = np.divide(times + PRIOR * chance, of + PRIOR)
        out: Doubles = -np.log2(chance)
        return out


class Habits:
    """Those of a corpus; `chord` (N,) are codes of the chord at each segment's start."""

    def __init__(self, segments: Segments, heard: Windows, chord: Array) -> None:
        follows = np.flatnonzero(segments.successor >= 0)
        previous, following, kinds = heard.previous, heard.following, int(chord.max()) + 1
        struck, line = np.minimum(heard.struck, MANY), heard.line
        came = _interval(line[:, 2], line[:, 3]) * (MANY + 1) + struck
        goes = _interval(line[:, 0], line[:, 1]) * (MANY + 1) + struck
        words = INTERVALS * (MANY + 1)

        def into(i: Array, c: Array) -> Sighting:
            return Sighting(chord[c], (chord[i], chord[i] * kinds + chord[previous[i]]), (0, 0, 0))

        def on(i: Array, c: Array) -> Sighting:
            known = (previous[c] != c).astype(np.int64)  # but for a piece's first, that is never joined into
            alike = known * (chord[previous[c]] == chord[i])
            return Sighting(chord[following[c]], (chord[c], chord[c] * kinds + chord[i]), (known, known, alike))

        def sung(i: Array, c: Array) -> Sighting:
            return Sighting(_interval(line[i, 3], line[c, 0]) * words + goes[c], (came[i],), (0, 0))

        looks = ((into, kinds), (on, kinds), (sung, INTERVALS * words))
        self.habits = [Habit(look, follows, segments.successor[follows], size) for look, size in looks]

    def bits(self, before: Array, after: Array, own: bool = False) -> Doubles:
        """(n, 3) surprise of joins from `before` (n,) into `after` (n,)."""
        return np.stack([habit.bits(before, after, own) for habit in self.habits], 1)


def _interval(one: Array, other: Array) -> Array:
    """(n,) 0..25 from one pitch to another, an octave at the most; 25 where there is none."""
    steps = np.clip(other - one, -OCTAVE, OCTAVE) + OCTAVE
    return np.where((one < 0) | (other < 0), NO_INTERVAL, steps)


def _counted(keys: Array) -> tuple[Array, Array]:
    found, count = np.unique(keys, return_counts=True)
    return found, count


def _count(table: tuple[Array, Array], keys: Array) -> Array:
    found, count = table
    place = np.minimum(np.searchsorted(found, keys), len(found) - 1)
    return np.where(found[place] == keys, count[place], 0)
