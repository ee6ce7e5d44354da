"""What lies over the screen for a moment: every key, and the question before leaving.

What flows in: the key table, ScreenState. What flows out: text on the canvas. Any other key closes them.
"""

from collections.abc import Sequence

from instrument.ui.canvas import Canvas, Rect, clip
from instrument.ui.keys import GROUPS, KeyRow
from instrument.ui.state import ScreenState


def _box(canvas: Canvas, width: int, height: int) -> Rect:
    width, height = min(width, canvas.width), min(height, canvas.height)
    rect = Rect((canvas.width - width) // 2, (canvas.height - height) // 2, width, height)
    canvas.fill(rect, "overlay")
    return rect


def help_lines(rows: Sequence[KeyRow]) -> list[tuple[str, str]]:
    """Label and text of every line; a heading has no label."""
    lines: list[tuple[str, str]] = []
    for group in GROUPS:
        lines += [("", group)] + [(row.label, row.help) for row in rows if row.group == group]
    return lines


def draw_help(canvas: Canvas, state: ScreenState, rows: Sequence[KeyRow]) -> None:
    """Every key under its heading; scrolls where there are more than fit."""
    lines = help_lines(rows)
    rect = _box(canvas, 96, len(lines) + 4)
    room = rect.height - 4
    state.help_scroll = max(0, min(state.help_scroll, len(lines) - room))
    more = "   ↑ ↓ for more" if len(lines) > room else ""
    canvas.put(rect.x + 2, rect.y, "Every key", "overlay-title")
    canvas.put(rect.x + 2, rect.y + rect.height - 1, f"any key closes this{more}", "overlay-dim")
    for y, (label, text) in enumerate(lines[state.help_scroll : state.help_scroll + room]):
        if label:
            canvas.put_right(rect.x + 14, rect.y + 2 + y, label, "overlay-key")
            canvas.put(rect.x + 16, rect.y + 2 + y, clip(text, rect.width - 18), "overlay")
        else:
            canvas.put(rect.x + 2, rect.y + 2 + y, text.upper(), "overlay-title")


def draw_question(canvas: Canvas) -> None:
    """Ask before a performance is ended."""
    rect = _box(canvas, 44, 5)
    canvas.put(rect.x + 3, rect.y + 1, "It is playing. Leave and stop the music?", "overlay-title")
    canvas.put(rect.x + 3, rect.y + 3, "y", "overlay-key")
    canvas.put(rect.x + 5, rect.y + 3, "leaves, any other key stays", "overlay-dim")
