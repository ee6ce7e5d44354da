"""Workshop: the neighbour graph -> Laplacian eigenmap (Belkin & Niyogi 2003).

min Tr(Y^T L Y) s.t. Y^T D Y = I, solved as the largest eigenvectors of D^-1/2 W D^-1/2, whose Lanczos iteration
needs no factorisation. Columns are scaled by 1 / sqrt(1 - eigenvalue), which makes Euclidean distance a commute-time
distance, then to unit spread; signs are fixed, so two fits are bit-identical.
"""

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, diags
from scipy.sparse.linalg import eigsh

from instrument.fit.graph import SEED, giant, search, search_index
from instrument.fit.segments import Floats

Doubles = npt.NDArray[np.float64]
TOLERANCE = 1e-4
EXTENSION_NEIGHBOURS = 8
CHUNK = 1 << 16
SMALLEST_GAP = 1e-4


def laplacian_eigenmap(vectors: Floats, graph: csr_matrix, dimensions: int) -> tuple[Floats, Floats]:
    """Y (n, d) and its eigenvalues (d,), largest first; islands of `graph` are placed by what is near to them."""
    inside, _ = giant(graph)
    value, vector = _spectrum(graph[inside][:, inside], dimensions)
    scaled = vector / np.sqrt(np.maximum(1 - value, SMALLEST_GAP))
    place = np.empty((graph.shape[0], scaled.shape[1]))
    place[inside] = scaled / (scaled.std() or 1.0)
    if not inside.all():
        place[~inside] = interpolate(vectors[inside], place[inside], vectors[~inside]) / np.maximum(value, 0.1)
    return place.astype(np.float32), value.astype(np.float32)


def _spectrum(graph: csr_matrix, dimensions: int) -> tuple[Doubles, Doubles]:
    """Eigenvalues and eigenvectors of the random walk on a connected graph, the constant one left out."""
    degree = np.asarray(graph.sum(1)).ravel()
    root = 1 / np.sqrt(degree)
    normal = diags(root) @ graph @ diags(root)
    wanted = min(dimensions, graph.shape[0] - 2)
    if graph.shape[0] <= 4 * (wanted + 1):
        value, vector = np.linalg.eigh(normal.toarray())
    else:
        first = np.sqrt(degree) + 1e-3 * np.random.default_rng(SEED).standard_normal(len(degree))
        krylov = min(graph.shape[0], max(5 * (wanted + 1) // 2, 30))
        value, vector = eigsh(normal, k=wanted + 1, which="LA", tol=TOLERANCE, ncv=krylov, v0=first)
    order = np.argsort(-value)[1 : wanted + 1]
    return value[order], fix_signs(vector[:, order] * root[:, None])


def interpolate(known: Floats, place: Doubles, new: Floats) -> Doubles:
    """(m, d) where `new` (m, F) lie among `known` (n, F), which lie at `place` (n, d).

    The mean place of the 8 nearest, by a Gaussian of the 4th's distance, and what the best linear map makes of the
    way from their mean to the new point: without that all points of an island would fall on a few spots.
    """
    slope = np.linalg.lstsq(known - known.mean(0), place - place.mean(0), rcond=1e-6)[0]
    index, out = search_index(known, len(new)), np.empty((len(new), place.shape[1]))
    count = min(EXTENSION_NEIGHBOURS, len(known))
    for begin in range(0, len(new), CHUNK):
        distance, found = search(index, new[begin : begin + CHUNK], count)
        scale = np.maximum(distance[:, min(3, count - 1), None], 1e-6)
        weight = np.exp(-((distance / scale) ** 2) / 2)
        weight /= weight.sum(1, keepdims=True)
        off = new[begin : begin + CHUNK] - np.einsum("nk,nkf->nf", weight, known[found])
        out[begin : begin + CHUNK] = np.einsum("nk,nkd->nd", weight, place[found]) + off @ slope
    return out


def fix_signs(columns: Doubles) -> Doubles:
    """`columns` with the entry of largest size in each made positive."""
    largest = np.abs(columns).argmax(0)
    sign = np.sign(columns[largest, np.arange(columns.shape[1])])
    return columns * np.where(sign == 0, 1.0, sign)
