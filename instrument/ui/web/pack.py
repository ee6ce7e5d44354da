"""Pack (the page's data): a preset as one compact text that a browser can walk on.

What flows in: a preset. What flows out: a header (plain data) and the arrays, deflated and in base64. Segments keep
their row numbers. What is lost is said here and nowhere else: distances are kept to 1/64 of the local scale, contexts
to 1/127 of their largest value on as many axes as hold CONTEXT_KEPT of their variance.

Shapes: N segments, K candidates.
"""

import base64
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

from instrument import controls
from instrument.energy import FAR, HOME_RATE, JOIN_UNIT, PLAIN_JOIN
from instrument.live.pulls import OFF_BEAT
from instrument.live.walk import NEAR, TABOO, stay_energy, verbatim_cap
from instrument.preset import Preset
from instrument.ui.spread import spread

FAR_STEP = 1 / 64
CONTEXT_KEPT = 0.98  # of the contexts' variance
CURVE = 101  # points at which the curves over `step` are sampled
_SLIDERS = ("step", "neighbors", "temperature", "home", "tempo")

Array = npt.NDArray[Any]


def pack(preset: Preset) -> dict[str, Any]:
    """The page's data for one preset: a JSON object whose `bytes` is the base64 of all arrays."""
    context, scale = _context(preset)
    place = spread(preset.map)
    arrays: dict[str, Array] = {
        "mapX": _unit16(place[:, 0]),
        "mapY": _unit16(place[:, 1]),
        "piece": preset.piece.astype(np.uint32),
        "bar": _bars(preset),
        "place": preset.metre_position.astype(np.uint8),
        "content": preset.content_class.astype(np.uint32),
        "candidates": preset.candidates.astype(np.uint16 if len(preset) <= 65536 else np.uint32).ravel(),
        "far": _far(preset),
        "follows": (preset.successor >= 0).astype(np.uint8),
        "join": preset.join.ravel(),
        "context": context.ravel(),
        "noteCount": np.minimum(np.diff(preset.note_start.astype(np.int64)), 65535).astype(np.uint16),
        "onset": preset.note_onset,
        "duration": preset.note_duration,
        "pitch": preset.note_pitch,
        "velocity": preset.note_velocity,
        "voice": preset.note_voice,
    }
    body, table = _join_arrays(arrays)
    return {**_header(preset, scale, context.shape[1]), "arrays": table, "bytes": body}


def _header(preset: Preset, context_scale: float, columns: int) -> dict[str, Any]:
    meta = preset.meta
    rows = [controls.control(name) for name in _SLIDERS]
    steps = np.linspace(0, 1, CURVE).tolist()
    return {
        "title": preset.title,
        "source": meta["source"],
        "licence": meta["licence"],
        "metre": list(preset.metre),
        "hop": preset.hop,
        "stepsPerBar": max(1, preset.metre.bar_ticks // preset.hop),
        "offBeat": OFF_BEAT,
        "pieces": meta["pieces"],
        "pieceLabel": meta.get("piece_label", []),
        "labels": meta.get("labels", []),
        "voices": meta.get("voices", []),
        "programs": meta["programs"],
        "drums": meta.get("drums", []),
        "width": int(preset.candidates.shape[1]),
        "segments": len(preset),
        "controls": [
            {"name": r.name, "low": r.low, "high": r.high, "fine": r.fine, "unit": r.unit, "help": r.help}
            | {"value": float(meta["controls"].get(r.name, r.default))}
            for r in rows
        ],
        "stay": [stay_energy(step) for step in steps],
        "cap": [min(verbatim_cap(step), 1e9) for step in steps],
        "homeRate": HOME_RATE,
        "taboo": TABOO,
        "defaultStep": controls.PartControls().step,
        "joinStep": JOIN_UNIT,
        "farStep": FAR_STEP,
        "farCap": FAR,
        "near": NEAR,
        "plainJoin": PLAIN_JOIN,
        "contextScale": context_scale,
        "contextColumns": columns,
    }


def _unit16(values: Array) -> Array:
    """-1..1 as 0..65535."""
    return np.round((np.clip(values, -1, 1) + 1) * 32767.5).astype(np.uint16)


def _bars(preset: Preset) -> Array:
    return np.array([preset.bar(i) for i in range(len(preset))], np.int16)


def _far(preset: Preset) -> Array:
    """Distances over the local scale, in FAR_STEPs, each row as differences from one column to the next (N * K,)."""
    steps = np.round(preset.distance.astype(np.float64) / preset.scale[:, None] / FAR_STEP)
    rising = np.maximum.accumulate(np.minimum(steps, 1e6), 1)
    return np.minimum(np.diff(rising, axis=1, prepend=0), 255).astype(np.uint8).ravel()


def _context(preset: Preset) -> tuple[Array, float]:
    """Contexts on their first principal axes, as int8 (N, columns), and the value of one step."""
    centred = preset.context.astype(np.float64) - preset.context.mean(0)
    values, axes = np.linalg.eigh(centred.T @ centred)
    kept = np.cumsum(values[::-1]) / max(values.sum(), 1e-12)
    columns = int(np.searchsorted(kept, CONTEXT_KEPT)) + 1
    projected = centred @ axes[:, ::-1][:, :columns]
    scale = float(np.abs(projected).max()) / 127 or 1.0
    return np.round(projected / scale).astype(np.int8), scale


def _join_arrays(arrays: dict[str, Array]) -> tuple[str, list[list[Any]]]:
    """All arrays, byte plane by byte plane (deflate finds more in them), and [name, type, length] of each."""
    planes, table = [], []
    for name, array in arrays.items():
        flat = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        planes.append(flat.view(np.uint8).reshape(-1, flat.itemsize).T.tobytes())
        table.append([name, f"{array.dtype.kind}{array.dtype.itemsize}", len(array)])
    return base64.b64encode(zlib.compress(b"".join(planes))).decode(), table
