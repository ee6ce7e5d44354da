"""A judge who must tell walk from real music: a classifier's area under the curve, cross-validated.

In: numbers of excerpts (see listening.py), which of them are real, and the piece each real one comes from. Out: the
area (.5: it guesses, 1: it always knows) and the numbers it knows it by. Excerpts of one piece never stand on both
sides of a split, so that knowing a piece is no help.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

Floats = npt.NDArray[np.float64]
FOLDS, REPEATS = 5, 3


@dataclass(frozen=True)
class Verdict:
    """`area` is that of the better of two judges; `telltales` are (name, area by itself, mean real, mean made)."""

    area: float
    forest: float
    linear: float
    telltales: list[tuple[str, float, float, float]]


def judge(real: Sequence[dict[str, float]], pieces: Sequence[int], made: Sequence[dict[str, float]]) -> Verdict:
    """Tell `made` from `real`; `pieces` (of the real ones) keep a piece on one side."""
    names = list(real[0])
    table = np.array([[row[name] for name in names] for row in [*real, *made]])
    label = np.repeat([0, 1], [len(real), len(made)])
    group = np.append(pieces, max(pieces) + 1 + np.arange(len(made)))
    forest = ExtraTreesClassifier(300, min_samples_leaf=3, random_state=0)
    linear = make_pipeline(StandardScaler(), LogisticRegression(C=0.02, max_iter=500))
    areas = [_area(model, table, label, group) for model in (forest, linear)]
    alone = [(name, float(roc_auc_score(label, table[:, n]))) for n, name in enumerate(names)]
    alone.sort(key=lambda pair: -abs(pair[1] - 0.5))
    means = {name: (table[label == 0, n].mean(), table[label == 1, n].mean()) for n, name in enumerate(names)}
    telltales = [(name, area, float(means[name][0]), float(means[name][1])) for name, area in alone[:12]]
    return Verdict(max(areas), areas[0], areas[1], telltales)


def _area(model: object, table: Floats, label: npt.NDArray[np.int64], group: npt.NDArray[np.int64]) -> float:
    found = []
    for repeat in range(REPEATS):
        folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=repeat)
        chance = cross_val_predict(model, table, label, groups=group, cv=folds, method="predict_proba")[:, 1]
        found.append(roc_auc_score(label, chance))
    return float(np.mean(found))
