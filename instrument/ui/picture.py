"""Picture (ui room): the map of a preset as PNG or SVG, with the walk's first steps on it, for paper and README.

What flows in: presets and a width in pixels. What flows out: the picture's bytes; the same presets give the same
picture. Points are one image within the SVG, so that it stays small; names, axes and the trail are drawn as lines.
"""

import colorsys
import io
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from instrument.controls import PartControls
from instrument.errors import UserError
from instrument.live.draw import Draw
from instrument.live.walk import Walk
from instrument.preset import Preset
from instrument.ui.spread import spread

TRAIL = 24
OUTER = 0.4  # per cent of the points on each side that may lie outside the frame
TONES = ("C", "D♭", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")
MARK, DPI = "#c2371f", 100

Array = npt.NDArray[Any]


class PictureError(UserError):
    """No picture can be drawn; the message says what to install."""


def draw(presets: Sequence[Preset], size: int, kind: str) -> bytes:
    """A picture of `presets` side by side, each `size` pixels wide; `kind` is png or svg. Raises PictureError."""
    try:
        import matplotlib as mpl  # noqa: PLC0415 - an extra, and slow to import
        from matplotlib.figure import Figure  # noqa: PLC0415
    except ImportError:
        raise PictureError(
            "pictures need matplotlib: pip install 'eigenwalk[plot]' (an .html map needs nothing)"
        ) from None
    inches = size / DPI
    out = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "eigenwalk", "svg.fonttype": "none", "font.size": 4 + inches}):
        figure = Figure(figsize=(inches * len(presets), inches), dpi=DPI, layout="constrained", facecolor="white")
        for axes, preset in zip(figure.subplots(1, len(presets), squeeze=False)[0], presets, strict=True):
            _map(axes, preset, inches)
        figure.savefig(out, format=kind, metadata={"Date": None} if kind == "svg" else {"Software": None})
    return out.getvalue()


def _map(axes: Any, preset: Preset, inches: float) -> None:
    classes, names = _classes(preset)
    dot = min(12.0, 700 * inches / len(preset) ** 0.75)  # points squared: smaller where there are more
    place = spread(preset.map)
    for number, name in enumerate(names):
        x, y = place[classes == number].T
        axes.scatter(
            x, y, s=dot, color=_hue(number, len(names)), linewidths=0, alpha=0.8, rasterized=True, label=name
        )
    trail = _trail(preset)
    for number, ((before, stayed), (after, _)) in enumerate(pairwise(trail)):
        style = {"linestyle": "-" if stayed else (0, (3, 2)), "alpha": 0.15 + 0.85 * number / len(trail)}
        axes.plot(*place[[before, after]].T, color=MARK, linewidth=0.12 * inches, **style)
    axes.plot(*place[trail[-1][0]], "o", color=MARK, markersize=0.8 * inches, markeredgecolor="white")
    (left, low), (right, high) = np.percentile(place, (OUTER, 100 - OUTER), axis=0)
    room = 0.06 * max(right - left, high - low)
    axes.set(xlim=(left - room, right + room), ylim=(low - room, high + room), xticks=[], yticks=[], aspect="equal")
    axes.set_title(f"{preset.title}: {len(preset):,} segments of {len(preset.meta['pieces'])} pieces", loc="left")
    axes.legend(
        loc="upper center",
        bbox_to_anchor=(0.5, 0),
        ncols=12,
        frameon=False,
        fontsize="small",
        markerscale=3,
        handletextpad=0,
        columnspacing=0.8,
    )
    axes.spines[:].set_color("#dddddd")


def _classes(preset: Preset) -> tuple[Array, Sequence[str]]:
    """Number of each segment's colour (N,), and the colours' names: its region, or its lowest tone by fifths."""
    labels = preset.meta.get("labels", [])
    if len(labels) > 1:
        return np.array(preset.meta["piece_label"])[preset.piece], labels
    lowest = np.array([min((note.pitch for note in preset.notes(i)), default=60) for i in range(len(preset))])
    return lowest * 7 % 12, [TONES[n * 7 % 12] for n in range(12)]


def _hue(number: int, count: int) -> tuple[float, float, float]:
    return colorsys.hls_to_rgb((0.02 + number / count) % 1, 0.56, 0.62)


def _trail(preset: Preset) -> list[tuple[int, bool]]:
    """Where a walk's first TRAIL segments lie, and whether the piece goes on from each."""
    walk, controls = Walk(preset), PartControls()
    state = walk.start(Draw(1))
    trail = []
    for n in range(1, TRAIL):
        after, choice = walk.step(state, controls, Draw(1, 0, n))
        trail.append((state.segment, choice.stayed))
        state = after
    return [*trail, (state.segment, True)]
