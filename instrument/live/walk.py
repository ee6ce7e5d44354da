"""Walk (live room): one step of the random walk on a preset's manifold.

What flows in: where the walk stands (`State`), the hand's controls, the step's random numbers, and a pull from
whoever steers. What flows out: the next state, and the `Choice` that led to it: what was weighed, and how. A step is
pure: the same inputs give the same result, and nothing here keeps anything. It never sees notes, time or ports.

Shapes: N segments, K columns of the candidate table, C context columns, n things weighed in a step. Segments are row
numbers of the preset, int64. Energies have no unit: a difference of `temperature` makes one choice e times likelier
than another.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from instrument.controls import PartControls
from instrument.energy import FAR, HOME_RATE, JOIN_UNIT, STAY
from instrument.live.draw import Draw
from instrument.live.seams import Seams
from instrument.preset import Preset

Segments = npt.NDArray[np.int64]
Energies = npt.NDArray[np.float64]
Context = npt.NDArray[np.float32]
Pull = Callable[[Segments], Energies]

TABOO = 16  # content classes that may not come back at once
CAP = 8  # segments in a row from one piece, at the default step
NEAR = 16  # columns of the table in which a piece's end looks for a way on
DEFAULT_STEP, DEFAULT_HOME = PartControls().step, PartControls().home
OUT_OF_REACH = 1000.0  # an energy that no temperature overcomes
DEPARTURES = 1 / 96  # a step, at phrase ends: how often the walk sets out for another piece
DESTINATIONS = 8  # that it draws, to take the one that joins best
LANE_CHOICE, LANE_END, LANE_START, LANE_DEPART, LANE_DESTINATION = 0, 1, 2, 3, 16


class State(NamedTuple):
    """Where a walk stands, and the little it remembers.

    `home` (C,) is the moving average of the contexts it came through; `recent` the last content classes, newest last;
    `run` how many times in a row it has gone on in the piece.
    """

    segment: int
    home: Context
    recent: tuple[int, ...]
    run: int = 0


class Choice(NamedTuple):
    """What a step weighed and took. `candidates`, `probabilities` and `energies` are in the same order."""

    segment: int
    anchor: int
    stayed: bool  # it went on to the segment that follows in the piece
    candidates: tuple[int, ...]
    probabilities: tuple[float, ...]
    energies: tuple[float, ...]


def stay_energy(step: float) -> float:
    """Energy of going on in the piece: out of reach at step 0 (it plays the corpus), STAY at the default, rising.

    Above the default it rises faster, for the candidates get farther and so dearer too.
    """
    if step <= 0:
        return -OUT_OF_REACH
    beyond = max(0.0, step - DEFAULT_STEP)
    return max(-OUT_OF_REACH, STAY + 2.5 * math.log(step / DEFAULT_STEP) + 5.0 * beyond)


def verbatim_cap(step: float) -> float:
    """Segments in a row that may come from one piece: no bound at step 0, CAP at the default, falling."""
    return CAP * DEFAULT_STEP / step if step > 0 else math.inf


class Walk:
    """The walk on one preset: its arrays as they are, and what a step would compute anew. Nothing changes."""

    def __init__(self, preset: Preset) -> None:
        self.preset = preset
        self._candidates, self._distance, self._scale = preset.candidates, preset.distance, preset.scale
        self._join, self._seams = preset.join, Seams(preset)
        self._context, self._feature, self._successor = preset.context, preset.feature, preset.successor
        self._half_length = np.linalg.vecdot(preset.context, preset.context) / 2
        self._class = np.ascontiguousarray(preset.content_class).data  # a number is read 10 x sooner than of an array
        self._openings = _openings(preset)
        self._metre, self._phrases = preset.metre_position, Phrases(preset)

    @property
    def width(self) -> int:
        """Columns of the candidate table: 64 in a real preset."""
        return int(self._candidates.shape[1])

    def start(self, draw: Draw, segment: int | None = None) -> State:
        """The state at `segment`, or at the first bar line of a piece drawn at random."""
        if segment is None:
            segment = int(self._openings[draw.pick(len(self._openings), LANE_START)])
        return State(segment, self._context[segment].copy(), (int(self._class[segment]),))

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
        if follows and len(weighed) > 1 and state.run >= verbatim_cap(controls.step):
            del weighed[0], energies[0]
        if pull is not None:
            energies = [e + p for e, p in zip(energies, pull(np.array(weighed)).tolist(), strict=True)]
        chances = boltzmann(energies, controls.temperature)
        segment = weighed[bisect_right(list(accumulate(chances)), draw.uniform(LANE_CHOICE), 0, len(weighed) - 1)]
        stayed = follows and segment == anchor
        choice = Choice(segment, anchor, stayed, tuple(weighed), tuple(chances), tuple(energies))
        return self._enter(state, segment, home), choice

    def _enter(self, state: State, segment: int, home: Context) -> State:
        run = state.run + 1 if segment == self._successor[state.segment] else 0
        return State(segment, home, (*state.recent[1 - TABOO :], int(self._class[segment])), run)

    def home(self, state: State) -> Context:
        """Where the walk is tethered after `state` (C,): the moving average of the contexts it came through."""
        home: Context = state.home + HOME_RATE * (self._context[state.segment] - state.home)
        return home

    def tether(self, state: State, anchor: int) -> Context:
        """Where a step by way of `anchor` is tethered (C,): at home, or at the anchor when the walk departs to it."""
        follows = int(self._successor[state.segment])
        return self._context[anchor] if 0 <= follows != anchor else self.home(state)

    def _anchor(self, here: int, controls: PartControls, draw: Draw) -> tuple[int, bool]:
        """The segment to step from, and whether it is the one that follows in the piece.

        At a piece's end it is the successor of a near segment, drawn (a fixed one makes cycles). After some phrase
        ends the walk departs: it begins a phrase of another piece, which is home from then on (or it would stay for
        hours among a few pieces that are alike); the stronger home holds, the more seldom.
        """
        follows = int(self._successor[here])
        if follows >= 0:
            if not self._phrases.ends[here] or draw.uniform(LANE_DEPART) >= self._departure_rate(controls):
                return follows, True
            destination = self._destination(here, follows, draw)
            return destination, destination == follows
        near = self._successor[self._candidates[here, :NEAR]]
        near = near[near >= 0]
        if not len(near):
            return int(self._openings[draw.pick(len(self._openings), LANE_END)]), False
        return int(near[draw.pick(len(near), LANE_END)]), False

    def _departure_rate(self, controls: PartControls) -> float:
        free = min(1.0, controls.step / DEFAULT_STEP) * min(1.0, DEFAULT_HOME / max(controls.home, 1e-9))
        return free * self._phrases.departure_rate

    def _destination(self, here: int, follows: int, draw: Draw) -> int:
        """Of a few phrases' first segments from anywhere, at the same place of the bar, the one that joins best."""
        first = self._phrases.first[int(self._metre[follows])]
        drawn = [int(first[draw.pick(len(first), LANE_DESTINATION + n)]) for n in range(DESTINATIONS)]
        prices = self._seams.prices(here, follows, drawn)
        return drawn[prices.index(min(prices))]

    def weigh(
        self, state: State, home: Context, anchor: int, controls: PartControls, extra: Sequence[int]
    ) -> tuple[list[int], list[float]]:
        """`anchor`, then its alternatives that are not taboo; and the energy of each (from any zero)."""
        k = min(int(controls.neighbors), self.width)
        first = round(max(0.0, (controls.step - DEFAULT_STEP) / (1 - DEFAULT_STEP)) * (self.width - k))
        columns = slice(first, first + k)
        segments = [anchor, *self._candidates[anchor, columns].tolist()]
        apart = [0.0, *self._distance[anchor, columns].tolist()]
        prices = [stay_energy(controls.step), *self._prices(state.segment, anchor, columns)]
        if extra:
            added = [segment for segment in dict.fromkeys(extra) if segment not in segments]
            apart += self._apart(anchor, added)
            prices += self._seams.prices(state.segment, anchor, added)
            segments += added
        rows = np.array(segments)
        along = self._context.take(rows, 0).dot(home).tolist()  # `dot`: half the time of `@` here
        lengths = self._half_length.take(rows).tolist()
        near, eta = 1 / float(self._scale[anchor]), 2 * controls.home
        taboo, classes = frozenset(state.recent), self._class
        weighed, energies = [anchor], [prices[0] + eta * (lengths[0] - along[0])]
        least = -1.0
        for segment, far, price, length, dot in zip(
            segments[1:], apart[1:], prices[1:], lengths[1:], along[1:], strict=True
        ):
            if classes[segment] in taboo and segment not in extra:
                continue
            if least < 0:
                least = far
            z = (far - least) * near
            weighed.append(segment)
            energies.append((0.5 * z * z if -FAR < z < FAR else 0.5 * FAR * FAR) + price + eta * (length - dot))
        return weighed, energies

    def _prices(self, here: int, anchor: int, columns: slice) -> list[float]:
        """Price of the join into each candidate of `anchor`.

        At a piece's end that is what the join costs from the segment that `anchor` follows, which is near to `here`.
        """
        if anchor and self._successor[anchor - 1] == anchor:
            return [JOIN_UNIT * code for code in self._join[anchor - 1, columns].tolist()]
        return self._seams.prices(here, anchor, self._candidates[anchor, columns].tolist())

    def _apart(self, one: int, others: list[int]) -> list[float]:
        """Distance of each of `others` from `one` in feature space."""
        away = self._feature[others].astype(np.float32) - self._feature[one]
        distances: list[float] = np.sqrt(np.linalg.vecdot(away, away)).tolist()
        return distances


def boltzmann(energies: Sequence[float], temperature: float) -> list[float]:
    """Probabilities in proportion to exp(-energy / temperature); they sum to 1."""
    least = min(energies)
    weights = [math.exp((least - energy) / temperature) for energy in energies]
    total = sum(weights)
    return [weight / total for weight in weights]


def _openings(preset: Preset) -> Segments:
    """The first segment on a bar line of every piece that has one; the first of the preset when none has."""
    on_line = np.flatnonzero(preset.metre_position == 0)
    _, first = np.unique(preset.piece[on_line], return_index=True)
    found = on_line[first].astype(np.int64)
    return found if len(found) else np.zeros(1, np.int64)


class Phrases:
    """Where phrases end and begin; where the preset marks none, every bar is one.

    `ends` (N,) is True before a phrase begins in the same piece; `first` maps a place of the bar to the segments
    there that begin one; `departure_rate` is the chance to leave at an end that makes DEPARTURES a step.
    """

    def __init__(self, preset: Preset) -> None:
        after = preset.successor
        marked = preset.phrase_end.astype(bool) & (after >= 0)
        lines = (preset.metre_position[after] == 0) & (after >= 0)
        self.ends: npt.NDArray[np.bool_] = marked if marked.any() else lines
        begins = after[self.ends].astype(np.int64)
        places = preset.metre_position[begins]
        self.first = {int(place): begins[places == place] for place in np.unique(places)}
        self.departure_rate = min(0.5, DEPARTURES / max(float(self.ends.mean()), 1e-9))
