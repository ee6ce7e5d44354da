"""How a preset's arrays lie in its file: in half the room that they take in memory.

What flows in: the arrays of `preset.ARRAYS`. What flows out: those of a file, and back. Context and features are kept
to 1/255 of each column's range, distances as codes between the first and the last of their row (finer for the near),
places in 16 bits, chords in half semitones; what follows in the piece and which notes are held over is read off the
rest. It checks only what it must to unpack: the ranges of all arrays are the preset's to check.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

NARROW = {"embedding": "f2", "map": "f2", "scale": "f2"}
CHORDS = ("start_pitch", "end_pitch")  # in half semitones, u1
WIDE = "f4"
BY_COLUMN = ("context", "feature")  # codes 0..255 between NAME_low and NAME_high, (columns,) f4
SPAN = "distance_span"  # (N, 2) f2: the first and the last distance of a row
SMALL = {
    "candidates": "u4",
    "piece": "u4",
    "tick": "u4",
    "content_class": "u4",
}  # stored in 16 bits where all numbers fit
DERIVED = ("held_in", "held_out", "successor")
EXTRA = {SPAN, *(f"{name}_{end}" for name in BY_COLUMN for end in ("low", "high"))}
BLOCK = 512  # rows unpacked together: they stay in the processor's cache, which takes half the time of all at once
_CURVE = (np.arange(256, dtype=np.float32) / 255) ** 2


class PackingError(ValueError):
    """Arrays that no preset was packed into; the message says which."""


def packed_names(names: set[str]) -> set[str]:
    """What the arrays of a file are called, for arrays called `names`."""
    return names - set(DERIVED) | EXTRA


def pack(arrays: dict[str, Array]) -> dict[str, Array]:
    """`arrays` as a file holds them."""
    packed = {name: array for name, array in arrays.items() if name not in DERIVED}
    for name, narrow in NARROW.items():
        packed[name] = arrays[name].astype(narrow)
    for name in CHORDS:
        packed[name] = np.round(2 * arrays[name].clip(0, 127.5)).astype("u1")
    for name in SMALL:
        if int(arrays[name].max(initial=0)) < 1 << 16:
            packed[name] = arrays[name].astype("u2")
    for name in BY_COLUMN:
        exact = arrays[name].astype(WIDE)
        low, high = exact.min(0), exact.max(0)
        packed[name] = np.round(255 * (exact - low) / np.maximum(high - low, 1e-9)).astype("u1")
        packed[f"{name}_low"], packed[f"{name}_high"] = low, high
    distance = arrays["distance"].astype(WIDE)
    packed[SPAN] = distance[:, [0, -1]].astype("f2")
    ends = packed[SPAN].astype(WIDE)
    share = (distance - ends[:, :1]) / np.maximum(np.diff(ends), 1e-6)
    packed["distance"] = np.round(255 * np.sqrt(share.clip(0, 1))).astype("u1")
    return {name: np.ascontiguousarray(array) for name, array in packed.items()}


def unpack(packed: dict[str, Array], hop: int) -> dict[str, Array]:
    """The arrays that `pack` packed, of segments `hop` ticks long. Raises PackingError on what it does not make."""
    arrays = {name: array for name, array in packed.items() if name not in EXTRA}
    for name in NARROW:
        arrays[name] = _typed(packed, name, "f2").astype(WIDE)
    for name in CHORDS:
        arrays[name] = _typed(packed, name, "u1") / np.float32(2)
    for name, wide in SMALL.items():
        if packed[name].dtype == np.uint16:
            arrays[name] = packed[name].astype(wide)
    for name in BY_COLUMN:
        code = _typed(packed, name, "u1")
        low, high = (_typed(packed, f"{name}_{end}", WIDE) for end in ("low", "high"))
        if code.ndim != 2 or low.shape != code.shape[1:] or high.shape != low.shape:
            raise PackingError(f"{name} has {code.ndim} dimensions or its ends do not fit it")
        if not (np.isfinite(low).all() and np.isfinite(high).all()):
            raise PackingError(f"{name} holds a number that is not finite")
        arrays[name] = code.astype(WIDE)
        arrays[name] *= (high - low) / np.float32(255)
        arrays[name] += low
    code, ends = _typed(packed, "distance", "u1"), _typed(packed, SPAN, "f2").astype(WIDE)
    if code.ndim != 2 or ends.shape != (len(code), 2):
        raise PackingError("distance does not fit its span")
    distance = arrays["distance"] = np.empty(code.shape, WIDE)
    for rows in _blocks(len(code)):
        _CURVE.take(code[rows], out=distance[rows], mode="clip")
        distance[rows] *= np.diff(ends[rows])
        distance[rows] += ends[rows, :1]
    piece = arrays["piece"]
    if piece.ndim != 1 or not len(piece):
        raise PackingError("piece is no list")
    follows = np.append(piece[1:] == piece[:-1], False)
    arrays["successor"] = np.where(follows, np.arange(1, len(piece) + 1), -1).astype("i4")
    owner = _owners(packed)
    onset, pitch = packed["note_onset"].astype(np.int64), packed["note_pitch"].astype(np.int64)
    into, out = onset < 0, onset + packed["note_duration"] > hop
    arrays["held_in"], arrays["held_out"] = (
        pitch_bits(owner[c], pitch[c], len(packed["note_start"]) - 1) for c in (into, out)
    )
    return arrays


def _blocks(rows: int) -> list[slice]:
    return [slice(begin, begin + BLOCK) for begin in range(0, rows, BLOCK)]


def pitch_bits(row: Array, pitch: Array, rows: int) -> Array:
    """(rows, 2) u8 with bit p of the 128 set in each `row` where `pitch` p occurs."""
    bits = np.zeros((rows, 2), dtype=np.uint64)
    np.bitwise_or.at(bits, (row, pitch // 64), np.uint64(1) << (pitch % 64).astype(np.uint64))
    return bits


def _typed(packed: dict[str, Array], name: str, dtype: str) -> Array:
    if packed[name].dtype != np.dtype(dtype):
        raise PackingError(f"{name} is {packed[name].dtype}")
    return packed[name]


def _owners(packed: dict[str, Array]) -> Array:
    """(M,) the segment that each note belongs to."""
    start = _typed(packed, "note_start", "u4").astype(np.int64)
    notes = [packed[f"note_{name}"] for name in ("onset", "duration", "pitch")]
    if start.ndim != 1 or len(start) < 2 or start[0] or (np.diff(start) < 0).any():
        raise PackingError("note_start does not rise from 0")
    if any(array.shape != (start[-1],) or array.dtype.kind not in "iu" for array in notes):
        raise PackingError("note_start does not end at the number of notes")
    if notes[2].dtype != np.uint8 or (notes[2] > 127).any():
        raise PackingError("note_pitch points outside 0..127")
    return np.repeat(np.arange(len(start) - 1), np.diff(start))
