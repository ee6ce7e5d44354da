"""Explain (live room): a step of the walk taken apart, for teaching.

What flows in: a preset, a seed and settings; or a walk, a state and the `Choice` that a step made. What flows out:
what each candidate cost and why. Nothing here decides anything: it prices again what the walk has priced.

Energies as in `walk.py`: no unit, a difference of `temperature` makes one choice e times likelier than another.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from instrument.controls import PartControls
from instrument.energy import FAR
from instrument.live.draw import Draw
from instrument.live.engine import Engine
from instrument.live.laws import going_on
from instrument.live.walk import LANE_CHOICE, Choice, State, Walk
from instrument.preset import Preset

Floats = npt.NDArray[np.float64]


class Cost(NamedTuple):
    """Why a candidate cost what it did: `energy` is the sum of near, join, chord, echo, tether and pull."""

    segment: int
    distance: float  # from the anchor, in units of the local scale; 0 for the anchor itself
    near: float  # what that distance costs; for the anchor: what going on in the piece costs
    join: float  # what its notes cost after the last, against the corpus's own join
    chord: float  # what its chord costs, by which it surprises after the two that sounded
    echo: float  # what it costs by being unlike what sounded a loop before
    tether: float  # what its distance from home costs
    pull: float  # what it costs against whoever else steers: the bar line, the scale lock, a performer
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


def explain(walk: Walk, state: State, controls: PartControls, choice: Choice, drawn: float) -> Step:
    """The step that led from `state` to `choice` with the number `drawn`, priced term by term."""
    anchor = choice.anchor
    home = walk.tether(state, anchor)
    weighed, energies = walk.weigh(state, home, anchor, controls, choice.candidates)
    _, untethered = walk.weigh(state, home, anchor, replace(controls, home=0.0), choice.candidates)
    lifted = going_on(energies, controls.temperature, controls.step) - energies[0]
    energies[0], untethered[0] = energies[0] + lifted, untethered[0] + lifted
    distances = _distances(walk.preset, anchor, weighed[1:])
    chords = walk.surprise(state, weighed)
    echoes = walk.strangeness(state, controls, weighed)
    near = [untethered[0] - chords[0] - echoes[0], *nearness(distances).tolist()]
    middle = controls.home * float(home @ home)  # the walk leaves out what all candidates share
    taken = zip(choice.candidates, choice.energies, choice.probabilities, strict=True)
    final = {segment: (energy, chance) for segment, energy, chance in taken}
    rows = zip(weighed, [0.0, *distances.tolist()], near, chords, echoes, untethered, energies, strict=True)
    costs = []
    for segment, far, close, chord, echo, free, energy in rows:
        if segment in final:
            total, chance = final[segment]
            terms = (close, free - chord - echo - close, chord, echo, energy - free + middle, total - energy)
            costs.append(Cost(segment, far, *terms, total + middle, chance))
    return Step(state.segment, anchor, choice.segment, choice.stayed, drawn, tuple(costs))


def _distances(preset: Preset, anchor: int, segments: list[int]) -> Floats:
    """Distance of `segments` (n) from `anchor`, in units of its scale; from the table where it has them."""
    table = dict(zip(preset.candidates[anchor].tolist(), preset.distance[anchor].tolist(), strict=True))
    feature = preset.feature
    away = [table.get(segment) or float(np.linalg.norm(feature[segment] - feature[anchor])) for segment in segments]
    return np.array(away) / float(preset.scale[anchor])


def steps(preset: Preset, settings: Mapping[str, float], seed: int, count: int) -> Iterator[Step]:
    """The first `count` steps of the engine's first part: what `play` plays with that seed and those settings."""
    part = Engine([preset], seed, settings).parts[0]
    part.decide(None)
    while count:
        state, draw = part.state, Draw(seed, part.index, part.n)
        part.decide(None)
        if state and part.choice:  # a step that a gesture dictates weighs nothing
            yield explain(part.material.walk, state, part.hand.controls, part.choice, draw.uniform(LANE_CHOICE))
        count -= 1
