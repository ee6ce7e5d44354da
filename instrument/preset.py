"""Preset: the one file that passes from the workshop to the stage.

A preset is a safetensors file: named arrays, and one JSON text of metadata. `Preset.save` writes it atomically,
`Preset.load` reads it and checks all that a stranger could have broken: size, names, types,
shapes, finite numbers, indexes in range. What cannot be trusted raises PresetError, with one line that says where.

Shapes: N segments, M notes, K candidates a segment, D embedding dimensions, C context columns, Q quantiles (6).
Ticks are 1/480 of a quarter note. Segments of a piece stand in order; rows of `candidates` are sorted by distance.
"""

import json
import os
import tempfile
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from instrument.controls import ControlError, control
from instrument.errors import UserError
from instrument.notes import Note
from instrument.packing import PackingError, pack, packed_names, unpack
from instrument.tempo import Metre

SCHEMA = 1
SUFFIX = ".safetensors"
MAX_BYTES = 2_000_000_000
QUANTILES = 6
LARGEST = 1e9  # of any number in the file: its square still fits
MAX_TEXT = 4_000_000  # characters of metadata: names of 20,000 pieces and to spare

Array = npt.NDArray[Any]

# name: (dtype, shape); letters are the sizes that the module's docstring names, P the columns before PCA
ARRAYS: dict[str, tuple[str, tuple[str, ...]]] = {
    "note_start": ("u4", ("N+1",)),  # rows note_start[i]:note_start[i+1] are the notes of segment i
    "note_onset": ("i2", ("M",)),  # ticks from the segment's start; negative: held into it
    "note_duration": ("u2", ("M",)),  # ticks
    "note_pitch": ("u1", ("M",)),  # after the fit's move to C major or A minor, where it made one
    "note_velocity": ("u1", ("M",)),
    "note_voice": ("u1", ("M",)),  # 0..15
    "piece": ("u4", ("N",)),  # row of meta["pieces"]
    "tick": ("u4", ("N",)),  # start within the piece
    "metre_position": ("u1", ("N",)),  # segments since the bar line
    "phrase_end": ("u1", ("N",)),  # 1 where a phrase ends in it: a fermata, or a long note before a rest
    "successor": ("i4", ("N",)),  # the segment that follows in the piece; -1 at its end
    "content_class": ("u4", ("N",)),  # equal where the notes are equal
    "start_pitch": ("f4", ("N", "Q")),  # quantiles of the pitches that sound at the start, low to high
    "end_pitch": ("f4", ("N", "Q")),  # and just before the end
    "held_in": ("u8", ("N", "2")),  # bit p of the 128: pitch p is held into the segment
    "held_out": ("u8", ("N", "2")),  # and out of it
    "candidates": ("u4", ("N", "K")),
    "distance": ("f4", ("N", "K")),  # in feature space
    "join": ("u1", ("N", "K")),  # price of the seam from i into candidate c of its successor: see energy.py
    "scale": ("f4", ("N",)),  # distance to the 7th neighbour: what "near" means here
    "context": ("f4", ("N", "C")),  # slow means, scaled: see fit/features.py
    "embedding": ("f4", ("N", "D")),
    "eigenvalue": ("f4", ("D",)),
    "map": ("f4", ("N", "2")),  # for the eye: both axes within -1..1
    "feature": ("f4", ("N", "F")),  # features after PCA: where the near candidates come from
    "feature_mean": ("f4", ("P",)),  # what placing new input needs: (x - mean) * weight @ pca
    "feature_weight": ("f4", ("P",)),
    "pca": ("f4", ("P", "F")),
}

PACKED = packed_names(set(ARRAYS))


class PresetError(UserError):
    """A preset's file cannot be used; the message names the file, the place and what to do."""


@dataclass(frozen=True, slots=False, eq=False)
class Preset:
    """One saved fit. Arrays are read-only; `meta` holds names, source, licence, metre, controls, programs.

    Keys of `meta`: schema (int), title, source, licence, attribution (str), method (str), hop (ticks a segment),
    metre ([beats, unit]), piece_metre (one a piece, optional: where they differ), pieces (list of names),
    piece_label (list of region numbers), labels (list of names),
    voices (list of names), programs (General MIDI, 0..127, a voice), drums (list of voices played on channel 10),
    controls (name: value), shift (semitones each piece was moved), bars (first bar's number a piece), fit (the
    fit's own settings and figures).
    """

    note_start: Array
    note_onset: Array
    note_duration: Array
    note_pitch: Array
    note_velocity: Array
    note_voice: Array
    piece: Array
    tick: Array
    metre_position: Array
    phrase_end: Array
    successor: Array
    content_class: Array
    start_pitch: Array
    end_pitch: Array
    held_in: Array
    held_out: Array
    candidates: Array
    distance: Array
    join: Array
    scale: Array
    context: Array
    embedding: Array
    eigenvalue: Array
    map: Array
    feature: Array
    feature_mean: Array
    feature_weight: Array
    pca: Array
    meta: dict[str, Any]
    path: Path | None = None

    def __len__(self) -> int:
        return len(self.piece)

    @property
    def title(self) -> str:
        """What the preset is called on the screen."""
        return str(self.meta["title"])

    @property
    def hop(self) -> int:
        """Ticks a segment lasts."""
        return int(self.meta["hop"])

    @cached_property
    def metre(self) -> Metre:
        """Its time signature."""
        return Metre(*self.meta["metre"])

    def notes(self, segment: int) -> list[Note]:
        """The notes that sound in `segment`, held ones (onset < 0) included, by onset."""
        rows = slice(int(self.note_start[segment]), int(self.note_start[segment + 1]))
        columns = (self.note_onset, self.note_duration, self.note_pitch, self.note_velocity, self.note_voice)
        return [Note(*row) for row in zip(*(c[rows].tolist() for c in columns), strict=True)]

    def note_segment(self) -> npt.NDArray[np.int64]:
        """(M,) the segment that each note belongs to."""
        starts = self.note_start.astype(np.int64)
        return np.repeat(np.arange(len(self)), starts[1:] - starts[:-1])

    def piece_name(self, segment: int) -> str:
        """Name of the piece that `segment` comes from."""
        return str(self.meta["pieces"][int(self.piece[segment])])

    def bar(self, segment: int) -> int:
        """Number of the bar of its piece that `segment` lies in; a pickup is bar 0."""
        piece = int(self.piece[segment])
        metres = self.meta.get("piece_metre")
        metre = Metre(*metres[piece]) if metres else self.metre
        return int(self.tick[segment]) // metre.bar_ticks + int(self.meta["bars"][piece])

    def save(self, path: Path) -> None:
        """Write to `path`, whole or not at all. Raises OSError when the folder cannot be written."""
        arrays = pack({name: np.asarray(getattr(self, name), dtype) for name, (dtype, _) in ARRAYS.items()})
        text = json.dumps(self.meta, sort_keys=True, ensure_ascii=False)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        os.close(handle)
        try:
            save_file(arrays, temporary, {"eigenwalk": text})
            os.chmod(temporary, 0o644)
            os.replace(temporary, path)
        finally:
            Path(temporary).unlink(missing_ok=True)

    @classmethod
    def load(cls, path: Path) -> "Preset":
        """Read and check the preset at `path`. Raises PresetError when it is missing, broken or hostile.

        Read, not mapped: a mapped file that is truncated at that moment kills the process by SIGBUS (measured).
        """
        try:
            if (size := path.stat().st_size) > MAX_BYTES:
                raise PresetError(f"{path}: {size} bytes is more than a preset may have ({MAX_BYTES})")
            with safe_open(path, framework="np", backend="pread") as file:
                meta = _metadata(path, file.metadata())
                names = set(file.keys())
                if names != PACKED:
                    odd = ", ".join(sorted(names ^ PACKED)[:4])
                    raise PresetError(f"{path}: not the arrays of a preset ({odd}); fit it again")
                arrays = unpack({name: file.get_tensor(name) for name in names}, _hop(path, meta))
        except FileNotFoundError:
            raise PresetError(f"{path}: no such preset; `eigenwalk presets` lists what there is") from None
        except (SafetensorError, PackingError, OSError) as error:
            raise PresetError(f"{path}: not a preset file ({error}); fit it again or fetch it anew") from None
        check_arrays(path, arrays, meta)
        for array in arrays.values():
            array.flags.writeable = False
        return cls(**arrays, meta=meta, path=path)


def _metadata(path: Path, stored: dict[str, str] | None) -> dict[str, Any]:
    text = (stored or {}).get("eigenwalk", "")
    if not text or len(text) > MAX_TEXT:
        raise PresetError(f"{path}: no metadata of a preset in it; fit it again")
    try:
        meta = json.loads(text)
    except (ValueError, RecursionError):
        raise PresetError(f"{path}: its metadata is not JSON; fit it again") from None
    if not isinstance(meta, dict) or meta.get("schema") != SCHEMA:
        found = meta.get("schema") if isinstance(meta, dict) else None
        raise PresetError(f"{path}: preset schema {found}, this version reads {SCHEMA}; fit it again")
    return meta


def check_arrays(path: Path, arrays: dict[str, Array], meta: dict[str, Any]) -> None:
    """Raise PresetError unless every array has its type, shape and range, and `meta` what the stage reads."""

    def wrong(what: str) -> PresetError:
        return PresetError(f"{path}: {what}; fit it again or fetch it anew")

    sizes: dict[str, int] = {"2": 2, "Q": QUANTILES}
    for name, (dtype, shape) in ARRAYS.items():
        array = arrays[name]
        if array.dtype != np.dtype(dtype) or array.ndim != len(shape):
            raise wrong(f"{name} is {array.dtype} of {array.ndim} dimension(s)")
        for letter, length in zip(shape, array.shape, strict=True):
            size = length - 1 if letter == "N+1" else length
            if sizes.setdefault(letter.removesuffix("+1"), size) != size:
                raise wrong(f"{name} has {length} rows or columns where {sizes[letter.removesuffix('+1')]} belong")
        if array.dtype.kind == "f" and array.size and not (-LARGEST <= array.min() <= array.max() <= LARGEST):
            raise wrong(f"{name} holds a number that is not finite, or absurd")
    segments, notes = sizes["N"], sizes["M"]
    if segments < 2 or sizes["K"] < 1:
        raise wrong("fewer than two segments, or no candidates")
    starts = arrays["note_start"].astype(np.int64)
    if starts[0] != 0 or starts[-1] != notes or (np.diff(starts) < 0).any():
        raise wrong("note_start does not rise from 0 to the number of notes")
    limits = {"candidates": segments, "piece": len(_list(meta, "pieces", wrong)), "successor": segments}
    for name, limit in (limits | {"note_pitch": 128, "note_velocity": 128, "note_voice": 16}).items():
        if arrays[name].size and int(arrays[name].max()) >= limit:
            raise wrong(f"{name} points outside what there is ({limit})")
    if arrays["successor"].min() < -1 or (arrays["scale"] <= 0).any():
        raise wrong("successor or scale is negative")
    _check_meta(meta, wrong)


def _hop(path: Path, meta: dict[str, Any]) -> int:
    """Ticks a segment lasts. Raises PresetError when that is no sensible number."""
    hop = meta.get("hop")
    if type(hop) is not int or not 1 <= hop <= 480 * 16:
        raise PresetError(f"{path}: hop is {hop}, which is no number of ticks; fit it again or fetch it anew")
    return hop


def _list(meta: dict[str, Any], key: str, wrong: Any) -> list[Any]:
    value = meta.get(key)
    if not isinstance(value, list):
        raise wrong(f"metadata has no list {key!r}")
    return value


def _is_metre(value: Any) -> bool:
    """True for [beats, unit] of a time signature that this instrument can count."""
    if not (isinstance(value, list) and len(value) == 2 and all(type(n) is int for n in value)):
        return False
    return 1 <= value[0] <= 32 and value[1] in (1, 2, 4, 8, 16, 32)


def _check_meta(meta: dict[str, Any], wrong: Any) -> None:
    pieces = len(meta["pieces"])
    for key in ("title", "source", "licence"):
        if not isinstance(meta.get(key), str):
            raise wrong(f"metadata has no text {key!r}")
    metre = meta.get("metre")
    if not _is_metre(metre):
        raise wrong(f"metre {metre} is no time signature")
    if any(not isinstance(n, int) for n in _list(meta, "bars", wrong)) or len(meta["bars"]) != pieces:
        raise wrong("bars is not one whole number a piece")
    if any(type(n) is not int or not -1 <= n < 128 for n in _list(meta, "programs", wrong)):
        raise wrong("programs holds something other than 0..127, or -1 for a voice without notes")
    metres = meta.get("piece_metre", [])
    if not isinstance(metres, list) or len(metres) not in (0, pieces) or not all(map(_is_metre, metres)):
        raise wrong("piece_metre is not one time signature a piece")
    drums = meta.get("drums", [])
    if not isinstance(drums, list) or any(type(n) is not int or not 0 <= n < 16 for n in drums):
        raise wrong("drums holds something other than the numbers of voices, 0..15")
    labels = meta.get("piece_label", [])
    if not isinstance(labels, list) or len(labels) not in (0, pieces) or any(type(n) is not int for n in labels):
        raise wrong("piece_label is not one whole number a piece")
    if any(not isinstance(meta.get(key, []), list) for key in ("voices", "labels")):
        raise wrong("voices or labels is no list of names")
    _check_controls(meta.get("controls"), wrong)


def _check_controls(controls: Any, wrong: Any) -> None:
    if not isinstance(controls, dict):
        raise wrong("metadata has no table 'controls'")
    for name, value in controls.items():
        try:
            control(name).check(value)
        except (ControlError, TypeError) as error:
            raise wrong(f"its controls are not ours ({error})") from None


assert {f.name for f in fields(Preset)} - {"meta", "path"} == set(ARRAYS)
