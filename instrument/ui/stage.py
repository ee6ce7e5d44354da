"""The one container of the screen: takes finished frames to prompt_toolkit, and the mouse to the panels.

What flows in: canvases. What flows out: prompt_toolkit's screen, of which only changed columns are compared again.
Measured at 200x50, a playing walk: thousands of styled fragments in Windows 12 ms a repaint, whole rows of cached
cells 9 ms, with rows that know how far they changed 5 ms; and when all is painted anew, cell by cell 30 ms, in runs
of one style 9 ms (scripts/bench_repaint).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import groupby
from operator import attrgetter
from typing import Any

from prompt_toolkit.application import get_app
from prompt_toolkit.layout import FormattedTextControl, Window
from prompt_toolkit.layout.containers import Container
from prompt_toolkit.layout.dimension import Dimension
from prompt_toolkit.layout.mouse_handlers import MouseHandlers
from prompt_toolkit.layout.screen import Char, Screen, WritePosition
from prompt_toolkit.mouse_events import MouseButton, MouseEvent, MouseEventType

from instrument.ui.canvas import Canvas, Gesture, Rect, Row, cell


class ScreenRow(defaultdict[int, Char]):
    """A row as prompt_toolkit wants it, which tells its renderer to compare no column after `reach`.

    The renderer asks a row's `items()` for one thing only: the last column that is not blank. It then compares up
    to that column and erases behind it what reached farther before; so a row and its predecessor get one `reach`.
    """

    def __init__(self, row: Row, cells: Iterable[tuple[int, Char]] | None = None) -> None:
        blank = cell(" ", "stage")
        super().__init__(lambda: blank, enumerate(row) if cells is None else cells)
        self.reach = len(row) - 1

    def items(self) -> Any:
        """The last column to compare, and a cell that is not blank."""
        return {self.reach: _SOMETHING}.items()


_SOMETHING = Char("x")


_char, _style = attrgetter("char"), attrgetter("style")


def in_runs(row: Row) -> ScreenRow:
    """A row for a screen on which nothing stands yet: neighbours of one style are one cell, written at once.

    One with wide characters goes cell by cell.
    """
    runs, x = [], 0
    for style, cells in groupby(row, _style):
        if not style:  # the right half of a wide character
            return ScreenRow(row)
        run = Char.__new__(Char)  # its __init__ would look the width up, and remember the text
        run.char, run.style = "".join(map(_char, cells)), style
        run.width = len(run.char)
        runs.append((x, run))
        x += run.width
    return ScreenRow(row, runs)


class Stage(Container):
    """Draws by `draw(canvas)`; `covered()` says whether prompt_toolkit draws something of its own over it."""

    def __init__(self, draw: Callable[[Canvas], None], covered: Callable[[], bool]) -> None:
        self.draw, self.covered = draw, covered
        self.hands = Window(FormattedTextControl(focusable=True))  # has the focus; never drawn
        self.zones: list[tuple[Rect, Gesture]] = []
        self._held: tuple[Rect, Gesture] | None = None  # the zone that a mouse button went down in
        self._frame: tuple[Screen, list[Row], list[ScreenRow]] | None = None
        self._in_runs = False  # the frame

    def reset(self) -> None:
        """Nothing is kept between runs."""

    def preferred_width(self, max_available_width: int) -> Dimension:
        """All there is."""
        return Dimension(preferred=max_available_width)

    def preferred_height(self, width: int, max_available_height: int) -> Dimension:
        """All there is."""
        return Dimension(preferred=max_available_height)

    def get_children(self) -> list[Container]:
        """The window that holds the focus."""
        return [self.hands]

    def write_to_screen(
        self,
        screen: Screen,
        mouse_handlers: MouseHandlers,
        write_position: WritePosition,
        parent_style: str,
        erase_bg: bool,
        z_index: int | None,
    ) -> None:
        """Draw a frame."""
        canvas = Canvas(write_position.width, write_position.height)
        self.draw(canvas)
        self._in_runs = get_app().renderer.last_rendered_screen is None and not self.covered()
        rows = [in_runs(row) for row in canvas.rows] if self._in_runs else self._rows(canvas)
        screen.data_buffer.update(enumerate(rows))
        screen.width, screen.height = canvas.width, canvas.height
        self._frame = None if self.covered() else (screen, canvas.rows, rows)
        self.zones = canvas.zones
        row: defaultdict[int, Callable[[MouseEvent], Any]] = defaultdict(lambda: self._mouse)
        for y in range(canvas.height):  # one handler for all columns: setting each cell's own costs a millisecond
            mouse_handlers.mouse_handlers[y] = row

    def settle(self) -> None:
        """A frame was sent: what was sent in runs is kept in cells, to which the next is compared."""
        if self._frame and self._in_runs:
            screen, cells, _ = self._frame
            rows = [ScreenRow(row) for row in cells]
            screen.data_buffer.update(enumerate(rows))
            self._frame, self._in_runs = (screen, cells, rows), False

    def _rows(self, canvas: Canvas) -> list[ScreenRow]:
        """Rows for the renderer: an unchanged one is the last frame's, and reaches nowhere."""
        last = self._frame
        if last is None or self.covered() or get_app().renderer.last_rendered_screen is not last[0]:
            return [ScreenRow(row) for row in canvas.rows]
        rows = []
        for new, old, old_row in zip(canvas.rows, last[1], last[2], strict=True):
            if new == old:
                row = old_row
                row.reach = 0
            else:
                row = ScreenRow(new)
                row.reach = old_row.reach = next(x for x in reversed(range(len(new))) if new[x] is not old[x])
            rows.append(row)
        return rows

    def _mouse(self, event: MouseEvent) -> object:
        """Give an event to the zone under it; while a button is held, to the zone where it went down."""
        if event.event_type is MouseEventType.MOUSE_MOVE and event.button is MouseButton.NONE:
            return NotImplemented  # nothing to repaint
        x, y = event.position.x, event.position.y
        found = self._held or next((zone for zone in reversed(self.zones) if zone[0].holds(x, y)), None)
        if event.event_type is MouseEventType.MOUSE_DOWN:
            self._held = found
        elif event.event_type is MouseEventType.MOUSE_UP:
            self._held = None
        if found is None:
            return NotImplemented
        rect, gesture = found
        gesture(event, x - rect.x, y - rect.y)
        return None
