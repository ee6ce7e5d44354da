"""The map's ground: where the music of a preset lies, as density in braille, its regions in colour.

What flows in: a preset's 2-D layout, spread out so that it fills its room. What flows out: rows of cells, and answers
to what lies where. The ground is drawn once for a preset, a view and a size, then reused.
"""

from collections.abc import Iterator
from functools import cache

import numpy as np
from prompt_toolkit.layout.screen import Char

from instrument.preset import Preset
from instrument.ui import braille
from instrument.ui.canvas import Row, cell
from instrument.ui.palette import HUES, LEVELS
from instrument.ui.spread import spread
from instrument.ui.view import Frame


class Map:
    """The picture of one preset."""

    def __init__(self, preset: Preset) -> None:
        self.preset = preset
        self.points = spread(preset.map)
        self._axes = [(np.sort(preset.map[:, i].astype(float)), np.sort(self.points[:, i])) for i in (0, 1)]
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

    def shown_at(self, x: float, y: float) -> braille.Numbers:
        """Where a point of the preset's own layout is shown: shape (1, 2)."""
        return np.array([[np.interp(at, *axis) for at, axis in zip((x, y), self._axes, strict=True)]])

    def lies_at(self, x: float, y: float) -> tuple[float, float]:
        """The point of the preset's own layout that is shown at a point of the map."""
        (left, top) = (float(np.interp(at, *reversed(axis))) for at, axis in zip((x, y), self._axes, strict=True))
        return round(left, 3), round(top, 3)

    def ground(self, frame: Frame) -> list[Row]:
        """Density and regions as rows of cells; cached until the view or the window changes."""
        if self._ground is None or self._ground[0] != frame:
            self._ground = frame, self._draw_ground(frame)
        return self._ground[1]

    def _draw_ground(self, frame: Frame) -> list[Row]:
        x, y = frame.dots(self.points)
        hues = int(self.region.max(initial=0)) + 1
        shares = braille.count(x, y, self.region, hues, frame.height, frame.width)
        counts = shares.sum(axis=0)
        patterns = braille.codes(braille.halftone(counts))
        per_cell = braille.blocks(counts).sum(axis=2)
        hue = np.stack([braille.blocks(share).sum(axis=2) for share in shares]).argmax(axis=0) % HUES
        steps = np.quantile(per_cell[per_cell > 0], np.arange(1, LEVELS) / LEVELS) if per_cell.any() else []
        level = np.searchsorted(steps, per_cell, side="right")
        looks = (hue * LEVELS + level) * 256 + patterns
        return [_row(row) for row in looks.tolist()]

    def label_places(self, frame: Frame) -> Iterator[tuple[int, str, int, int]]:
        """Region, its name, and the column and row of its middle; none when the map has only one."""
        if len(self.labels) < 2:
            return
        for region, name in enumerate(self.labels):
            mine = self.points[self.region == region]
            if len(mine):
                x, y = frame.dots(np.median(mine, axis=0, keepdims=True))
                yield region, name, int(x[0] // 2), int(y[0] // 4)


def _row(looks: list[int]) -> Row:
    """Cells of one row of the ground; an empty one has its neighbour's style, so that fewer changes are sent."""
    row, style = [], 0
    for look in looks:
        if look & 255:
            style = look >> 8
            row.append(_dotted(look))
        else:
            row.append(_dotted(style << 8))
    return row


@cache
def _dotted(look: int) -> Char:
    """The cell of a hue, a level and a pattern of dots, as one number."""
    style, pattern = divmod(look, 256)
    hue, level = divmod(style, LEVELS)
    return cell(chr(braille.FIRST + pattern) if pattern else " ", f"region{hue}-{level}")
