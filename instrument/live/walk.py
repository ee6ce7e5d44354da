"""Walk (live room): one step of the random walk on a preset's manifold.

What flows in: where the walk stands (`State`), the hand's controls, the step's random numbers, and a pull from
whoever steers. What flows out: the next state, and the `Choice` that led to it: what was weighed, and how. A step is
pure: the same inputs give the same result, and nothing here keeps anything. It never sees notes, time or ports.

Shapes: N segments, K columns of the candidate table, Q = 6 pitch quantiles, C context columns, n things weighed in
a step. Segments are row numbers of the preset, int64. Energies have no unit: a difference of `temperature` makes one
choice e times likelier than another.
"""

import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from instrument.controls import PartControls
from instrument.live.draw import Draw
from instrument.preset import Preset

Segments = npt.NDArray[np.int64]
Energies = npt.NDArray[np.float64]
Context = npt.NDArray[np.float32]
Pull = Callable[[Segments], Energies]

JOIN = 1.5  # energy of a semitone (mean over the quantiles) by which a join departs from the corpus's own
FAR = 4.0  # neighbour distances beyond which farther costs no more: what somebody asks for stays in reach
METRE = 1.5 * JOIN  # of a join into another place of the bar
TIE = 1.0  # of each note that is held on one side of the seam only
HOME_RATE = 1 / 24  # home follows the walk with a time constant of 24 segments
TABOO = 16  # content classes that may not come back at once
CAP = 8  # segments in a row from one piece, at the default step
NEAR = 16  # columns of the table in which a piece's end looks for a way on
DEFAULT_STEP = PartControls().step
STAY = 3.0  # energy of going on in the piece, at the default step
OUT_OF_REACH = 1000.0  # an energy that no temperature overcomes
LANE_CHOICE, LANE_END, LANE_START = 0, 1, 2


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
    """Energy of going on in the piece: out of reach at step 0 (it plays the corpus), STAY at the default, rising."""
    return max(-OUT_OF_REACH, STAY + 4.0 * math.log(step / DEFAULT_STEP)) if step > 0 else -OUT_OF_REACH


def verbatim_cap(step: float) -> float:
    """Segments in a row that may come from one piece: no bound at step 0, CAP at the default, falling."""
    return CAP * DEFAULT_STEP / step if step > 0 else math.inf


class Walk:
    """The walk on one preset: its arrays, gathered so that a step reads one row a candidate. Nothing changes."""

    def __init__(self, preset: Preset) -> None:
        self.preset = preset
        self._rows = Rows(preset)
        self._candidates, self._distance, self._scale = preset.candidates, preset.distance, preset.scale
        self._end, self._context, self._feature = preset.end_pitch, preset.context, preset.feature
        self._class, self._successor = preset.content_class, preset.successor
        self._held_out = fold(preset.held_out)
        self._openings = _openings(preset)

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
        anchor, follows = self._anchor(state.segment, draw)
        home = self.home(state)
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

    def _anchor(self, segment: int, draw: Draw) -> tuple[int, bool]:
        """The segment that follows; at a piece's end that of a near one, drawn (a fixed one makes cycles)."""
        follows = int(self._successor[segment])
        if follows >= 0:
            return follows, True
        near = self._successor[self._candidates[segment, :NEAR]]
        near = near[near >= 0]
        if not len(near):
            return int(self._openings[draw.pick(len(self._openings), LANE_END)]), False
        return int(near[draw.pick(len(near), LANE_END)]), False

    def weigh(
        self, state: State, home: Context, anchor: int, controls: PartControls, extra: Sequence[int]
    ) -> tuple[list[int], list[float]]:
        """`anchor`, then its alternatives that are not taboo; and the energy of each."""
        k = min(int(controls.neighbors), self.width)
        first = round(max(0.0, (controls.step - DEFAULT_STEP) / (1 - DEFAULT_STEP)) * (self.width - k))
        segments = [anchor, *self._candidates[anchor, first : first + k].tolist()]
        apart = [0.0, *self._distance[anchor, first : first + k].tolist()]
        if extra:
            added = [segment for segment in dict.fromkeys(extra) if segment not in segments]
            apart += self._apart(anchor, added)
            segments += added
        held_out, taboo = int(self._held_out[state.segment]), frozenset(state.recent)
        near, eta = 1 / float(self._scale[anchor]), 2 * controls.home
        seams = self._rows.seams(segments, self._end[state.segment], home)
        own, along, _, (length, place, _) = next(seams)
        weighed, energies = [anchor], [stay_energy(controls.step) + eta * (length - along)]
        least = -1.0
        for segment, far, (lead, along, held_in, (length, beat, content)) in zip(
            segments[1:], apart[1:], seams, strict=True
        ):
            if content in taboo and segment not in extra:
                continue
            if least < 0:
                least = far
            z = (far - least) * near
            energy = (0.5 * z * z if -FAR < z < FAR else 0.5 * FAR * FAR) + eta * (length - along)
            energy += lead - own if lead > own else own - lead
            if held_in != held_out:
                energy += TIE * (held_in ^ held_out).bit_count()
            if beat != place:
                energy += METRE
            weighed.append(segment)
            energies.append(energy)
        return weighed, energies

    def _apart(self, one: int, others: list[int]) -> list[float]:
        """Distance of each of `others` from `one` in feature space."""
        away = self._feature[others].astype(np.float32) - self._feature[one]
        distances: list[float] = np.sqrt(np.linalg.vecdot(away, away)).tolist()
        return distances


Seam = tuple[float, float, int, list[float]]


class Rows:
    """What a step reads of each candidate, side by side: one row of memory instead of five.

    float32 columns: Q start pitches, C context, half the context's squared length, metre position, content class,
    and a 64-bit word of held pitches. A gather of 13 rows costs one wait for memory a row in a large preset.
    """

    def __init__(self, preset: Preset) -> None:
        size, pitches = preset.start_pitch.shape
        last = pitches + preset.context.shape[1]
        self._word = -(-(last + 3) // 2)  # of the row seen as 64-bit words
        self._table = np.zeros((size, 2 * self._word + 2), np.float32)
        self._table[:, :pitches] = preset.start_pitch
        self._table[:, pitches:last] = preset.context
        self._table[:, last] = np.linalg.vecdot(preset.context, preset.context) / 2
        self._table[:, last + 1] = preset.metre_position
        self._table[:, last + 2] = preset.content_class  # exact below 2^24
        self._table.view(np.uint64)[:, self._word] = fold(preset.held_in)
        self._pitches, self._context, self._single = slice(pitches), slice(pitches, last), slice(last, last + 3)
        self._price = np.full(pitches, JOIN / pitches, np.float32)

    def seams(self, segments: Sequence[int], end: npt.NDArray[np.float32], home: Context) -> Iterator[Seam]:
        """The seam into each segment (n) from `end` (Q,), for a walk whose home is `home` (C,): price of the voice
        leading, context . home, held pitches, and (half of context . context, metre position, content class)."""
        rows = self._table.take(np.array(segments), 0)
        leading = np.abs(rows[:, self._pitches] - end).dot(self._price).tolist()  # `dot`: half the time of `@` here
        along = rows[:, self._context].dot(home).tolist()
        held = rows.view(np.uint64)[:, self._word].tolist()
        return zip(leading, along, held, rows[:, self._single].tolist(), strict=True)


def fold(held: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Sets of 128 pitches (n, 2) as one word each (n,): pitches 64 semitones apart share a bit, and never meet."""
    word: npt.NDArray[np.uint64] = held[:, 0] ^ held[:, 1]
    return word


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
