"""Workshop: how good a fit is, in numbers.

In: vectors and places. Out: trustworthiness and continuity (Venna & Kaski 2001) and neighbour recall, measured on a
sample of the points, for ranks need all pairs. 1 is perfect for each.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from instrument.fit.graph import SEED
from instrument.fit.segments import Array, Floats

SAMPLE = 2500
NEIGHBOURS = 10


class Faithfulness(NamedTuple):
    """How well places keep the vectors' neighbours: none false, none lost, and the share kept."""

    trustworthiness: float
    continuity: float
    recall: float


def faithfulness(vectors: Floats, places: Floats, count: int = NEIGHBOURS, sample: int = SAMPLE) -> Faithfulness:
    """Compare the `count` nearest in `vectors` (n, F) with those in `places` (n, d)."""
    chosen = np.random.default_rng(SEED).permutation(len(vectors))[:sample]
    size = len(chosen)
    count = min(count, max(1, (size - 1) // 2))
    true, shown = _ranks(vectors[chosen]), _ranks(places[chosen])
    truly_near, shown_near = (true <= count) & (true > 0), (shown <= count) & (shown > 0)
    unit = 2 / (size * count * (2 * size - 3 * count - 1))
    return Faithfulness(
        float(1 - unit * ((true - count) * (shown_near & ~truly_near)).sum()),
        float(1 - unit * ((shown - count) * (truly_near & ~shown_near)).sum()),
        float((truly_near & shown_near).sum() / (size * count)),
    )


def _ranks(points: Floats) -> Array:
    """(n, n) how many points are nearer to i than j is, i itself first."""
    exact: npt.NDArray[np.float64] = points.astype(np.float64)
    length = (exact**2).sum(1)
    distance = length[:, None] + length - 2 * exact @ exact.T
    np.fill_diagonal(distance, -1)
    order = np.argsort(distance, axis=1, kind="stable")
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.broadcast_to(np.arange(len(points)), order.shape), 1)
    return ranks
