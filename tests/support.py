"""Music and presets made by arithmetic, for tests that must not depend on a corpus or on the workshop.

`tiny_preset()` is a whole, valid preset of a few pieces in four voices: eighths on top, held notes below,
deterministic to the byte. `preset_of(pieces)` makes one of any notes. Features are crude (chroma, register, metre):
enough to have near and far, no more.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from instrument.energy import PLAIN_JOIN, join_codes
from instrument.notes import Note
from instrument.preset import ARRAYS, QUANTILES, Preset, check_arrays
from instrument.tempo import Metre

WIDTH = 64  # columns of a real candidate table
COMMON = Metre(4, 4)
FAR = 50.0
VOICES = ("top", "alto", "tenor", "bass")


def tiny_pieces(pieces: int = 3, bars: int = 8, metre: Metre = COMMON, voices: int = 4) -> list[list[Note]]:
    """Notes (onset from the piece's start) of `pieces` pieces of `bars` bars: no two alike, all in C."""
    return [_piece(number, bars * metre.beats, metre.beat_ticks, voices) for number in range(pieces)]


def _piece(number: int, beats: int, beat: int, voices: int) -> list[Note]:
    scale = (0, 2, 4, 5, 7, 9, 11)
    notes = []
    for voice in range(voices):
        step = (1, 2, 2, 4)[voice % 4]  # half beats a note lasts on the beat of its voice
        at = 0
        while at < 2 * beats:
            degree = (at * (3 + number) + at // 3 + 2 * number + 2 * voice) % 7
            pitch = (72, 65, 57, 45)[voice % 4] + scale[degree]
            length = step if (at + number) % 3 else 2 * step
            length = min(length, 2 * beats - at)
            notes.append(Note(at * beat // 2, length * beat // 2, pitch, 60 + 5 * voice + at % 7, voice))
            at += length
    return sorted(notes)


def preset_of(pieces: Sequence[Sequence[Note]], metre: Metre = COMMON, width: int = WIDTH, **meta: Any) -> Preset:
    """The preset of `pieces`, one segment a beat; `meta` replaces entries of the metadata."""
    rows = [row for number, piece in enumerate(pieces) for row in _segments(number, piece, metre)]
    size = len(rows)
    chosen = [notes for _, _, notes in rows]
    raw = np.array([_raw(notes, index % metre.beats) for notes, (_, index, _) in zip(chosen, rows, strict=True)])
    mean, weight = raw.mean(0), 1 / (raw.std(0) + 1e-3)
    pca = np.linalg.svd((raw - mean) * weight, full_matrices=False)[2][:6].T
    feature = (raw - mean) * weight @ pca
    apart = np.sqrt(((feature[:, None] - feature[None]) ** 2).sum(2)) + 1e6 * np.eye(size)
    place = np.array([index % metre.beats for _, index, _ in rows])
    apart += FAR * (place[:, None] != place[None])  # as a real table has it: near ones lie at the same place of a bar
    candidates = np.argsort(apart, axis=1, kind="stable")[:, : min(width, size - 1)]
    distance = np.take_along_axis(apart, candidates, 1)
    spread = feature[:, :3] / np.abs(feature[:, :3]).max(0)
    classes: dict[Any, int] = {}
    piece = np.array([number for number, _, _ in rows])
    last = np.append(piece[1:] != piece[:-1], True)
    arrays: dict[str, Any] = {
        **_notes(chosen),
        "piece": piece,
        "tick": [index * metre.beat_ticks for _, index, _ in rows],
        "metre_position": [index % metre.beats for _, index, _ in rows],
        "phrase_end": last,
        "successor": np.where(last, -1, np.arange(1, size + 1)),
        "content_class": [classes.setdefault(tuple(notes), len(classes)) for notes in chosen],
        "start_pitch": [_quantiles(notes, 0) for notes in chosen],
        "end_pitch": [_quantiles(notes, metre.beat_ticks - 1) for notes in chosen],
        "held_in": [_bits([n.pitch for n in notes if n.onset < 0]) for notes in chosen],
        "held_out": [_bits([n.pitch for n in notes if n.onset + n.duration > metre.beat_ticks]) for notes in chosen],
        "candidates": candidates,
        "distance": distance,
        "join": join_codes(PLAIN_JOIN + np.arange(candidates.size).reshape(candidates.shape) % 5),
        "scale": np.maximum(distance[:, min(6, distance.shape[1] - 1)], 0.1),
        "context": feature[:, :4] / 4,
        "embedding": spread,
        "eigenvalue": [0.9, 0.8, 0.7],
        "map": spread[:, :2],
        "feature": feature,
        "feature_mean": mean,
        "feature_weight": weight,
        "pca": pca,
    }

    typed: dict[str, Any] = {name: np.asarray(arrays[name], ARRAYS[name][0]) for name in ARRAYS}
    full = {
        "schema": 1,
        "title": "Tiny",
        "source": "arithmetic",
        "licence": "MIT",
        "attribution": "",
        "method": "none",
        "hop": metre.beat_ticks,
        "metre": list(metre),
        "pieces": [f"piece {number}" for number in range(len(pieces))],
        "piece_label": [number % 2 for number in range(len(pieces))],
        "labels": ["even", "odd"],
        "voices": list(VOICES[: 1 + max(note.voice for piece in pieces for note in piece)]),
        "programs": [73, 71, 68, 42],
        "drums": [],
        "controls": {},
        "shift": [0] * len(pieces),
        "bars": [1] * len(pieces),
        "fit": {},
        **meta,
    }
    check_arrays(Path("tiny"), typed, full)
    return Preset(**typed, meta=full)


def tiny_preset(pieces: int = 3, bars: int = 8, metre: Metre = COMMON, voices: int = 4, **meta: Any) -> Preset:
    """A small whole preset; 96 segments as it comes."""
    return preset_of(tiny_pieces(pieces, bars, metre, voices), metre, **meta)


def _segments(number: int, piece: Sequence[Note], metre: Metre) -> list[tuple[int, int, list[Note]]]:
    beat = metre.beat_ticks
    beats = -(-max(n.onset + n.duration for n in piece) // beat)
    rows = []
    for index in range(beats):
        start = index * beat
        sounding = [n for n in piece if n.onset < start + beat and n.onset + n.duration > start]
        rows.append((number, index, [n._replace(onset=n.onset - start) for n in sounding]))
    return rows


def _raw(notes: Sequence[Note], place: int) -> list[float]:
    chroma = [0.0] * 12
    for note in notes:
        chroma[note.pitch % 12] += 1.0
    pitches = [note.pitch for note in notes] or [60]
    return [*chroma, sum(pitches) / len(pitches) / 12, max(pitches) / 12, float(len(notes)), float(place)]


def _quantiles(notes: Sequence[Note], at: int) -> Any:
    pitches = sorted(n.pitch for n in notes if n.onset <= at < n.onset + n.duration) or [60]
    return np.interp(np.linspace(0, 1, QUANTILES), np.linspace(0, 1, len(pitches)), pitches)


def _bits(pitches: Sequence[int]) -> list[int]:
    mask = 0
    for pitch in pitches:
        mask |= 1 << pitch
    return [mask & (2**64 - 1), mask >> 64]


def _notes(segments: Sequence[Sequence[Note]]) -> dict[str, Any]:
    flat = [note for notes in segments for note in notes]
    columns = np.array(flat).T if flat else np.zeros((5, 0))
    names = ("note_onset", "note_duration", "note_pitch", "note_velocity", "note_voice")
    starts = np.cumsum([0, *(len(notes) for notes in segments)])
    return {"note_start": starts, **dict(zip(names, columns, strict=True))}
