"""The window on the map: what part of the plane is seen, and where its points fall on the screen.

What flows in: points of a layout (both axes -1..1, y up). What flows out: dots (2 x 4 a cell, y down) and back.
Nothing here draws.
"""

from dataclasses import dataclass, replace

import numpy as np

from instrument.ui.braille import Numbers

MARGIN = 1.04  # how much of the plane is seen at zoom 1: the layout's edge is not the window's
NEAREST = 64.0  # the largest zoom


@dataclass(frozen=True, slots=True)
class View:
    """The part of the plane that is looked at: its centre, and a zoom of 1 (all of it) and up."""

    x: float = 0.0
    y: float = 0.0
    zoom: float = 1.0

    def zoomed(self, factor: float, x: float, y: float) -> "View":
        """Nearer by `factor`, with the point (x, y) staying where it is on the screen."""
        zoom = min(NEAREST, max(1.0, self.zoom * factor))
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

    def dots(self, points: Numbers) -> tuple[Numbers, Numbers]:
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
