"""The map: where the music of a preset lies, and where the walks are on it.

What flows in: a preset's 2-D layout (both axes -1..1, y up), walkers' segments. What flows out: rows of cells. The
ground (density in braille, regions in colour) is drawn once for a preset, a view and a size, then reused; trails,
candidates and places are laid over a copy of it. Nothing here sends anything: the screen asks it what lies where.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from instrument.messages import PartStatus
from instrument.preset import Preset
from instrument.ui import braille
from instrument.ui.canvas import Canvas, Rect, Row, cell, clip
from instrument.ui.palette import FADES, HUES, LEVELS, PARTS

MARGIN = 1.04  # how much of the plane is seen at zoom 1: the layout's edge is not the window's
TRAIL = 16  # steps of a walk that are shown
NEAR_DOTS = 12  # a step longer than this is a leap, drawn dotted
_WEIGHTS = "·∘○●"


@dataclass(frozen=True, slots=True)
class View:
    """The part of the plane that is looked at: its centre, and a zoom of 1 (all of it) and up."""

    x: float = 0.0
    y: float = 0.0
    zoom: float = 1.0

    def zoomed(self, factor: float, x: float, y: float) -> "View":
        """Nearer by `factor`, with the point (x, y) staying where it is on the screen."""
        zoom = min(64.0, max(1.0, self.zoom * factor))
        keep = self.zoom / zoom
        return View(x + (self.x - x) * keep, y + (self.y - y) * keep, zoom).held()

    def panned(self, right: float, up: float) -> "View":
        """Moved by shares of the window."""
        return replace(self, x=self.x + 2 * right / self.zoom, y=self.y + 2 * up / self.zoom).held()

    def held(self) -> "View":
        """Moved back so far that no more than the margin beyond the plane is seen."""
        reach = 1 - 1 / self.zoom
        return replace(self, x=float(np.clip(self.x, -reach, reach)), y=float(np.clip(self.y, -reach, reach)))


@dataclass(frozen=True, slots=True)
class Frame:
    """A view through a window of `width` x `height` cells; converts plane to dots (2 x 4 a cell) and back."""

    view: View
    width: int
    height: int

    def dots(self, points: braille.Numbers) -> tuple[braille.Numbers, braille.Numbers]:
        """Dot columns and rows of points, shape (n, 2)."""
        scale = self.view.zoom / (2 * MARGIN)
        x = ((points[:, 0] - self.view.x) * scale + 0.5) * 2 * self.width
        y = (0.5 - (points[:, 1] - self.view.y) * scale) * 4 * self.height
        return x, y

    def point(self, column: float, row: float) -> tuple[float, float]:
        """The point of the plane in the middle of a cell."""
        scale = 2 * MARGIN / self.view.zoom
        x = self.view.x + ((column + 0.5) / self.width - 0.5) * scale
        return x, self.view.y - ((row + 0.5) / self.height - 0.5) * scale


class Map:
    """The picture of one preset."""

    def __init__(self, preset: Preset) -> None:
        self.preset = preset
        self.points = np.asarray(preset.map, np.float64)
        self.labels: list[str] = [str(name) for name in preset.meta.get("labels", [])]
        regions = np.asarray(preset.meta.get("piece_label", []), np.int64)
        known = len(regions) == len(preset.meta["pieces"])
        self.region = regions[preset.piece] if known else np.zeros(len(preset), np.int64)
        self._ground: tuple[Frame, list[Row]] | None = None

    def name(self, segment: int) -> str:
        """Piece and bar that a segment comes from."""
        if not 0 <= segment < len(self.points):
            return ""
        return f"{self.preset.piece_name(segment)}, bar {self.preset.bar(segment)}"

    def nearest(self, x: float, y: float) -> int:
        """The segment that lies nearest to a point of the plane."""
        return int(((self.points - (x, y)) ** 2).sum(axis=1).argmin())

    def ground(self, frame: Frame) -> list[Row]:
        """Density and regions as rows of cells; cached until the view or the window changes."""
        if self._ground is None or self._ground[0] != frame:
            self._ground = frame, self._draw_ground(frame)
        return self._ground[1]

    def _draw_ground(self, frame: Frame) -> list[Row]:
        x, y = frame.dots(self.points)
        hues = int(self.region.max(initial=0)) + 1
        size = frame.height, frame.width
        shares = np.stack([braille.count(x[of], y[of], *size) for of in (self.region == i for i in range(hues))])
        counts = shares.sum(axis=0)
        patterns = braille.codes(braille.halftone(counts))
        per_cell = braille.blocks(counts).sum(axis=2)
        hue = np.stack([braille.blocks(share).sum(axis=2) for share in shares]).argmax(axis=0) % HUES
        top = np.log1p(max(1.0, float(np.quantile(per_cell[per_cell > 0], 0.95)))) if per_cell.any() else 1.0
        level = np.clip(np.log1p(per_cell) / top * LEVELS, 0, LEVELS - 1).astype(int)
        blank = cell(" ", "stage")
        return [
            [cell(chr(0x2800 + p), f"region{h}-{n}") if p else blank for p, h, n in zip(*row, strict=True)]
            for row in zip(patterns.tolist(), hue.tolist(), level.tolist(), strict=True)
        ]

    def label_places(self, frame: Frame) -> Iterator[tuple[int, str, int, int]]:
        """Region, its name, and the column and row of its middle; none when the map has only one."""
        if len(self.labels) < 2:
            return
        for region, name in enumerate(self.labels):
            mine = self.points[self.region == region]
            if len(mine):
                x, y = frame.dots(np.median(mine, axis=0, keepdims=True))
                yield region, name, int(x[0] // 2), int(y[0] // 4)


def draw(canvas: Canvas, rect: Rect, picture: Map, view: View, parts: Sequence[tuple[int, PartStatus]]) -> None:
    """The ground, names of regions, and each walk (its number from 0, its status) over them."""
    frame = Frame(view, rect.width, rect.height)
    canvas.paste(rect.x, rect.y, picture.ground(frame))
    for number, part in parts:
        _draw_trail(canvas, rect, frame, picture, number % PARTS, part.trail[-TRAIL:])
    for region, name, column, row in picture.label_places(frame):
        text = f" {clip(name, max(4, rect.width // 4))} "
        left = max(0, min(rect.width - len(text), column - len(text) // 2))
        if 0 <= row < rect.height and 0 <= column < rect.width:
            canvas.put(rect.x + left, rect.y + row, text, f"name{region % HUES}")
    for number, part in parts:
        _draw_candidates(canvas, rect, frame, picture, number % PARTS, part)
    taken: set[tuple[int, int]] = set()
    for number, part in parts:
        _draw_place(canvas, rect, frame, picture, number, part.segment, taken)


def _draw_trail(canvas: Canvas, rect: Rect, frame: Frame, picture: Map, number: int, trail: Sequence[int]) -> None:
    known = [segment for segment in trail if 0 <= segment < len(picture.points)]
    x, y = frame.dots(picture.points[known])
    pattern: dict[tuple[int, int], tuple[int, int]] = {}  # cell: age, braille pattern
    for age, i in enumerate(range(len(known) - 1, 0, -1)):
        leap = max(abs(x[i] - x[i - 1]), abs(y[i] - y[i - 1])) > NEAR_DOTS
        xs, ys = braille.line(x[i - 1], y[i - 1], x[i], y[i], 3 if leap else 1)
        fade = min(FADES - 1, age * FADES // TRAIL)
        for column, row in zip(xs.astype(int).tolist(), ys.astype(int).tolist(), strict=True):
            if 0 <= column < 2 * rect.width and 0 <= row < 4 * rect.height:
                place = column // 2, row // 4
                bit = _DOT[row % 4][column % 2]
                newest, bits = pattern.get(place, (fade, 0))
                pattern[place] = newest, bits | bit
    for (column, row), (fade, bits) in pattern.items():
        canvas.rows[rect.y + row][rect.x + column] = cell(chr(0x2800 + bits), f"trail{number}-{fade}")


_DOT = ((1, 8), (2, 16), (4, 32), (64, 128))


def _cells(frame: Frame, picture: Map, segments: Sequence[int]) -> list[tuple[int, int] | None]:
    """Column and row of each segment; None where it is out of sight."""
    known = [s if 0 <= s < len(picture.points) else 0 for s in segments]
    x, y = frame.dots(picture.points[known])
    places = zip((x // 2).astype(int).tolist(), (y // 4).astype(int).tolist(), strict=True)
    return [(c, r) if 0 <= c < frame.width and 0 <= r < frame.height else None for c, r in places]


def _draw_candidates(canvas: Canvas, rect: Rect, frame: Frame, picture: Map, number: int, part: PartStatus) -> None:
    choices = sorted(part.candidates, key=lambda choice: choice[1])
    for (_, weight), place in zip(choices, _cells(frame, picture, [c[0] for c in choices]), strict=True):
        if place is not None:
            mark = _WEIGHTS[min(3, int(weight * 10))]
            canvas.put(rect.x + place[0], rect.y + place[1], mark, f"candidate{number}")


def _draw_place(
    canvas: Canvas, rect: Rect, frame: Frame, picture: Map, number: int, segment: int, taken: set[tuple[int, int]]
) -> None:
    """The part's number on its place; beside it where another part's number stands already."""
    place = _cells(frame, picture, [segment])[0]
    if place is None:
        return
    column, row = min(max(1, place[0]), rect.width - 2), place[1]
    while any(row == r and abs(column - c) < 3 for c, r in taken):
        column = column + 3 if column + 4 < rect.width else 1
    taken.add((column, row))
    canvas.put(rect.x + column - 1, rect.y + row, f" {number + 1} ", f"place{number % PARTS}")
