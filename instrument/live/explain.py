"""Explain (live room): a step of the walk taken apart, for teaching.

What flows in: a walk, the state before a step and the `Choice` that the step made. What flows out: what each
candidate cost and why. Nothing here decides anything: it prices again, term by term, what the walk has priced.

Energies as in `walk.py`: no unit, a difference of `temperature` makes one choice e times likelier than another.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from instrument.controls import PartControls
from instrument.live.draw import Draw
from instrument.live.walk import FAR, LANE_CHOICE, Choice, State, Walk

Floats = npt.NDArray[np.float64]


class Cost(NamedTuple):
    """Why a candidate cost what it did: `energy` is the sum of near, join and tether."""

    segment: int
    distance: float  # from the anchor, in units of the local scale; 0 for the anchor itself
    near: float  # what that distance costs; for the anchor: what going on in the piece costs
    join: float  # what its notes cost after the last, against the corpus's own join
    tether: float  # what its distance from home costs
    energy: float
    chance: float


class Step(NamedTuple):
    """One step: where it came from, what it weighed, in the walk's order, the number that was drawn, the outcome."""

    origin: int
    anchor: int
    segment: int
    stayed: bool
    draw: float
    costs: tuple[Cost, ...]


def nearness(distances: Floats) -> Floats:
    """Energy of `distances` (n,), in units of the local scale; the first is the nearest and costs nothing."""
    away = distances - distances[:1]
    energies: Floats = 0.5 * np.clip(away, -FAR, FAR) ** 2
    return energies


def joins(walk: Walk, here: int, anchor: int) -> Floats:
    """Energy of joining each candidate of `anchor` (K,) to `here`, where `anchor` is what the corpus would play."""
    preset = walk.preset
    forgetful = State(here, preset.context[here], ())
    _, energies = walk.weigh(forgetful, forgetful.home, anchor, _all_of(walk.width), ())
    distances = preset.distance[anchor].astype(np.float64) / preset.scale[anchor]
    joined: Floats = np.array(energies[1:]) - nearness(distances)
    return joined


@cache
def _all_of(width: int) -> PartControls:
    """Controls under which a step weighs its whole table and no home holds it."""
    return replace(PartControls(), home=0.0, neighbors=float(width))


def explain(walk: Walk, state: State, controls: PartControls, choice: Choice, draw: Draw) -> Step:
    """The step that led from `state` to `choice` with `draw`, priced term by term."""
    preset, anchor, home = walk.preset, choice.anchor, walk.home(state)
    weighed, energies = walk.weigh(state, home, anchor, controls, ())
    _, untethered = walk.weigh(state, home, anchor, replace(controls, home=0.0), ())
    table = dict(zip(preset.candidates[anchor].tolist(), preset.distance[anchor].tolist(), strict=True))
    distances = np.array([table[segment] for segment in weighed[1:]]) / float(preset.scale[anchor])
    near = [untethered[0], *nearness(distances).tolist()]
    middle = controls.home * float(home @ home)  # the walk leaves out what all candidates share
    chances = dict(zip(choice.candidates, choice.probabilities, strict=True))
    rows = zip(weighed, [0.0, *distances.tolist()], near, untethered, energies, strict=True)
    costs = tuple(
        Cost(segment, far, close, free - close, energy - free + middle, energy + middle, chances[segment])
        for segment, far, close, free, energy in rows
        if segment in chances
    )
    return Step(state.segment, anchor, choice.segment, choice.stayed, draw.uniform(LANE_CHOICE), costs)


def steps(walk: Walk, controls: PartControls, seed: int, count: int) -> Iterator[Step]:
    """The first `count` steps of the walk that `seed` gives to the first part."""
    state = walk.start(Draw(seed))
    for n in range(1, count + 1):
        draw = Draw(seed, 0, n)
        after, choice = walk.step(state, controls, draw)
        yield explain(walk, state, controls, choice, draw)
        state = after
