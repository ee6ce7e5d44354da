"""The map's ground: where the music of a preset lies, as density in braille, its regions in colour.

What flows in: a preset's 2-D layout, spread out so that it fills its room. What flows out: rows of cells, and answers
to what lies where. The ground is drawn once for a preset, a view and a size, then reused.
"""

from collections.abc import Iterator

import numpy as np

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
        size = frame.height, frame.width
        shares = np.stack([braille.count(x[of], y[of], *size) for of in (self.region == i for i in range(hues))])
        counts = shares.sum(axis=0)
        patterns = braille.codes(braille.halftone(counts))
        per_cell = braille.blocks(counts).sum(axis=2)
        hue = np.stack([braille.blocks(share).sum(axis=2) for share in shares]).argmax(axis=0) % HUES
        steps = np.quantile(per_cell[per_cell > 0], np.arange(1, LEVELS) / LEVELS) if per_cell.any() else []
        level = np.searchsorted(steps, per_cell, side="right")
        blank = cell(" ", "stage")
        return [
            [cell(chr(braille.FIRST + p), f"region{h}-{n}") if p else blank for p, h, n in zip(*row, strict=True)]
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
