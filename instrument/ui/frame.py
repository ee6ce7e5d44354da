"""The whole frame: where each panel stands at a size of terminal, and the order in which they are drawn.

What flows in: ScreenState, the key table. What flows out: one finished canvas. From 80x24 up; smaller says so.
Beyond 110 columns the side has a second column beside the controls.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from instrument.ui import footer, hands, knobs, lists, marks, overlay, sound, transport
from instrument.ui.canvas import Canvas, Rect
from instrument.ui.keys import KeyRow
from instrument.ui.state import ScreenState
from instrument.ui.view import Frame
from instrument.ui.widgets import BIG_ROWS, rule

LEAST_WIDTH, LEAST_HEIGHT = 80, 24
TALL = 30  # rows from which the transport is large
MANY_ROWS = 20  # from which there is room for more than the candidates
WIDE = 150  # columns from which lists stand in a column of their own


@dataclass(frozen=True, slots=True)
class Plan:
    """Where each panel stands; lists of no height are not shown."""

    transport: Rect
    map: Rect
    knobs: Rect
    lists: Rect
    sound: Rect
    set_line: Rect
    footer: Rect


def plan(width: int, height: int, has_set: bool) -> Plan:
    """The plan for a terminal of `width` x `height` cells."""
    head = BIG_ROWS if height >= TALL else 1
    roll = min(18, max(5, height // 5 + 1))
    set_rows = 1 if has_set and width < WIDE else 0
    top, bottom = head + 1, height - 2 - set_rows - roll - 1
    body = bottom - top
    side = 38 if width < 100 else 46 if width < WIDE else 48
    listed = 46 if width >= WIDE else 0
    left = width - side - 1 - (listed + 1 if listed else 0)
    few = 0 if listed else max(4, min(8, body // 3))
    knob_rect = Rect(left + 1, top, side, body - few)
    return Plan(
        transport=Rect(0, 0, width, head),
        map=Rect(0, top, left, body),
        knobs=knob_rect,
        lists=Rect(left + side + 2, top, listed, body) if listed else Rect(left + 1, top + body - few, side, few),
        sound=Rect(0, bottom + 1, width, roll),
        set_line=Rect(0, height - 2 - set_rows, width, set_rows),
        footer=Rect(0, height - 2, width, 2),
    )


def draw(canvas: Canvas, state: ScreenState, rows: Sequence[KeyRow]) -> None:
    """One frame of the whole screen; a row is missing while the prompt is open."""
    if canvas.width < LEAST_WIDTH or canvas.height < LEAST_HEIGHT - 1:
        _too_small(canvas)
        return
    has_set = state.status is not None and bool(state.status.set_list.entries)
    places = plan(canvas.width, canvas.height, has_set)
    transport.draw(canvas, places.transport, state)
    rule(canvas, Rect(0, places.transport.height, canvas.width, 1))
    rule(canvas, Rect(0, places.sound.y - 1, canvas.width, 1))
    for x in (places.map.width, places.lists.x - 1):
        for row in range(places.map.y, places.map.y + places.map.height):
            canvas.put(x, row, "│", "faint")
    _map(canvas, places.map, state)
    rest = _lists(canvas, places.lists, state, has_set and not places.set_line.height)
    knobs.draw(canvas, places.knobs, rest, state)
    sound.draw(canvas, places.sound, state)
    if places.set_line.height:
        lists.set_list_line(canvas, places.set_line, state)
    footer.draw(canvas, places.footer, state)
    overlay.draw(canvas, state, rows)


def _map(canvas: Canvas, rect: Rect, state: ScreenState) -> None:
    current = state.current
    picture = state.map_of(current) if current else None
    if picture is None or current is None or state.status is None:
        canvas.put(rect.x + 2, rect.y + 1, "no map yet", "dim")
        return
    parts = [(n, part) for n, part in enumerate(state.status.parts) if part.preset == current.preset]
    marks.draw(canvas, rect, picture, state.view, parts)
    if state.view.zoom > 1:
        canvas.put(rect.x + 1, rect.y, f" {state.view.zoom:.1f}x  0 shows all ", "dim")
    canvas.zone(rect, hands.on_map(state, picture, Frame(state.view, rect.width, rect.height)))


def _lists(canvas: Canvas, rect: Rect, state: ScreenState, has_set: bool) -> Rect:
    """The lists that there is room for; returns what is left for controls."""
    if rect.height < MANY_ROWS:
        lists.candidates(canvas, rect, state)
        return rect.below(rect.height)
    choices = min(12, rect.height // 4)
    lists.candidates(canvas, Rect(rect.x, rect.y, rect.width, choices), state)
    voices = min(10, len(state.current.voices) + 1 if state.current else 0)
    lists.voices(canvas, rect.below(choices, voices), state)
    entries = min(10, len(state.status.set_list.entries) + 1) if has_set and state.status else 0
    if entries:
        lists.set_list(canvas, rect.below(choices + voices, entries), state)
    return rect.below(choices + voices + entries)


def _too_small(canvas: Canvas) -> None:
    lines = ("too small", f"{canvas.width}x{canvas.height}", f"needs {LEAST_WIDTH}x{LEAST_HEIGHT}", "music plays on")
    for y, text in enumerate(lines):
        canvas.put(max(0, (canvas.width - len(text)) // 2), max(0, canvas.height // 2 - 2) + y, text, "strong")
