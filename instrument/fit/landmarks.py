"""Workshop: which vectors the graph and the embedding are made of, and how the others are placed among them.

In: distinct vectors (n, F). Out: rows of landmarks, all where that is affordable; and places for every vector. The
eigenmap is affordable below 100,000; what scikit-learn offers takes minutes beyond some thousand points.
"""

import numpy as np

from instrument.fit.embedding import interpolate
from instrument.fit.graph import SEED
from instrument.fit.segments import Array, Floats

FROM = 100_000
FEWEST, GROWTH = 10_000, np.log10(2)  # 10,000 landmarks at 100,000, 20,000 at a million
STUDY = 5_000


def landmark_rows(size: int, method: str = "laplacian") -> Array:
    """Which of `size` rows are landmarks, in order."""
    if method == "laplacian":
        count = size if size < FROM else int(FEWEST * (size / FROM) ** GROWTH)
    else:
        count = min(size, STUDY)
    return np.sort(np.random.default_rng(SEED).permutation(size)[:count])


def place_all(vectors: Floats, rows: Array, place: Floats) -> Floats:
    """(n, d) a place for every vector, given those (m, d) of the landmarks `rows`."""
    if len(rows) == len(vectors):
        return place
    everywhere = interpolate(vectors[rows], place.astype(np.float64), vectors).astype(np.float32)
    everywhere[rows] = place
    return everywhere
