"""The controls: value, unit, range bar, who holds it, whether a hand moved it; the wheel and clicks change them.

What flows in: ScreenState and controls.TABLE. What flows out: text, mouse zones. The controls that have keys of their
own stand on top and never scroll away; the others stand under their headings, the selected one always in sight.
"""

from prompt_toolkit.mouse_events import MouseEvent, MouseEventType, MouseModifier

from instrument.controls import GLOBAL, TABLE, Control
from instrument.ui.canvas import Canvas, Gesture, Rect, clip
from instrument.ui.state import ScreenState
from instrument.ui.widgets import bar, rule

NARROW, WIDE = (15, 9, 6), (17, 11, 10)  # columns of name, value, and what holds it
ROOMY = 44  # columns of a control from which they are wide
Line = Control | str

AT_HAND = tuple(row for row in TABLE.values() if row.keys)


def _headed(rows: list[Control], part: str) -> list[Line]:
    """Rows with a heading before each group; global controls are told apart from the part's."""
    lines: list[Line] = []
    heading = ""
    for row in rows:
        title = f"all · {row.group}" if row.name in GLOBAL else f"{part}{row.group}"
        if title != heading:
            lines.append(heading := title)
        lines.append(row)
    return lines


def order() -> list[str]:
    """Names in the order in which they stand."""
    rest = [row for row in TABLE.values() if not row.keys]
    return [row.name for row in (*AT_HAND, *sorted(rest, key=lambda row: row.name in GLOBAL))]


def draw(canvas: Canvas, rect: Rect, more: Rect, state: ScreenState) -> None:
    """Every control that there is room for, in `rect` and then in `more` (of no height where there is none)."""
    part = f"part {state.part + 1} · " if state.status and len(state.status.parts) > 1 else ""
    rule(canvas, rect.line(0), "at hand")
    top = 1 + len(AT_HAND)
    for y, row in enumerate(AT_HAND, 1):
        _control(canvas, rect.line(y), state, row)
    places = [rect.line(y) for y in range(top, rect.height)] + [more.line(y) for y in range(more.height)]
    lines = _headed([TABLE[name] for name in order()[len(AT_HAND) :]], part)
    chosen = next((i for i, line in enumerate(lines) if isinstance(line, Control) and line.name == state.selected), 0)
    first = max(0, min(chosen - len(places) // 2, len(lines) - len(places)))
    for place, line in zip(places, lines[first:], strict=False):
        if isinstance(line, str):
            rule(canvas, place, line)
        else:
            _control(canvas, place, state, line)
    below = len(lines) - first - len(places)
    if below > 0 and places:
        canvas.put_right(places[-1].x + places[-1].width - 1, places[-1].y, f" ↓{below} ", "dim")


def _control(canvas: Canvas, rect: Rect, state: ScreenState, row: Control) -> None:
    chosen = row.name == state.selected
    moved = state.was_moved(row)
    plain, strong, dim = ("chosen",) * 3 if chosen else ("stage", "moved" if moved else "value", "dim")
    if chosen:
        canvas.fill(rect, "chosen")
    name, value, tail = NARROW if rect.width < ROOMY else WIDE
    canvas.put(rect.x, rect.y, f"{'•' if moved else ' '}{clip(row.name, name - 1)}", plain)
    canvas.put_right(rect.x + name + value, rect.y, clip(row.show(state.value(row)), value), strong)
    canvas.put_right(rect.x + rect.width - 1, rect.y, holder(state, row, tail), dim)
    left = name + value + 1
    width = rect.width - left - tail - 2
    styles = ("full-chosen", "empty-chosen") if chosen else ("full", "empty")
    bar(canvas, rect.x + left, rect.y, width, row.fraction(state.value(row)), styles)
    canvas.zone(rect, _gesture(state, row, left, width))


def holder(state: ScreenState, row: Control, room: int) -> str:
    """What moves the control: its keys and the knob that holds it; where only one fits, a knob that was learnt."""
    held = state.status.controllers.held.get(row.name, "") if state.status else ""
    keys = " ".join(row.keys or ())
    both = f"{keys} {held}".strip()
    if len(both) <= room:
        return both
    return clip(keys if keys and held == f"CC {row.cc}" else held, room)


def _gesture(state: ScreenState, row: Control, left: int, width: int) -> Gesture:
    """The wheel nudges (with Ctrl or Shift a lot), a click selects, a click or drag on the bar sets."""

    def gesture(event: MouseEvent, x: int, y: int) -> None:
        kind = event.event_type
        state.select(row.name)
        if kind in (MouseEventType.SCROLL_UP, MouseEventType.SCROLL_DOWN):
            coarse = bool({MouseModifier.CONTROL, MouseModifier.SHIFT} & event.modifiers)
            state.nudge(row, 1 if kind is MouseEventType.SCROLL_UP else -1, coarse)
        elif kind is not MouseEventType.MOUSE_UP and left <= x < left + width:
            state.put(row, row.at((x - left) / (width - 1)))

    return gesture
