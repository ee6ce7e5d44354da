"""What lies over the screen for a moment: every key, the set list, the question before leaving.

What flows in: the key table, ScreenState. What flows out: text on the canvas. Any other key or a click closes them.
"""

from collections.abc import Sequence

from prompt_toolkit.mouse_events import MouseEvent, MouseEventType

from instrument.ui.canvas import Canvas, Rect, clip
from instrument.ui.keys import KeyRow
from instrument.ui.state import ScreenState

TWO_COLUMNS = 130  # of the screen, from which the keys stand in two
LABEL = 13


def draw(canvas: Canvas, state: ScreenState, rows: Sequence[KeyRow]) -> None:
    """The overlay that is open, if one is."""
    if state.overlay == "help":
        _help(canvas, state, help_lines(rows))
    elif state.overlay == "sets":
        _sets(canvas, state)
    elif state.overlay == "quit":
        _question(canvas)
    else:
        return

    def close(event: MouseEvent, x: int, y: int) -> None:
        if event.event_type in (MouseEventType.SCROLL_UP, MouseEventType.SCROLL_DOWN):
            state.scroll = max(0, state.scroll + (-1 if event.event_type is MouseEventType.SCROLL_UP else 1))
        elif event.event_type is MouseEventType.MOUSE_UP:
            state.overlay = ""

    canvas.zone(Rect(0, 0, canvas.width, canvas.height), close)


def _box(canvas: Canvas, width: int, height: int) -> Rect:
    width, height = min(width, canvas.width - 2), min(height, canvas.height)
    rect = Rect((canvas.width - width) // 2, (canvas.height - height) // 2, width, height)
    canvas.fill(rect, "overlay")
    return rect


def help_lines(rows: Sequence[KeyRow]) -> list[tuple[str, str]]:
    """Label and text of every line; a heading has no label."""
    lines: list[tuple[str, str]] = []
    for group in dict.fromkeys(row.group for row in rows):
        lines += [("", group)] + [(row.label, row.help) for row in rows if row.group == group]
    return lines


def _help(canvas: Canvas, state: ScreenState, lines: list[tuple[str, str]]) -> None:
    columns = 2 if canvas.width >= TWO_COLUMNS else 1
    per_column = -(-len(lines) // columns)
    rect = _box(canvas, 100 * columns, per_column + 4)
    room = rect.height - 4
    state.scroll = max(0, min(state.scroll, per_column - room))
    canvas.put(rect.x + 2, rect.y, "EVERY KEY", "overlay-title")
    more = " · ↑ ↓ for more" if per_column > room else ""
    canvas.put_right(rect.x + rect.width - 2, rect.y, f"any key closes this{more}", "overlay-dim")
    width = rect.width // columns
    for column in range(columns):
        first = column * per_column + state.scroll
        left = rect.x + column * width
        for y, (label, text) in enumerate(lines[first : min(first + room, (column + 1) * per_column)], rect.y + 2):
            if label:
                canvas.put_right(left + LABEL, y, label, "overlay-key")
                canvas.put(left + LABEL + 2, y, clip(text, width - LABEL - 4), "overlay")
            else:
                canvas.put(left + 2, y, text.upper(), "overlay-title")


def _sets(canvas: Canvas, state: ScreenState) -> None:
    entries = state.status.set_list if state.status else None
    if entries is None or not entries.entries:
        rect = _box(canvas, 64, 5)
        canvas.put(rect.x + 3, rect.y + 1, "There is no set list.", "overlay-title")
        canvas.put(rect.x + 3, rect.y + 3, "Start with --set FILE, or press w to save this as one.", "overlay-dim")
        return
    notes = [line for line in entries.notes.splitlines() if line]
    rect = _box(canvas, 76, len(entries.entries) + len(notes) + 5)
    canvas.put(rect.x + 2, rect.y, clip(entries.title or "SET LIST", rect.width - 4), "overlay-title")
    for y, line in enumerate(notes, rect.y + 2):
        canvas.put(rect.x + 3, y, clip(line, rect.width - 6), "overlay")
    room = rect.height - len(notes) - 4
    state.scroll = max(0, min(state.scroll, len(entries.entries) - room))
    for row, name in enumerate(entries.entries[state.scroll : state.scroll + room]):
        number, y = state.scroll + row, rect.y + 3 + len(notes) + row
        now = number == entries.current
        text = f"{'▶' if now else ' '} {number + 1:2}  {clip(name, rect.width - 30)}"
        canvas.put(rect.x + 2, y, text, "overlay-key" if now else "overlay")
        if number == entries.current + 1:
            canvas.put_right(rect.x + rect.width - 2, y, clip(entries.next, 20), "overlay-dim")


def _question(canvas: Canvas) -> None:
    rect = _box(canvas, 46, 5)
    canvas.put(rect.x + 3, rect.y + 1, "It is playing. Leave and stop the music?", "overlay-title")
    canvas.put(rect.x + 3, rect.y + 3, "y", "overlay-key")
    canvas.put(rect.x + 5, rect.y + 3, "leaves, any other key stays", "overlay-dim")
