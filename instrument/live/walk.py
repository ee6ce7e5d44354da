"""Walk (live room): one step of the random walk on a preset's manifold.

What flows in: where the walk stands (`State`), the hand's controls, the step's random numbers, and a pull from
whoever steers. What flows out: the next state, and the `Choice` that led to it: what was weighed, and how. A step is
pure: the same inputs give the same result, and nothing here keeps anything. It never sees notes, time or ports.

Shapes: N segments, K columns of the candidate table, C context columns, n things weighed in a step. Segments are row
numbers of the preset, int64. Energies have no unit: a difference of `temperature` makes one choice e times likelier
than another.
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate, compress
from math import exp
from operator import add
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from instrument.controls import PartControls, control
from instrument.energy import FAR, HOME_RATE, JOIN_UNIT, PROGRESSION, TABOO
from instrument.likeness import preset_likeness
from instrument.live.draw import Draw
from instrument.live.laws import departing, going_on, law, verbatim_cap
from instrument.live.phrases import Phrases, openings
from instrument.live.seams import Seams
from instrument.preset import Preset
from instrument.progressions import Progressions, preset_chords

Segments = npt.NDArray[np.int64]
Energies = npt.NDArray[np.float64]
Context = npt.NDArray[np.float32]
Pull = Callable[[Segments], Energies]

LONGEST = int(control("loop_steps").high)  # that it remembers of its path
NEAR = 16  # columns of the table in which a piece's end looks for a way on
_HOME_RATE = np.float32(HOME_RATE)
FARTHEST = 0.5 * FAR * FAR  # energy of a candidate that is FAR away, or farther
PRICES = [JOIN_UNIT * code for code in range(256)]
DESTINATIONS = 8  # that it draws, to take the one that joins best
LANE_CHOICE, LANE_END, LANE_START, LANE_DEPART, LANE_DESTINATION = 0, 1, 2, 3, 16


class State(NamedTuple):
    """Where a walk stands, and the little it remembers.

    `home` (C,) is the moving average of the contexts it came through; `recent` the last content classes, newest last;
    `run` how many times in a row it has gone on in the piece, or with the same notes from another; `path` the
    last segments, this one newest and last; where the walk starts, those before it in the piece.
    """

    segment: int
    home: Context
    recent: tuple[int, ...]
    run: int
    path: tuple[int, ...]

    @property
    def before(self) -> int:
        """The segment that sounded before this one; itself where there was none."""
        return self.path[-2] if len(self.path) > 1 else self.segment


class Choice(NamedTuple):
    """What a step weighed and took. `candidates`, `probabilities` and `energies` are in the same order."""

    segment: int
    anchor: int
    stayed: bool  # it went on to the segment that follows in the piece
    candidates: tuple[int, ...]
    probabilities: tuple[float, ...]
    energies: tuple[float, ...]


class Walk:
    """The walk on one preset: its arrays as they are, and what a step would compute anew. Nothing changes."""

    def __init__(self, preset: Preset) -> None:
        self.preset = preset
        self.width = int(preset.candidates.shape[1])  # columns of the candidate table: 64 in a real preset
        self._seams, self._openings, self._phrases = Seams(preset), openings(preset), Phrases(preset)
        self._likeness = preset_likeness(preset)
        self._progressions = Progressions(preset_chords(preset), preset.successor)
        self._context, self._feature = preset.context, preset.feature
        self._half_length = np.linalg.vecdot(preset.context, preset.context) / 2
        # of a memoryview a number is read 5 times sooner than of an array
        self._candidates, self._distance, self._join = map(_flat, (preset.candidates, preset.distance, preset.join))
        self._class, self._successor = _flat(preset.content_class), _flat(preset.successor)
        self._scale, self._place = _flat(preset.scale), _flat(preset.metre_position)

    def start(self, draw: Draw, segment: int | None = None) -> State:
        """The state at `segment`, or at the first bar line of a piece drawn at random."""
        if segment is None:
            segment = int(self._openings[draw.pick(len(self._openings), LANE_START)])
        begin = segment
        while begin and self._successor[begin - 1] == begin and segment - begin < LONGEST - 1:
            begin -= 1
        path = tuple(range(begin, segment + 1))
        return State(segment, self._context[segment].copy(), (int(self._class[segment]),), 0, path)

    def move(self, state: State, segment: int) -> State:
        """The state after `segment` was played on somebody's word, not the walk's own choice."""
        return self._enter(state, segment, self.home(state))

    def step(
        self,
        state: State,
        controls: PartControls,
        draw: Draw,
        pull: Pull | None = None,
        extra: Sequence[int] = (),
    ) -> tuple[State, Choice]:
        """One step: weigh the candidates of the segment that follows, and that segment itself; take one.

        `pull` maps candidates (n,) to energies (n,) that are added; `extra` are segments to weigh besides. There is
        always a next segment: when all alternatives are taboo the walk goes on in the piece.
        """
        anchor, follows = self._anchor(state.segment, controls, draw)
        home = self.tether(state, anchor)
        weighed, energies = self.weigh(state, home, anchor, controls, extra)
        energies[0] = going_on(energies, controls.temperature, controls.step)
        if follows and state.run >= verbatim_cap(controls.step):
            weighed, energies = self._unlike(anchor, weighed, energies)
        if pull is not None:
            energies = list(map(add, energies, pull(np.array(weighed)).tolist()))
        chances = boltzmann(energies, controls.temperature)
        segment = weighed[bisect_right(list(accumulate(chances)), draw.uniform(LANE_CHOICE), 0, len(weighed) - 1)]
        stayed = follows and segment == anchor
        choice = Choice(segment, anchor, stayed, tuple(weighed), tuple(chances), tuple(energies))
        return self._enter(state, segment, home), choice

    def _unlike(self, anchor: int, weighed: list[int], energies: list[float]) -> tuple[list[int], list[float]]:
        """What was weighed and has other notes than `anchor`; all of it when nothing has."""
        other = [n for n, segment in enumerate(weighed) if self._class[segment] != self._class[anchor]]
        return ([weighed[n] for n in other], [energies[n] for n in other]) if other else (weighed, energies)

    def _enter(self, state: State, segment: int, home: Context) -> State:
        follows, content = self._successor[state.segment], int(self._class[segment])
        quotes = follows >= 0 and content == self._class[follows]  # a departure may go on with the same notes
        run = state.run + 1 if quotes else 0
        path = (*state.path[1 - LONGEST :], segment)
        return State(segment, home, (*state.recent[1 - TABOO :], content), run, path)

    def home(self, state: State) -> Context:
        """Where the walk is tethered after `state` (C,): the moving average of the contexts it came through."""
        home: Context = np.subtract(self._context[state.segment], state.home)
        home *= _HOME_RATE
        home += state.home
        return home

    def tether(self, state: State, anchor: int) -> Context:
        """Where a step by way of `anchor` is tethered (C,): at home, or at the anchor when the walk departs to it."""
        return self._context[anchor] if 0 <= self._successor[state.segment] != anchor else self.home(state)

    def _anchor(self, here: int, controls: PartControls, draw: Draw) -> tuple[int, bool]:
        """The segment to step from, and whether it is the one that follows in the piece.

        At a piece's end it is the successor of a near segment, drawn (a fixed one makes cycles). After some phrase
        ends the walk departs: it begins a phrase of another piece, which is home from then on (or it would stay for
        hours among a few pieces that are alike); the stronger home holds, the more seldom.
        """
        follows = self._successor[here]
        if follows >= 0:
            if (
                not self._phrases.ends[here]
                or draw.uniform(LANE_DEPART) >= departing(controls.step, controls.home) * self._phrases.departure_rate
            ):
                return follows, True
            destination = self._destination(here, follows, draw)
            return destination, destination == follows
        columns = self._candidates[here * self.width : here * self.width + min(NEAR, self.width)]
        near = [after for after in map(self._successor.__getitem__, columns) if after >= 0]
        if not near:
            return int(self._openings[draw.pick(len(self._openings), LANE_END)]), False
        return near[draw.pick(len(near), LANE_END)], False

    def _destination(self, here: int, follows: int, draw: Draw) -> int:
        """Of a few phrases' first segments from anywhere, at the same place of the bar, the one that joins best."""
        first = self._phrases.first[self._place[follows]]
        drawn = [int(first[draw.pick(len(first), LANE_DESTINATION + n)]) for n in range(DESTINATIONS)]
        prices = self._seams.prices(here, follows, drawn)
        return drawn[prices.index(min(prices))]

    def weigh(
        self, state: State, home: Context, anchor: int, controls: PartControls, extra: Sequence[int]
    ) -> tuple[list[int], list[float]]:
        """`anchor`, then its alternatives that are not taboo; and the energy of each (from any zero)."""
        step = law(controls.step, controls.neighbors, self.width)
        begin = anchor * self.width + step.first
        segments: list[int] = self._candidates[begin : begin + step.columns].tolist()
        apart: list[float] = self._distance[begin : begin + step.columns].tolist()
        prices = self._prices(state.segment, anchor, segments, step.first)
        if extra:
            added = [segment for segment in dict.fromkeys(extra) if segment != anchor and segment not in segments]
            apart += self._apart(anchor, added)
            prices += self._seams.prices(state.segment, anchor, added)
            segments += added
        taboo, classes = frozenset(state.recent), [self._class[segment] for segment in segments]
        if not taboo.isdisjoint(classes):
            free = [kind not in taboo or segment in extra for kind, segment in zip(classes, segments, strict=True)]
            segments = list(compress(segments, free))
            apart, prices = list(compress(apart, free)), list(compress(prices, free))
        segments.insert(0, anchor)
        rows = np.fromiter(segments, np.int64, len(segments))
        tether = self._half_length.take(rows)
        tether -= self._context.take(rows, 0).dot(home)  # `dot`: half the time of `@` here
        scale, least = self._scale[anchor], apart[0] if apart else 0.0
        costs = [step.stay]
        costs += [
            (0.5 * z * z if -FAR < (z := (far - least) / scale) < FAR else FARTHEST) + price
            for far, price in zip(apart, prices, strict=True)
        ]
        eta, bits = 2 * controls.home, self._progressions.bits_of(state.before, state.segment, segments)
        terms = zip(costs, tether.tolist(), bits, strict=True)
        energies = [cost + eta * away + PROGRESSION * surprise for cost, away, surprise in terms]
        if controls.echo:
            energies = list(map(add, energies, self.strangeness(state, controls, segments)))
        return segments, energies

    def surprise(self, state: State, segments: Sequence[int]) -> list[float]:
        """What the chord of each of `segments` costs after the two that sounded last."""
        return [PROGRESSION * bits for bits in self._progressions.bits_of(state.before, state.segment, segments)]

    def strangeness(self, state: State, controls: PartControls, segments: Sequence[int]) -> list[float]:
        """What each of `segments` costs by how unlike it is to what sounded a loop before it."""
        ago = int(controls.loop_steps)
        if not controls.echo or len(state.path) < ago:
            return [0.0] * len(segments)
        alike = self._likeness.take(segments, 0).dot(self._likeness[state.path[-ago]])
        costs: list[float] = (controls.echo * (1 - alike.astype(np.float64))).tolist()
        return costs

    def _prices(self, here: int, anchor: int, segments: list[int], first: int) -> list[float]:
        """Price of the join into `segments`, the candidates of `anchor` from column `first` on.

        At a piece's end that is what the join costs from the segment that `anchor` follows, which is near to `here`.
        """
        if anchor and self._successor[anchor - 1] == anchor:
            begin = (anchor - 1) * self.width + first
            return [PRICES[code] for code in self._join[begin : begin + len(segments)]]
        return self._seams.prices(here, anchor, segments)

    def _apart(self, one: int, others: list[int]) -> list[float]:
        """Distance of each of `others` from `one` in feature space."""
        away = self._feature[others] - self._feature[one]
        distances: list[float] = np.sqrt(np.linalg.vecdot(away, away)).tolist()
        return distances


def boltzmann(energies: Sequence[float], temperature: float) -> list[float]:
    """Probabilities in proportion to exp(-energy / temperature); they sum to 1."""
    least = min(energies)
    weights = [exp((least - energy) / temperature) for energy in energies]
    total = sum(weights)
    return [weight / total for weight in weights]


def _flat(array: npt.NDArray[Any]) -> Any:
    """A memoryview of the numbers of `array`, row by row; its type does not say whether they are whole."""
    return np.ascontiguousarray(array).reshape(-1).data
