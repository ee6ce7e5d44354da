"""Laws (live room): what the settings of a walk's knobs come to in a step: energies, and columns of the table.

What flows in: settings of `step` and `neighbors`, and the energies that a step weighs. What flows out: plain numbers.
The laws are laid out so that a hand hears an even change over a knob's whole range (`scripts/plot_controls`).
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from instrument.controls import PartControls
from instrument.energy import CAP, STAY

DEFAULT_STEP, DEFAULT_HOME = PartControls().step, PartControls().home
DEFAULT_NEIGHBORS = PartControls().neighbors
OUT_OF_REACH = 1000.0  # an energy that no temperature overcomes
HASTE = 0.75  # above the default step: how the first leaps go before the rest (1: evenly)
OPENING = 1.25  # energy of e times the neighbors


class Law(NamedTuple):
    """What a step goes by: the energy of going on at the default step, and which columns of the table it weighs."""

    stay: float
    first: int
    columns: int


@lru_cache(maxsize=256)
def law(step: float, neighbors: float, width: int) -> Law:
    """The law of a hand's settings on a table of `width` columns. Kept, for it costs a tenth of a step."""
    count = min(int(neighbors), width)
    return Law(STAY + opening(neighbors), first_column(step, count, width), count)


def opening(neighbors: float) -> float:
    """What going on in the piece is dearer by than among the default number of neighbors: it rises with the number.

    So each doubling of the neighbors opens a step about as much as the last did.
    """
    return OPENING * math.log(neighbors / DEFAULT_NEIGHBORS)


def going_on(energies: Sequence[float], temperature: float, step: float) -> float:
    """What going on, the first of `energies`, costs at `step`: as it is at the default step.

    Below, the chance to leave the piece is in proportion to `step`, in each state and so on the whole: a hand hears
    the walk leave more often by the same amount at each turn. Above, the chance to stay falls to nothing, at first
    the faster, for as the near candidates go there are fewer good joins to leave by.
    """
    if step == DEFAULT_STEP or len(energies) == 1:
        return energies[0]
    if not 0 < step < 1:
        return OUT_OF_REACH if step else -OUT_OF_REACH
    best = min(energies[1:])
    odds = (energies[0] - best) / temperature  # of leaving, their logarithm
    odds += math.log(sum(math.exp((best - energy) / temperature) for energy in energies[1:]))
    if step < DEFAULT_STEP:
        share = step / DEFAULT_STEP
        return energies[0] - temperature * (_log1p_exp(odds + math.log1p(-share)) - math.log(share))
    lost = ((step - DEFAULT_STEP) / (1 - DEFAULT_STEP)) ** HASTE
    return energies[0] + temperature * (_log1p_exp(odds - math.log(lost)) + math.log(lost) - math.log1p(-lost) - odds)


def _log1p_exp(x: float) -> float:
    """log(1 + exp(x)), without an overflow."""
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def verbatim_cap(step: float) -> float:
    """Segments in a row that may come from one piece: no bound at step 0, CAP at the default, falling."""
    return CAP * DEFAULT_STEP / step if step > 0 else math.inf


def first_column(step: float, count: int, width: int) -> int:
    """The first of the `count` columns that are weighed: the nearest up to the default step, the farthest at 1."""
    return round(max(0.0, (step - DEFAULT_STEP) / (1 - DEFAULT_STEP)) * (width - count))


def departing(step: float, home: float) -> float:
    """Share, 0..1, of its departures that a walk makes: the stronger home holds, the fewer; none at step 0."""
    return min(1.0, step / DEFAULT_STEP) * min(1.0, DEFAULT_HOME / max(home, 1e-9))
