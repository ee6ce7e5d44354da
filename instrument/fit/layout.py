"""Workshop: the eigenmap -> a 2-D map that people can read.

In: Y (n, d) and the graph W. Out: (n, 2) within -1..1. Two coordinates of an eigenmap keep neighbours badly
(trustworthiness .75 on the chorales), so the map starts from them and then lets every edge of W pull and every
random pair push, as UMAP does (McInnes, Healy & Melville 2018), all points at once so that it is deterministic.
"""

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix, csr_matrix

from instrument.fit.graph import SEED
from instrument.fit.segments import Floats

ROUNDS = 300
PUSHES = 5  # random points that push each point, a round
CURVE_A, CURVE_B = 1.577, 0.895  # UMAP's similarity 1 / (1 + a d^2b) for a minimum distance of .1
REACH = 4.0  # a point moves no farther than this in a round, in units of the step
SPREAD = 10.0

Doubles = npt.NDArray[np.float64]


def lay_out(place: Floats, graph: csr_matrix) -> Floats:
    """The map of points at `place` in the eigenmap, joined by `graph`."""
    start = np.asarray(place[:, :2], dtype=np.float64)
    start = start if start.shape[1] == 2 else np.column_stack([start, np.zeros(len(start))])
    return fit_square(_attract_and_repel(_ranked(start) * SPREAD, graph.tocoo()))


def fit_square(points: Doubles) -> Floats:
    """`points` (n, 2) centred and scaled, the same in both axes, to touch -1..1."""
    low, high = points.min(0), points.max(0)
    reach = float((high - low).max()) / 2 or 1.0
    return np.asarray((points - (low + high) / 2) / reach, dtype=np.float32).clip(-1, 1)


def _ranked(points: Doubles) -> Doubles:
    """Each axis by rank, -1..1: an eigenmap's outliers would else start the rest in one spot."""
    order = np.argsort(np.argsort(points, axis=0, kind="stable"), axis=0, kind="stable")
    return 2 * order / max(1, len(points) - 1) - 1


def _attract_and_repel(points: Doubles, edges: coo_matrix) -> Doubles:
    generator = np.random.default_rng(SEED)
    size = len(points)
    weight = edges.data / edges.data.max()
    for number in range(ROUNDS):
        step = 1 - number / ROUNDS
        away = points[edges.row] - points[edges.col]
        squared = (away**2).sum(1)
        pull = -2 * CURVE_A * CURVE_B * squared ** (CURVE_B - 1) / (1 + CURVE_A * squared**CURVE_B)
        pull = np.where(squared > 0, pull * weight, 0)[:, None] * away
        move = np.stack([np.bincount(edges.row, pull[:, axis], size) for axis in (0, 1)], axis=1)
        for _ in range(PUSHES):
            away = points - points[generator.permutation(size)]
            squared = (away**2).sum(1)
            push = 2 * CURVE_B / ((0.001 + squared) * (1 + CURVE_A * squared**CURVE_B))
            move += (push[:, None] * away).clip(-REACH, REACH)
        points = points + step * 0.5 * move.clip(-REACH, REACH)
    return points
