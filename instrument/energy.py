"""What the workshop and the stage agree on about a step's energies (no units: T of them make a choice e times rarer).

The workshop prices joins and balances the walk as the stage will step it at its default controls; so both read these.
Only differences count: the price of going on in the piece lies amid those of leaving it, so that all are positive.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

STAY = 9.0  # of going on in the piece, at the default step
PLAIN_JOIN = 8.0  # of a join that is as good as the corpus's own
JOIN_UNIT = 1 / 8  # a join's price is stored as a byte: 0..31.9
FAR = 4.0  # neighbour distances beyond which farther costs no more: what somebody asks for stays in reach
HOME_RATE = 1 / 24  # home follows the walk with a time constant of 24 segments
TABOO = 16  # content classes that may not come back at once
PROGRESSION = 1 / 8  # of a bit by which a chord surprises after the two that sounded before it
CAP = 8  # segments in a row from one piece, at the default step
DEPARTURES = 1 / 192  # a step, at phrase ends: how often the walk sets out for another piece


def join_codes(prices: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Prices as a preset stores them."""
    return np.clip(np.round(prices / JOIN_UNIT), 0, 255).astype(np.uint8)


def phrases_marked(phrase_end: npt.NDArray[Any], successor: npt.NDArray[Any]) -> bool:
    """Whether a corpus marks phrase ends (N,) within its pieces often enough to depart at them alone."""
    return bool((phrase_end.astype(bool) & (successor >= 0)).mean() >= 2 * DEPARTURES)


def phrase_ends(
    phrase_end: npt.NDArray[Any], successor: npt.NDArray[Any], metre_position: npt.NDArray[Any]
) -> npt.NDArray[np.bool_]:
    """(N,) True before a phrase begins in the same piece; every bar is one where too few ends are marked."""
    goes_on = successor >= 0
    if phrases_marked(phrase_end, successor):
        return np.asarray(phrase_end.astype(bool) & goes_on)
    return np.asarray((metre_position[successor] == 0) & goes_on)
