"""Workshop: other ways to embed the vectors, for study: scikit-learn's manifold learners, PCA, and UMAP if installed.

In: distinct vectors (n, F) and settings. Out: Y (n, d) of unit spread with fixed signs, and an eigenvalue a dimension
where the method has one, else 0.
"""

from importlib.util import find_spec
from typing import Any

import numpy as np
from sklearn.decomposition import PCA
from sklearn.manifold import Isomap, LocallyLinearEmbedding, SpectralEmbedding

from instrument.fit.embedding import fix_signs
from instrument.fit.graph import SEED
from instrument.fit.segments import Floats
from instrument.fit.settings import FitError, Settings


def embed_by(vectors: Floats, settings: Settings) -> tuple[Floats, Floats]:
    """Y and eigenvalues by `settings.method`. Raises FitError when UMAP is asked for and not installed."""
    learner = _learner(len(vectors), settings)
    place = fix_signs(np.asarray(learner.fit_transform(vectors), dtype=np.float64))
    place = (place - place.mean(0)) / (place.std() or 1.0)
    return place.astype(np.float32), _eigenvalues(learner, place.shape[1])


def _learner(size: int, settings: Settings) -> Any:
    """The estimator, with as many neighbours as `size` points allow."""
    method, dimensions = settings.method, settings.components
    near = min(settings.neighbors, size - 2)
    if method == "pca":
        return PCA(dimensions, random_state=SEED)
    if method == "isomap":
        return Isomap(n_neighbors=near, n_components=dimensions)
    if method == "spectral":
        return SpectralEmbedding(dimensions, affinity="nearest_neighbors", n_neighbors=near, random_state=SEED)
    if method == "lle":
        return LocallyLinearEmbedding(n_neighbors=near, n_components=dimensions, random_state=SEED)
    if method == "modified-lle":
        near = max(near, dimensions + 1)  # fewer have no null space to choose from
        return LocallyLinearEmbedding(n_neighbors=near, n_components=dimensions, method="modified", random_state=SEED)
    if find_spec("umap") is None:
        raise FitError("--method umap needs one more library: pip install 'eigenwalk[umap]'")
    from umap import UMAP  # noqa: PLC0415 - slow to import, and not ours to require

    return UMAP(n_neighbors=near, n_components=dimensions, random_state=SEED, n_jobs=1)


def _eigenvalues(learner: Any, dimensions: int) -> Floats:
    if isinstance(learner, PCA):
        return np.asarray(learner.explained_variance_ratio_, dtype=np.float32)
    if isinstance(learner, Isomap):
        return np.asarray(learner.kernel_pca_.eigenvalues_, dtype=np.float32)
    return np.zeros(dimensions, dtype=np.float32)
