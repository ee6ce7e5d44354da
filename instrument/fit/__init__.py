"""Workshop: pieces -> one preset. Offline; may be slow to import; never imported by the stage.

`fit` reads as the algorithm. Every number it makes is a pure function of pieces and settings, so that two fits of the
same music are the same file, byte for byte.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from scipy.sparse import csr_matrix

from instrument.controls import PartControls
from instrument.energy import phrases_marked
from instrument.fit.assemble import assemble
from instrument.fit.embedding import laplacian_eigenmap
from instrument.fit.encode import encode
from instrument.fit.features import describe
from instrument.fit.graph import affinity, distinct, giant, neighbours
from instrument.fit.landmarks import landmark_rows, place_all
from instrument.fit.layout import lay_out
from instrument.fit.piece import Piece
from instrument.fit.places import segment_places
from instrument.fit.prepare import prepare
from instrument.fit.prices import join_prices
from instrument.fit.rehearsal import Ground
from instrument.fit.report import faithfulness
from instrument.fit.segments import Floats, content_classes
from instrument.fit.settings import FitError, Settings
from instrument.fit.sounds import Sounds
from instrument.fit.table import Kinds, candidate_table
from instrument.preset import Preset

__all__ = ["STAGES", "FitError", "Piece", "Settings", "fit"]

MIN_SEGMENTS = 65  # a table is 64 candidates wide
MIN_DISTINCT = 16
STAGES = ("segments", "features", "neighbours", "embedding", "candidates", "joins", "map", "checks")

DEFAULTS = Settings()

Progress = Callable[[str], None]


def embed(vectors: Floats, graph: csr_matrix, settings: Settings) -> tuple[Floats, Floats]:
    """Y (n, d) and eigenvalues (d,) by the method that is asked for."""
    if settings.method == "laplacian":
        return laplacian_eigenmap(vectors, graph, settings.components)
    from instrument.fit.methods import embed_by  # noqa: PLC0415 - scikit-learn takes two seconds to import

    return embed_by(vectors, settings)


def fit(pieces: Sequence[Piece], settings: Settings = DEFAULTS, progress: Progress = lambda stage: None) -> Preset:
    """Learn `pieces`; `progress` is told each of STAGES as it begins. Raises FitError on too little music."""
    progress("segments")
    chosen, hop, left_out = prepare(pieces, settings)
    segments, parts = encode(chosen, hop)
    if len(segments) < MIN_SEGMENTS:
        raise FitError(f"only {len(segments)} segments of music; a preset needs {MIN_SEGMENTS}: add more pieces")
    content = content_classes(segments)

    progress("features")
    features = describe(segments, parts)

    progress("neighbours")
    vectors, which = distinct(features.vectors)
    if len(vectors) < MIN_DISTINCT:
        raise FitError(f"only {len(vectors)} different segments; a walk needs {MIN_DISTINCT}: add other music")
    rows = landmark_rows(len(vectors), settings.method)
    landmarks = vectors[rows]
    graph = affinity(*neighbours(landmarks, settings.neighbors), settings.sigma)

    progress("embedding")
    place, eigenvalue = embed(landmarks, graph, settings)

    progress("candidates")
    kinds = Kinds(content, segments.piece, segment_places(segments))
    sounds = Sounds(segments)
    # at one place of a phrase segments go on alike already: to choose among them once more cost .06 bits a chord
    phrased = phrases_marked(segments.phrase_end, segments.successor)
    table = candidate_table(features.vectors, kinds, None if phrased else sounds.cost)

    progress("joins")
    controls = PartControls().taking(settings.controls)
    ground = Ground(segments, table, features.context, content, controls, sounds.progressions, sounds.heard.alike[0])
    joins, echo = join_prices(ground, sounds, settings.controls.get("echo"))
    settings = replace(settings, controls={**settings.controls, **({"echo": echo} if echo else {})})

    progress("map")
    flat = place_all(vectors, rows, lay_out(place, graph))
    place = place_all(vectors, rows, place)

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
        chosen, segments, content, features, table, joins, place[which], eigenvalue, flat[which], settings, figures
    )
