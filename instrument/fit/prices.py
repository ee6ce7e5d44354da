"""Workshop: what each join of the candidate table costs the walk.

In: Segments and the table of candidates. Out: (N, K) energies of the seam from segment i into the c-th candidate of
the segment that follows i. A logistic regression learns to tell the corpus's own joins from joins into candidates;
its logit is what makes a join sound made, voice by voice, and so what it costs (a density ratio: Sugiyama, Suzuki &
Kanamori 2012). Parallels cost more besides, and so does what changes the kind of moment: a phrase's end, a held
chord, a rest, short notes. `balance.py` then evens out how often segments are visited.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from instrument.controls import PART, PartControls
from instrument.energy import PLAIN_JOIN, join_codes
from instrument.fit.balance import potential
from instrument.fit.joins import Ends, columns, ends, parallels
from instrument.fit.segments import Array, Floats, Segments
from instrument.fit.table import Table

Doubles = npt.NDArray[np.float64]
SEED = 20240
LEARNT = 20_000  # joins of the corpus that are looked at
FALSE_JOINS = 3  # to each of them
NEAR = 24  # columns from which those are drawn
LOGIT, PARALLEL, KIND = 0.5, 2.0, 2.0  # energies
PRIOR = 3.0  # sightings that a chord's own frequency counts for, beside what followed the chord before it
BLOCK = 1 << 16  # joins looked at together: 40 MB


def join_prices(segments: Segments, table: Table, context: Floats, controls: PartControls) -> npt.NDArray[np.uint8]:
    """(N, K) codes (energy.py) of each join's price, balanced for a walk at `controls`."""
    prices = join_energies(segments, table.candidates) + np.float32(PLAIN_JOIN)
    u = controls.temperature * potential(segments, table, context, prices, controls)
    follows = segments.successor >= 0
    anchor = segments.successor[follows]
    prices[follows] -= (u[table.candidates[anchor]] - u[anchor][:, None]).astype(np.float32)
    return join_codes(prices)


def part_controls(settings: Mapping[str, float]) -> PartControls:
    """The controls that a preset starts a walker with."""
    controls = PartControls()
    for name, value in settings.items():
        controls = controls.set(name, value) if name in PART else controls
    return controls


def join_energies(segments: Segments, candidates: Array) -> npt.NDArray[np.float32]:
    """(N, K) price of each join; 0 in the rows of segments that nothing follows."""
    seen = ends(segments)
    chords = Chords(segments, seen.chord)
    follows = np.flatnonzero(segments.successor >= 0)
    energies = np.zeros(candidates.shape, dtype=np.float32)
    if not len(follows):
        return energies
    model = _learn(segments, candidates, seen, chords, follows)
    width = candidates.shape[1]
    rows = max(1, BLOCK // width)
    for begin in range(0, len(follows), rows):
        here = follows[begin : begin + rows]
        anchor = np.repeat(segments.successor[here], width)
        after = candidates[segments.successor[here]].ravel().astype(np.int64)
        energies[here] = _price(model, seen, chords, np.repeat(here, width), anchor, after).reshape(-1, width)
    return energies


class Chords:
    """How often chords follow each other, and how many bits of surprise a join is worth."""

    def __init__(self, segments: Segments, code: Array) -> None:
        self.code = code
        self.kinds = int(self.code.max()) + 1
        follows = np.flatnonzero(segments.successor >= 0)
        pairs = self.code[follows] * self.kinds + self.code[segments.successor[follows]]
        self.pairs, self.count = np.unique(pairs, return_counts=True)
        self.before = np.bincount(self.code[follows], minlength=self.kinds)
        self.share = np.bincount(self.code, minlength=self.kinds) / len(self.code)

    def bits(self, before: Array, after: Array, own: bool) -> Doubles:
        """(n,) surprise of each join; `own` joins of the corpus do not count as their own precedent."""
        pair = self.code[before] * self.kinds + self.code[after]
        place = np.minimum(np.searchsorted(self.pairs, pair), len(self.pairs) - 1)
        seen = np.where(self.pairs[place] == pair, self.count[place], 0) - own
        total = self.before[self.code[before]] - own
        return np.asarray(-np.log2((seen + PRIOR * self.share[self.code[after]]) / (total + PRIOR)))


def _columns(seen: Ends, chords: Chords, before: Array, after: Array, own: bool) -> npt.NDArray[np.float32]:
    bits = chords.bits(before, after, own).astype(np.float32)
    return np.concatenate([columns(seen, before, after), bits[:, None]], axis=1)


def _learn(segments: Segments, candidates: Array, seen: Ends, chords: Chords, follows: Array) -> Any:
    """A judge of joins: its `decision_function` is positive where a join sounds like the corpus's."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - takes two seconds to import
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

    generator = np.random.default_rng(SEED)
    here = np.sort(generator.choice(follows, min(LEARNT, len(follows)), replace=False))
    anchor = segments.successor[here]
    drawn = generator.integers(0, min(NEAR, candidates.shape[1]), (len(here), FALSE_JOINS))
    false = np.take_along_axis(candidates[anchor], drawn, 1).ravel().astype(np.int64)
    table = np.concatenate(
        [
            _columns(seen, chords, here, anchor, own=True),
            _columns(seen, chords, np.repeat(here, FALSE_JOINS), false, own=False),
        ]
    )
    label = np.repeat([1, 0], [len(here), len(false)])
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=300))
    return model.fit(table, label)


def _price(model: Any, seen: Ends, chords: Chords, before: Array, anchor: Array, after: Array) -> Doubles:
    logit = model.decision_function(_columns(seen, chords, before, after, own=False))
    other_kind = (seen.kinds[after] != seen.kinds[anchor]).sum(1)
    return np.asarray(-LOGIT * logit + PARALLEL * parallels(seen, before, after) + KIND * other_kind)
