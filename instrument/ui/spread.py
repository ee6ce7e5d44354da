"""Spread (ui room): a preset's map, moved so that crowded places get room and strays do not take it.

What flows in: the map (N, 2). What flows out: places (N, 2) within -1..1, float64, in the same order along each axis.
For the eye only: nothing is measured on it, and whoever asks for a place is answered in the map's own points.
"""

import numpy as np
import numpy.typing as npt

RANK = 0.7  # share of each coordinate that is its rank; 1 would fill a square and lose all shape


def spread(points: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Each axis blended with its own rank: histogram equalisation, as for a picture that is too dark."""
    order = points.argsort(axis=0, kind="stable").argsort(axis=0, kind="stable")
    rank = 2 * order / max(1, len(points) - 1) - 1
    low, high = points.min(0), points.max(0)
    place = 2 * (points - low) / np.maximum(high - low, 1e-9) - 1
    blended: npt.NDArray[np.float64] = RANK * rank + (1 - RANK) * place
    return blended
