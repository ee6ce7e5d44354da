"""Workshop: vectors -> nearest neighbours -> the weighted graph W that the embedding and the map read.

In: distinct vectors (n, F). Out: distances and indexes (n, k), sorted, the vector itself left out; W (n, n) sparse,
symmetric. It never sees music.
"""

import faiss
import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from instrument.fit.segments import Array, Floats

APPROXIMATE_FROM = 8_000
SEED = 20_260


def distinct(vectors: Floats) -> tuple[Floats, Array]:
    """The distinct rows of `vectors`, and for each row which of them it is: equal rows make islands in a graph."""
    rows, inverse = np.unique(np.round(vectors, 4), axis=0, return_inverse=True)
    return np.ascontiguousarray(rows), inverse.ravel()


def neighbours(vectors: Floats, count: int) -> tuple[Floats, Array]:
    """Distances (n, count) and indexes of each row's nearest others, nearest first."""
    return _without_self(*search(search_index(vectors, len(vectors)), vectors, min(count + 1, len(vectors))))


def search(index: "faiss.Index", new: Floats, count: int) -> tuple[Floats, Array]:
    """Distances and indexes (m, count) of what `index` holds nearest to each row of `new`, nearest first."""
    squared, found = index.search(np.ascontiguousarray(new), count)
    missing = found < 0  # the cells that were read held fewer
    found, squared = np.where(missing, found[:, :1], found), np.where(missing, np.inf, squared)
    return np.sqrt(np.maximum(squared, 0)).astype(np.float32), found.astype(np.int64)


def search_index(vectors: Floats, queries: int) -> "faiss.Index":
    """An index for so many `queries`: exact up to the work of 8,000 rows against as many.

    Above that, an inverted file of 3 sqrt(n) cells of which each search reads 16 or a hundredth: at 10,000 rows it
    finds .985 of the neighbours in two thirds of the time.
    """
    vectors = np.ascontiguousarray(vectors)
    flat = faiss.IndexFlatL2(vectors.shape[1])
    if len(vectors) * queries < APPROXIMATE_FROM**2:
        flat.add(vectors)
        return flat
    cells = int(3 * np.sqrt(len(vectors)))
    index = faiss.IndexIVFFlat(flat, vectors.shape[1], cells)
    # the library warns below 39 points a cell, its taste for compression; a search wants many small cells
    index.cp.min_points_per_centroid = 1
    index.cp.niter, index.cp.max_points_per_centroid, index.cp.seed = 4, 64, SEED
    index.train(vectors)
    index.add(vectors)
    index.nprobe = max(16, cells // 100)
    return index


def affinity(distance: Floats, index: Array, kth: int) -> csr_matrix:
    """W (n, n): exp(-d^2 / 2 s_i s_j), s the distance to the `kth` neighbour, made symmetric by the larger.

    Self-tuning scale of Zelnik-Manor & Perona 2004.
    """
    size, width = index.shape
    scale = np.maximum(distance[:, min(kth, width) - 1], 1e-6).astype(np.float64)
    weight = np.exp(-(distance.astype(np.float64) ** 2) / (2 * scale[:, None] * scale[index]))
    rows = np.repeat(np.arange(size), width)
    graph = csr_matrix((np.maximum(weight, 1e-8).ravel(), (rows, index.ravel())), shape=(size, size))
    return graph.maximum(graph.T).tocsr()


def giant(graph: csr_matrix) -> tuple[npt.NDArray[np.bool_], int]:
    """(n,) True in the largest component, and how many components there are."""
    count, label = connected_components(graph, directed=False)
    return label == np.bincount(label).argmax(), int(count)


def _without_self(distance: Floats, index: Array) -> tuple[Floats, Array]:
    """Drop each row's own index, or the farthest where rounding hid it."""
    own = index == np.arange(len(index))[:, None]
    own[~own.any(1), -1] = True
    width = index.shape[1] - 1
    return distance[~own].reshape(-1, width), index[~own].reshape(-1, width)
