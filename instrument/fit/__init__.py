"""Workshop: pieces -> one preset. Offline; may be slow to import; never imported by the stage.

`fit` reads as the algorithm. Every number it makes is a pure function of pieces and settings, so that two fits of the
same music are the same file, byte for byte.
"""

from collections.abc import Callable, Sequence

from instrument.fit.assemble import assemble
from instrument.fit.embedding import laplacian_eigenmap
from instrument.fit.features import describe
from instrument.fit.graph import affinity, distinct, giant, neighbours
from instrument.fit.layout import lay_out
from instrument.fit.piece import Piece
from instrument.fit.prepare import prepare
from instrument.fit.report import faithfulness
from instrument.fit.segments import content_classes, cut
from instrument.fit.settings import FitError, Settings
from instrument.fit.table import Kinds, candidate_table
from instrument.preset import Preset

__all__ = ["STAGES", "FitError", "Piece", "Settings", "fit"]

MIN_SEGMENTS = 65  # a table is 64 candidates wide
STAGES = ("segments", "features", "neighbours", "embedding", "candidates", "map", "checks")

DEFAULTS = Settings()

Progress = Callable[[str], None]


def fit(pieces: Sequence[Piece], settings: Settings = DEFAULTS, progress: Progress = lambda stage: None) -> Preset:
    """Learn `pieces`; `progress` is told each of STAGES as it begins. Raises FitError on too little music."""
    progress("segments")
    chosen, hop, left_out = prepare(pieces, settings)
    segments = cut(chosen, hop)
    if len(segments) < MIN_SEGMENTS:
        raise FitError(f"only {len(segments)} segments of music; a preset needs {MIN_SEGMENTS}: add more pieces")
    content = content_classes(segments)

    progress("features")
    features = describe(segments)

    progress("neighbours")
    vectors, which = distinct(features.vectors)
    distance, index = neighbours(vectors, settings.neighbors)
    graph = affinity(distance, index, settings.sigma)

    progress("embedding")
    place, eigenvalue = laplacian_eigenmap(vectors, graph, settings.components)

    progress("candidates")
    kinds = Kinds(content, segments.piece, segments.metre_position)
    table = candidate_table(features.vectors, kinds)

    progress("map")
    flat = lay_out(place, graph)

    progress("checks")
    embedded, shown = faithfulness(vectors, place), faithfulness(vectors, flat)
    figures = {
        "left_out": left_out,
        "segments": len(segments),
        "distinct": len(vectors),
        "graph_components": giant(graph)[1],
        "embedding": {name: round(value, 4) for name, value in embedded._asdict().items()},
        "map": {name: round(value, 4) for name, value in shown._asdict().items()},
    }
    return assemble(
        chosen, segments, content, features, table, place[which], eigenvalue, flat[which], settings, figures
    )
