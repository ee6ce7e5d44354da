"""A grid of styled characters that panels draw on, and that is handed to prompt_toolkit whole.

What flows in: text at a place, rows of ready cells. What flows out: prompt_toolkit's screen buffer, and zones that
say which panel a mouse event belongs to. Nothing here knows what the text means. Coordinates are cells, x to the
right and y down, from 0. Cells are cached and shared: a frame of 10,000 cells makes no new objects for them.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from prompt_toolkit.layout.mouse_handlers import MouseHandlers
from prompt_toolkit.layout.screen import Char, Screen
from prompt_toolkit.mouse_events import MouseEvent
from prompt_toolkit.utils import get_cwidth

Row = list[Char]
Gesture = Callable[[MouseEvent, int, int], object]  # the event, and its place within the zone
NONE: Char = Char("", "")  # what stands behind the right half of a wide character


@cache
def cell(char: str, style: str) -> Char:
    """The shared cell of `char` in the palette's class `style`."""
    return Char(char, f"class:{style}")


def printable(text: str) -> str:
    """`text` with everything that would move the cursor or hang on another character taken out."""
    return "".join(c if c.isprintable() else "·" for c in text if not c.isprintable() or get_cwidth(c) > 0)


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


class Canvas:
    """A frame being drawn; what falls outside is cut off."""

    def __init__(self, width: int, height: int) -> None:
        blank = cell(" ", "stage")
        self.width, self.height = width, height
        self.rows: list[Row] = [[blank] * width for _ in range(height)]
        self.zones: list[tuple[Rect, Gesture]] = []

    def put(self, x: int, y: int, text: str, style: str = "stage") -> int:
        """Write `text` from (x, y) on; returns the column after it."""
        if not 0 <= y < self.height:
            return x
        row = self.rows[y]
        for char in printable(text):
            width = get_cwidth(char)
            if x >= 0 and x + width <= self.width:
                row[x] = cell(char, style)
                row[x + 1 : x + width] = [NONE] * (width - 1)
            x += width
        return x

    def put_right(self, right: int, y: int, text: str, style: str = "stage") -> int:
        """Write `text` so that it ends before column `right`; returns the column it begins at."""
        start = right - get_cwidth(printable(text))
        self.put(start, y, text, style)
        return start

    def paste(self, x: int, y: int, rows: Sequence[Row]) -> None:
        """Lay ready rows over the frame, their top left at (x, y), which lies inside."""
        for target, source in zip(self.rows[y:], rows, strict=False):
            target[x : x + len(source)] = source[: self.width - x]

    def fill(self, rect: Rect, style: str) -> None:
        """Blank a rectangle."""
        self.paste(rect.x, rect.y, [[cell(" ", style)] * rect.width] * rect.height)

    def zone(self, rect: Rect, gesture: Gesture) -> None:
        """Mouse events in `rect` go to `gesture`; later zones lie over earlier ones."""
        self.zones.append((rect, gesture))

    def write(self, screen: Screen) -> None:
        """Hand the frame to prompt_toolkit."""
        blank = cell(" ", "stage")
        for y, row in enumerate(self.rows):
            screen.data_buffer[y] = defaultdict(lambda: blank, enumerate(row))
        screen.width, screen.height = self.width, self.height

    def listen(self, handlers: MouseHandlers) -> None:
        """Let the zones hear the mouse: one handler for all cells, for setting each costs a millisecond a frame."""

        def handle(event: MouseEvent) -> object:
            x, y = event.position.x, event.position.y
            for rect, gesture in reversed(self.zones):
                if rect.holds(x, y):
                    return gesture(event, x - rect.x, y - rect.y)
            return NotImplemented

        row: defaultdict[int, Callable[[MouseEvent], object]] = defaultdict(lambda: handle)
        for y in range(self.height):
            handlers.mouse_handlers[y] = row
