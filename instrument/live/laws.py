"""Laws (live room): what the settings of a walk's knobs come to in a step: energies, and columns of the table.

What flows in: settings of `step` and `neighbors`. What flows out: plain numbers. The settings are a hand's; how
they act is laid out so that a hand hears an even change over the whole range (`scripts/plot_controls`).
"""

import math
from functools import lru_cache
from typing import NamedTuple

from instrument.controls import PartControls
from instrument.energy import STAY

CAP = 8  # segments in a row from one piece, at the default step
DEFAULT_STEP, DEFAULT_HOME = PartControls().step, PartControls().home
OUT_OF_REACH = 1000.0  # an energy that no temperature overcomes


class Law(NamedTuple):
    """What a step goes by: the energy of going on, how long it may, and which columns of the table it weighs."""

    stay: float
    cap: float
    first: int
    columns: int


@lru_cache(maxsize=256)
def law(step: float, neighbors: float, width: int) -> Law:
    """The law of a hand's settings on a table of `width` columns. Kept, for it costs a tenth of a step."""
    count = min(int(neighbors), width)
    return Law(stay_energy(step), verbatim_cap(step), first_column(step, count, width), count)


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


def first_column(step: float, count: int, width: int) -> int:
    """The first of the `count` columns that are weighed: the nearest up to the default step, the farthest at 1."""
    return round(max(0.0, (step - DEFAULT_STEP) / (1 - DEFAULT_STEP)) * (width - count))


def departing(step: float, home: float) -> float:
    """Share, 0..1, of its departures that a walk makes: the stronger home holds, the fewer; none at step 0."""
    return min(1.0, step / DEFAULT_STEP) * min(1.0, DEFAULT_HOME / max(home, 1e-9))
