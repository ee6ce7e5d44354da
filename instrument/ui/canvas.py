"""A grid of styled characters that panels draw on, and that is handed to prompt_toolkit whole.

What flows in: text at a place, rows of ready cells. What flows out: prompt_toolkit's screen buffer, and zones that
say which panel a mouse event belongs to. Nothing here knows what the text means. Coordinates are cells, x to the
right and y down, from 0. Cells are cached and shared: a frame of 10,000 cells makes no new objects for them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from sys import intern

from prompt_toolkit.layout.screen import Char
from prompt_toolkit.mouse_events import MouseEvent
from prompt_toolkit.utils import get_cwidth

Row = list[Char]
Gesture = Callable[[MouseEvent, int, int], None]  # the event, and its place within the zone
NONE: Char = Char("", "")  # what stands behind the right half of a wide character


@cache
def cell(char: str, style: str) -> Char:
    """The shared cell of `char` in the palette's class `style`."""
    return Char(char, intern(f"class:{style}"))


@lru_cache(8192)
def cells(text: str, style: str) -> Sequence[Char]:
    """`text` as shared cells; a wide character takes two."""
    run: list[Char] = []
    for char in printable(text):
        run += [cell(char, style)] + [NONE] * (get_cwidth(char) - 1)
    return tuple(run)


def printable(text: str) -> str:
    """`text` with everything that would move the cursor or hang on another character taken out."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c.isprintable() else "·" for c in text if not c.isprintable() or get_cwidth(c) > 0)


@lru_cache(4096)
def clip(text: str, width: int) -> str:
    """`text` in at most `width` cells, with an ellipsis where it was cut."""
    text = printable(text)
    if get_cwidth(text) <= width:
        return text
    while text and get_cwidth(text) >= width:
        text = text[:-1]
    return text + "…" if width > 0 else ""


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle of cells."""

    x: int
    y: int
    width: int
    height: int

    def holds(self, x: int, y: int) -> bool:
        """Whether the cell (x, y) lies inside."""
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height

    def line(self, y: int) -> "Rect":
        """Its row `y`, from 0."""
        return Rect(self.x, self.y + y, self.width, 1)

    def below(self, y: int, height: int | None = None) -> "Rect":
        """Its rows from `y` on: all, or so many as there are of `height`."""
        left = max(0, self.height - y)
        return Rect(self.x, self.y + y, self.width, left if height is None else min(height, left))


class Canvas:
    """A frame being drawn; what falls outside is cut off."""

    def __init__(self, width: int, height: int) -> None:
        blank = cell(" ", "stage")
        self.width, self.height = width, height
        self.rows: list[Row] = [[blank] * width for _ in range(height)]
        self.zones: list[tuple[Rect, Gesture]] = []

    def put(self, x: int, y: int, text: str, style: str = "stage") -> int:
        """Write `text` from (x, y) on; returns the column after it."""
        run = cells(text, style)
        end = x + len(run)
        if 0 <= y < self.height and x < self.width and end > 0:
            run, x = run[max(0, -x) : self.width - x], max(0, x)
            if run and run[-1].width > 1:  # its right half would fall off the screen
                run = (*run[:-1], cell("…", style))
            self.rows[y][x : x + len(run)] = run
        return end

    def put_right(self, right: int, y: int, text: str, style: str = "stage") -> int:
        """Write `text` so that it ends before column `right`; returns the column it begins at."""
        start = right - len(cells(text, style))
        self.put(start, y, text, style)
        return start

    def paste(self, x: int, y: int, rows: Sequence[Sequence[Char]]) -> None:
        """Lay ready rows over the frame, their top left at (x, y), which lies inside."""
        for target, source in zip(self.rows[y:], rows, strict=False):
            target[x : x + len(source)] = source[: self.width - x]

    def fill(self, rect: Rect, style: str) -> None:
        """Blank a rectangle."""
        self.paste(rect.x, rect.y, [[cell(" ", style)] * rect.width] * rect.height)

    def zone(self, rect: Rect, gesture: Gesture) -> None:
        """Mouse events in `rect` go to `gesture`; later zones lie over earlier ones."""
        self.zones.append((rect, gesture))
