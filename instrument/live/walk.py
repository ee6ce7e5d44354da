"""Walk (live room): one step of the random walk on a preset's manifold.

What flows in: where the walk stands (`State`), the hand's controls, the step's random numbers, and a pull from
whoever steers. What flows out: the next state, and the `Choice` that led to it: what was weighed, and how. A step is
pure: the same inputs give the same result, and nothing here keeps anything. It never sees notes, time or ports.

Shapes: N segments, K columns of the candidate table, Q = 6 pitch quantiles, C context columns, n things weighed in
a step. Segments are row numbers of the preset, int64. Energies have no unit: a difference of `temperature` makes one
choice e times likelier than another.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from instrument.controls import PartControls
from instrument.live.draw import Draw
from instrument.preset import Preset

Segments = npt.NDArray[np.int64]
Energies = npt.NDArray[np.float64]
Pull = Callable[[Segments], Energies]

JOIN = 1.5  # energy of a semitone (mean over the quantiles) by which a join departs from the corpus's own
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


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """Where a walk stands, and the little it remembers.

    `home` (C,) is the moving average of the contexts it came through; `recent` the last content classes, newest last;
    `run` how many times in a row it has gone on in the piece.
    """

    segment: int
    home: npt.NDArray[np.float64]
    recent: tuple[int, ...]
    run: int = 0


class Choice(NamedTuple):
    """What a step weighed and took. `candidates`, `probabilities`, `energies` are (n,), in the same order."""

    segment: int
    anchor: int
    stayed: bool  # it went on to the segment that follows in the piece
    candidates: Segments
    probabilities: npt.NDArray[np.float64]
    energies: Energies


def stay_energy(step: float) -> float:
    """Energy of going on in the piece: out of reach at step 0 (it plays the corpus), STAY at the default, rising."""
    return max(-OUT_OF_REACH, STAY + 4.0 * math.log(step / DEFAULT_STEP)) if step > 0 else -OUT_OF_REACH


def verbatim_cap(step: float) -> float:
    """Segments in a row that may come from one piece: no bound at step 0, CAP at the default, falling."""
    return CAP * DEFAULT_STEP / step if step > 0 else math.inf


class Walk:
    """The walk on one preset. Holds the preset's arrays as they are: nothing is copied, nothing changes."""

    def __init__(self, preset: Preset) -> None:
        self.preset = preset
        self._candidates, self._distance, self._scale = preset.candidates, preset.distance, preset.scale
        self._start, self._end = preset.start_pitch, preset.end_pitch
        self._held_in, self._held_out = preset.held_in, preset.held_out
        self._context, self._class = preset.context, preset.content_class
        self._successor, self._metre, self._feature = preset.successor, preset.metre_position, preset.feature
        self._mean = np.full(preset.start_pitch.shape[1], 1 / preset.start_pitch.shape[1], np.float32)
        self._openings = _openings(preset)

    @property
    def width(self) -> int:
        """Columns of the candidate table: 64."""
        return int(self._candidates.shape[1])

    def start(self, draw: Draw, segment: int | None = None) -> State:
        """The state at `segment`, or at the first bar line of a piece drawn at random."""
        if segment is None:
            segment = int(self._openings[draw.pick(len(self._openings), LANE_START)])
        return State(segment, self._context[segment].astype(np.float64), (int(self._class[segment]),))

    def move(self, state: State, segment: int) -> State:
        """The state after `segment` was played on somebody's word, not the walk's own choice."""
        return self._enter(state, segment, self._home(state))

    def _enter(self, state: State, segment: int, home: npt.NDArray[np.float64]) -> State:
        run = state.run + 1 if segment == self._successor[state.segment] else 0
        recent = (*state.recent[1 - TABOO :], int(self._class[segment]))
        return State(segment, home, recent, run)

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
        others, distance = self._others(state, anchor, controls, extra)
        weighed = np.concatenate(([anchor], others))
        home = self._home(state)
        energies = self._energies(state.segment, home, controls, weighed, distance)
        if follows and len(others) and state.run >= verbatim_cap(controls.step):
            weighed, energies = others, energies[1:]
        if pull is not None:
            energies = energies + pull(weighed)
        weights = np.exp((energies.min() - energies) / controls.temperature)
        cumulative = weights.cumsum()
        total = cumulative[-1]
        index = min(int(cumulative.searchsorted(draw.uniform(LANE_CHOICE) * total, "right")), len(weighed) - 1)
        segment = int(weighed[index])
        stayed = follows and segment == anchor
        return self._enter(state, segment, home), Choice(segment, anchor, stayed, weighed, weights / total, energies)

    def _home(self, state: State) -> npt.NDArray[np.float64]:
        home: npt.NDArray[np.float64] = state.home + HOME_RATE * (self._context[state.segment] - state.home)
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

    def _others(
        self, state: State, anchor: int, controls: PartControls, extra: Sequence[int]
    ) -> tuple[Segments, npt.NDArray[Any]]:
        """Alternatives to `anchor` (n - 1,), and how far each is from it in feature space."""
        k = int(controls.neighbors)
        first = round(max(0.0, (controls.step - DEFAULT_STEP) / (1 - DEFAULT_STEP)) * (self.width - k))
        columns = slice(first, first + k)
        others = self._candidates[anchor, columns].astype(np.int64)
        distance = self._distance[anchor, columns].astype(np.float64)
        fresh = [c not in state.recent for c in self._class[others].tolist()]
        others, distance = others[fresh], distance[fresh]
        if len(extra):
            added = np.setdiff1d(np.asarray(extra, np.int64), (*others.tolist(), anchor))
            far = self._feature[added].astype(np.float64) - self._feature[anchor]
            others = np.concatenate((others, added))
            distance = np.concatenate((distance, np.sqrt((far * far).sum(1))))
        return others, distance

    def _energies(
        self,
        here: int,
        home: npt.NDArray[np.float64],
        controls: PartControls,
        weighed: Segments,
        distance: npt.NDArray[Any],
    ) -> Energies:
        """Energy (n,) of each candidate; row 0 is the anchor, which costs what staying costs."""
        anchor = weighed[0]
        leading = np.abs(self._start[weighed] - self._end[here]) @ self._mean  # semitones, mean over the quantiles
        metre = self._metre[weighed]
        held = np.bitwise_count(self._held_in[weighed] ^ self._held_out[here])
        away = self._context[weighed] - home
        energies: Energies = JOIN * np.abs(leading - leading[0]) + METRE * (metre != metre[0])
        energies += TIE * (held[:, 0] + held[:, 1])
        if len(distance):
            energies[1:] += 0.5 * ((distance - distance[0]) / self._scale[anchor]) ** 2
        energies[0] = stay_energy(controls.step)
        energies += controls.home * np.einsum("ij,ij->i", away, away)
        return energies


def _openings(preset: Preset) -> Segments:
    """The first segment on a bar line of every piece that has one; the first of the preset when none has."""
    on_line = np.flatnonzero(preset.metre_position == 0)
    _, first = np.unique(preset.piece[on_line], return_index=True)
    found = on_line[first].astype(np.int64)
    return found if len(found) else np.zeros(1, np.int64)
