"""Workshop: a saved preset -> numbers that say whether it will play well, and warnings in words.

In: a preset. Out: `Inspection`. Everything is measured on the preset itself: its features, embedding, map and
candidate table. How a walk fares on it is measured by who can walk (the command line), not here.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from instrument.energy import phrase_ends
from instrument.fit.graph import affinity, distinct, giant, neighbours
from instrument.fit.landmarks import landmark_rows
from instrument.fit.report import Faithfulness, faithfulness
from instrument.fit.segments import Array
from instrument.preset import Preset

NEAR = 16  # candidates that a walk at the default settings weighs
FEW_PIECES, FEW_SEGMENTS = 5, 500
MUCH = 0.02  # of the segments: more of them on islands or unreachable is worth a word
COPIES = 0.3
ONE_PIECE = 0.5


@dataclass(frozen=True, slots=True)
class Inspection:
    """The numbers. Shares are of all segments, 0..1; hubness is the skewness of how often one is a candidate."""

    segments: int
    distinct: int
    content_classes: int
    pieces: int
    largest_piece: float
    graph_components: int
    islands: float
    eigenvalues: tuple[float, ...]
    embedding: Faithfulness
    map: Faithfulness
    hubness: float
    orphans: float
    reachable: float


def inspect(preset: Preset) -> Inspection:
    """Measure `preset`."""
    vectors = preset.feature.astype(np.float32)
    rows, which = distinct(vectors)
    first = np.unique(which, return_index=True)[1]
    landmarks = landmark_rows(len(rows))
    graph = affinity(*neighbours(rows[landmarks], int(preset.meta["fit"].get("neighbors", 15))), kth=7)
    inside, components = giant(graph)
    length = np.bincount(preset.piece)
    wanted = np.bincount(preset.candidates[:, :NEAR].ravel(), minlength=len(preset)).astype(np.float64)
    return Inspection(
        segments=len(preset),
        distinct=len(rows),
        content_classes=len(np.unique(preset.content_class)),
        pieces=len(preset.meta["pieces"]),
        largest_piece=float(length.max() / len(preset)),
        graph_components=components,
        islands=float(1 - inside.mean()),
        eigenvalues=tuple(round(float(value), 5) for value in preset.eigenvalue),
        embedding=faithfulness(vectors[first], preset.embedding[first]),
        map=faithfulness(vectors[first], preset.map[first]),
        hubness=float(((wanted - wanted.mean()) ** 3).mean() / max(wanted.std(), 1e-9) ** 3),
        orphans=float((wanted == 0).mean()),
        reachable=reachable(preset),
    )


def reachable(preset: Preset) -> float:
    """Share of the segments in the largest set from each of which a walk can get to every other."""
    size, here = len(preset), np.arange(len(preset))
    following = preset.successor.astype(np.int64)
    anchor = np.where(following >= 0, following, preset.candidates[:, 0])
    near = preset.candidates[anchor, :NEAR].astype(np.int64)
    departs, begins, place = _departures(preset)
    hub = size + place  # where all departures to a place in the bar meet
    start = np.concatenate([here, np.repeat(here, near.shape[1]), departs, hub])
    end = np.concatenate([anchor, near.ravel(), hub, begins])
    nodes = size + int(preset.metre_position.max()) + 1
    steps = csr_matrix((np.ones(len(start), np.int8), (start, end)), shape=(nodes, nodes))
    _, label = connected_components(steps, directed=True, connection="strong")
    return float(np.bincount(label[:size]).max() / size)


def _departures(preset: Preset) -> tuple[Array, Array, Array]:
    """Where a walk may set out for another piece, the phrase that begins there, and its place in the bar."""
    departs = np.flatnonzero(phrase_ends(preset.phrase_end, preset.successor, preset.metre_position))
    begins = preset.successor[departs].astype(np.int64)
    return departs, begins, preset.metre_position[begins].astype(np.int64)


def warnings(found: Inspection) -> list[str]:
    """What will sound bad, each with what to do about it."""
    said = []
    if found.pieces < FEW_PIECES or found.segments < FEW_SEGMENTS:
        said.append(
            f"little music ({found.pieces} pieces, {found.segments} segments): the walk will quote; add pieces"
        )
    if found.largest_piece > ONE_PIECE and found.pieces > 1:
        said.append(f"one piece is {found.largest_piece:.0%} of it: the walk will live there; add others like it")
    if found.distinct < (1 - COPIES) * found.segments:
        said.append(
            f"{1 - found.distinct / found.segments:.0%} of the segments copy others, what stands around them too: "
            "the walk will loop; leave out copies"
        )
    if found.islands > MUCH:
        said.append(
            f"{found.islands:.1%} of the segments lie on {found.graph_components - 1} islands of the graph: "
            "raise --neighbors, or fit unlike music as presets of their own"
        )
    if found.reachable < 1 - MUCH:
        said.append(f"a walk reaches {found.reachable:.0%} of the segments at most: raise the control neighbors")
    if found.map.trustworthiness < 0.85:
        said.append(
            f"the map shows wrong neighbours (trustworthiness {found.map.trustworthiness:.2f}): trust the ear"
        )
    return said
