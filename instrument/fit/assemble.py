"""Workshop: everything that a fit has found -> the Preset that is saved.

In: segments, features, table, places, settings. Out: `Preset`, arrays in their stored types and the metadata that
`preset.py` documents. Nothing is computed here that a later stage could not read.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from instrument.fit.features import Features
from instrument.fit.piece import VOICES, Piece
from instrument.fit.segments import Array, Floats, Segments, held_bits, pitch_quantiles
from instrument.fit.settings import Settings
from instrument.fit.table import Table
from instrument.preset import ARRAYS, SCHEMA, Preset
from instrument.tempo import Metre

T = TypeVar("T")


def assemble(
    pieces: Sequence[Piece],
    segments: Segments,
    content: Array,
    features: Features,
    table: Table,
    joins: npt.NDArray[np.uint8],
    place: Floats,
    eigenvalue: Floats,
    flat: Floats,
    settings: Settings,
    figures: dict[str, Any],
) -> Preset:
    """The preset of one fit."""
    start_pitch, end_pitch = pitch_quantiles(segments)
    held_in, held_out = held_bits(segments)
    arrays: dict[str, Any] = {
        "note_start": segments.start,
        "note_onset": segments.onset,
        "note_duration": segments.duration,
        "note_pitch": segments.pitch,
        "note_velocity": segments.velocity,
        "note_voice": segments.voice,
        "piece": segments.piece,
        "tick": segments.tick,
        "metre_position": segments.metre_position,
        "phrase_end": segments.phrase_end,
        "successor": segments.successor,
        "content_class": content,
        "start_pitch": start_pitch,
        "end_pitch": end_pitch,
        "held_in": held_in,
        "held_out": held_out,
        "candidates": table.candidates,
        "distance": table.distance,
        "join": joins,
        "scale": table.scale,
        "context": features.context,
        "embedding": place,
        "eigenvalue": eigenvalue,
        "map": flat,
        "feature": features.vectors,
        "feature_mean": features.mean,
        "feature_weight": features.weight,
        "pca": features.pca,
    }
    typed: dict[str, Any] = {name: np.ascontiguousarray(array, ARRAYS[name][0]) for name, array in arrays.items()}
    return Preset(**typed, meta=_metadata(pieces, segments, settings, figures))


def _metadata(
    pieces: Sequence[Piece], segments: Segments, settings: Settings, figures: dict[str, Any]
) -> dict[str, Any]:
    labels = sorted({piece.label for piece in pieces})
    metre = _commonest_metre(pieces)
    return {
        "schema": SCHEMA,
        "title": settings.title,
        "source": settings.source,
        "licence": settings.licence,
        "attribution": settings.attribution,
        "method": settings.method,
        "hop": segments.hop,
        "metre": list(metre),
        "pieces": [piece.name for piece in pieces],
        "piece_label": [labels.index(piece.label) for piece in pieces],
        "piece_metre": [list(piece.metre) for piece in pieces],
        "labels": labels,
        "bars": [piece.bar for piece in pieces],
        "shift": [piece.shift for piece in pieces],
        "voices": _voice_names(pieces),
        "programs": _programs(pieces, settings),
        "drums": sorted({voice for piece in pieces for voice in piece.drums}),
        "controls": dict(settings.controls),
        "fit": {
            "segment": settings.segment,
            "key": settings.key,
            "neighbors": settings.neighbors,
            "sigma": settings.sigma,
            "components": settings.components,
            **figures,
        },
    }


def _commonest_metre(pieces: Sequence[Piece]) -> Metre:
    length: Counter[Metre] = Counter()
    for piece in pieces:
        length[piece.metre] += piece.end
    return min(length, key=lambda metre: (-length[metre], metre))


def _voice_names(pieces: Sequence[Piece]) -> list[str]:
    """What each voice is called most often."""
    names = [Counter(p.voices[v] for p in pieces if v < len(p.voices) and p.voices[v]) for v in range(VOICES)]
    used = max((v + 1 for v in range(VOICES) if names[v]), default=0)
    return [_first(names[v], f"voice {v + 1}") for v in range(used)]


def _programs(pieces: Sequence[Piece], settings: Settings) -> list[int]:
    """The General MIDI program of each voice: as asked, or as most pieces have it."""
    if settings.programs:
        return list(settings.programs)
    counts = [
        Counter(p.programs[v] for p in pieces if v < len(p.programs) and p.programs[v] >= 0) for v in range(VOICES)
    ]
    used = max((v + 1 for v in range(VOICES) if counts[v]), default=0)
    return [_first(counts[v], 0) for v in range(used)]


def _first(count: Counter[T], default: T) -> T:
    return min(count, key=lambda value: (-count[value], str(value))) if count else default
