"""Workshop: a correction of the join prices that lets the walk visit segments as often as a listener would hear them.

In: prices, the table and the context of the tether. Out: a potential u (N,) to be taken off the price of entering a
segment. Without it rare kinds of moments (rests, held chords, short notes) drain away, for their neighbours are
commoner kinds. The kernel that the walk steps by, at its default controls, is made bistochastic by Sinkhorn's
iteration (Sinkhorn 1967; as in Marshall & Coifman 2019, "Manifold learning with bi-stochastic kernels"): whatever
flows into a segment in a step is its share, so that all are visited equally often in the long run, but for a piece's
first and last: a walk has no end, and where it begins and ends pieces all the time it is easily told from one.
"""

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

from instrument.controls import PartControls
from instrument.energy import FAR, HOME_RATE, STAY
from instrument.fit.segments import Array, Floats, Segments
from instrument.fit.table import Table

Doubles = npt.NDArray[np.float64]
ROUNDS, DAMPING = 60, 0.7
LIMIT = 4.0  # of the potential: a segment that nothing leads to is not to be forced upon the walk
LEAST = 1e-3  # in-flow below which there is none
EDGE = 8  # segments: at a piece's edge visits fall to an eighth; so often are they in excerpts of 32 beats of pieces


def potential(
    segments: Segments, table: Table, context: Floats, prices: npt.NDArray[np.float32], controls: PartControls
) -> Doubles:
    """(N,) u in units of the temperature: P(j) is to be multiplied by exp(u_j)."""
    here = np.flatnonzero(segments.successor >= 0)
    energies, into = _steps(here, segments, table, context, prices, controls)
    chance = -energies / controls.temperature
    u, share = np.zeros(len(segments)), shares(segments)
    for _ in range(ROUNDS):
        weight = chance + u[into]
        weight = np.exp(weight - weight.max(1, keepdims=True))
        weight /= weight.sum(1, keepdims=True)
        flow = np.bincount(into.ravel(), weight.ravel(), minlength=len(segments))
        u -= DAMPING * np.log(np.maximum(flow, LEAST) / share)
        u = np.clip(u - u.mean(), -LIMIT, LIMIT)
    return u


def shares(segments: Segments) -> Doubles:
    """(N,) how often each segment is to be visited, beside one amid a piece: 1 / EDGE to 1."""
    rows = np.arange(len(segments))
    begins, ends = np.flatnonzero(segments.predecessor < 0), np.flatnonzero(segments.successor < 0)
    since = rows - begins[np.searchsorted(begins, rows, side="right") - 1]
    left = ends[np.searchsorted(ends, rows)] - rows
    return np.asarray(np.minimum(np.minimum(since, left) + 1, EDGE) / EDGE)


def _steps(
    here: Array,
    segments: Segments,
    table: Table,
    context: Floats,
    prices: npt.NDArray[np.float32],
    controls: PartControls,
) -> tuple[npt.NDArray[np.float32], Array]:
    """(n, 1 + k) energies of a step from each of `here`, staying first, and the segments that it leads to."""
    anchor, k = segments.successor[here], min(int(controls.neighbors), table.candidates.shape[1])
    into = np.concatenate([anchor[:, None], table.candidates[anchor, :k].astype(np.int64)], axis=1)
    near = table.distance[anchor, :k].astype(np.float32)
    z = np.minimum((near - near[:, :1]) / table.scale[anchor][:, None], FAR)
    stay = np.full((len(here), 1), STAY, np.float32)
    energies = np.concatenate([stay, 0.5 * z * z + prices[here, :k]], axis=1).astype(np.float32)
    home = _homes(segments, context)[here]
    square = np.einsum("nc,nc->n", context, context)
    for column in range(k + 1):
        along = np.einsum("nc,nc->n", context[into[:, column]], home)
        energies[:, column] += np.float32(controls.home) * (square[into[:, column]] - 2 * along)
    return energies, into


def _homes(segments: Segments, context: Floats) -> Floats:
    """(N, C) where home would be in each segment, had the walk only played its piece."""
    homes = np.empty_like(context)
    begins = np.flatnonzero(segments.predecessor < 0)
    for begin, after in zip(begins, np.append(begins[1:], len(context)), strict=True):
        piece = context[begin:after]
        state = (1 - HOME_RATE) * piece[:1]
        homes[begin:after] = lfilter([HOME_RATE], [1, HOME_RATE - 1], piece, axis=0, zi=state)[0]
    return homes
