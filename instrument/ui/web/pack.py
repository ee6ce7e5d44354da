"""Pack (the page's data): a preset as one compact text that a browser can walk on.

What flows in: a preset. What flows out: a header (plain data) and arrays, deflated and in base64. Segments keep
their row numbers, and arrays lie as in a preset's file (see packing.py): the page walks on the same numbers as the
stage, by constants that are put in here from where they are defined, and so takes the same steps.

Shapes: N segments, K candidates.
"""

import base64
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

from instrument import controls, packing
from instrument.controls import PartControls
from instrument.energy import FAR, HOME_RATE, JOIN_UNIT, PLAIN_JOIN, PROGRESSION, STAY, TABOO
from instrument.live import laws, seams
from instrument.live.phrases import Phrases
from instrument.live.pulls import BESIDES, OFF_BEAT
from instrument.live.walk import DESTINATIONS, LONGEST, NEAR
from instrument.preset import ARRAYS, QUANTILES, Preset
from instrument.progressions import PRIOR, SMOOTH, preset_chords
from instrument.ui.spread import spread

CURVE = 101  # points at which the curves over `step` are sampled: as many as its slider has
STORED = {
    "piece": "piece",
    "place": "metre_position",
    "content": "content_class",
    "candidates": "candidates",
    "distance": "distance",
    "span": packing.SPAN,
    "scale": "scale",
    "join": "join",
    "context": "context",
    "feature": "feature",
    "embedding": "embedding",
    "startPitch": "start_pitch",
    "endPitch": "end_pitch",
    "onset": "note_onset",
    "duration": "note_duration",
    "pitch": "note_pitch",
    "velocity": "note_velocity",
    "voice": "note_voice",
}  # what the page calls an array of the file
_SLIDERS = ("step", "neighbors", "temperature", "home", "echo", "tempo")

Array = npt.NDArray[Any]


def pack(preset: Preset) -> dict[str, Any]:
    """The page's data for one preset: a JSON object whose `bytes` is the base64 of all arrays."""
    stored = packing.pack({name: getattr(preset, name) for name in ARRAYS})
    place, phrases = spread(preset.map), Phrases(preset)
    arrays: dict[str, Array] = {
        "mapX": _unit16(place[:, 0]),
        "mapY": _unit16(place[:, 1]),
        "bar": np.array([preset.bar(i) for i in range(len(preset))], np.int16),
        "follows": (preset.successor >= 0).astype(np.uint8),
        "chord": preset_chords(preset).astype(np.uint32),
        "ends": phrases.ends.astype(np.uint8),
        "noteCount": np.minimum(np.diff(preset.note_start.astype(np.int64)), 65535).astype(np.uint16),
        **{name: stored[called].ravel() for name, called in STORED.items()},
    }
    ranges = {
        name: {"low": stored[f"{name}_low"].tolist(), "high": stored[f"{name}_high"].tolist()}
        for name in packing.BY_COLUMN
    }
    body, table = _join_arrays(arrays)
    header = _about(preset) | _rules() | {"departureRate": phrases.departure_rate, "ranges": ranges}
    return header | {"arrays": table, "bytes": body}


def _about(preset: Preset) -> dict[str, Any]:
    """What the preset is, in words and sizes, and its sliders."""
    meta = preset.meta
    rows = [controls.control(name) for name in _SLIDERS]
    return {
        "title": preset.title,
        "source": meta["source"],
        "licence": meta["licence"],
        "metre": list(preset.metre),
        "pieceMetre": meta.get("piece_metre", []),
        "hop": preset.hop,
        "stepsPerBar": max(1, preset.metre.bar_ticks // preset.hop),
        "pieces": meta["pieces"],
        "pieceLabel": meta.get("piece_label", []),
        "labels": meta.get("labels", []),
        "voices": meta.get("voices", []),
        "programs": meta["programs"],
        "drums": meta.get("drums", []),
        "width": int(preset.candidates.shape[1]),
        "dimensions": int(preset.embedding.shape[1]),
        "quantiles": QUANTILES,
        "loopSteps": int(meta["controls"].get("loop_steps", PartControls().loop_steps)),
        "segments": len(preset),
        "controls": [
            {"name": r.name, "low": r.low, "high": r.high, "fine": r.fine, "unit": r.unit, "help": r.help}
            | {"value": float(meta["controls"].get(r.name, r.default))}
            for r in rows
        ],
    }


def _rules() -> dict[str, Any]:
    """The constants and curves of a step; walk.js holds its formulas."""
    steps, standard = np.linspace(0, 1, CURVE).tolist(), PartControls()
    return {
        "stay": STAY,
        "opening": laws.OPENING,
        "haste": laws.HASTE,
        "cap": [min(laws.verbatim_cap(step), 1e9) for step in steps],
        "defaultStep": standard.step,
        "defaultNeighbors": standard.neighbors,
        "defaultHome": standard.home,
        "homeRate": HOME_RATE,
        "taboo": TABOO,
        "near": NEAR,
        "destinations": DESTINATIONS,
        "farCap": FAR,
        "offBeat": OFF_BEAT,
        "besides": BESIDES,
        "joinStep": JOIN_UNIT,
        "longest": LONGEST,
        "progression": {"bit": PROGRESSION, "prior": PRIOR, "smooth": SMOOTH},
        "seam": {"plain": PLAIN_JOIN, "join": seams.JOIN, "metre": seams.METRE, "tie": seams.TIE},
    }


def _unit16(values: Array) -> Array:
    """-1..1 as 0..65535."""
    return np.round((np.clip(values, -1, 1) + 1) * 32767.5).astype(np.uint16)


def _join_arrays(arrays: dict[str, Array]) -> tuple[str, list[list[Any]]]:
    """All arrays, byte plane by byte plane (deflate finds more in them), and [name, type, length] of each."""
    planes, table = [], []
    for name, array in arrays.items():
        flat = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        planes.append(flat.view(np.uint8).reshape(-1, flat.itemsize).T.tobytes())
        table.append([name, f"{array.dtype.kind}{array.dtype.itemsize}", len(array)])
    return base64.b64encode(zlib.compress(b"".join(planes))).decode(), table
