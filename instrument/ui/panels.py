"""The panels: transport, controls, candidates, what sounds, health. Each draws one rectangle from plain state.

What flows in: ScreenState and a rectangle. What flows out: text on the canvas, and mouse zones. Nothing here keeps
anything between two frames.
"""

from prompt_toolkit.mouse_events import MouseButton, MouseEvent, MouseEventType

from instrument.controls import GLOBAL, PART, Control
from instrument.messages import PartStatus
from instrument.ui.canvas import Canvas, Rect, clip
from instrument.ui.palette import PARTS
from instrument.ui.state import ScreenState

VALUE_WIDTH = 9


def rule(canvas: Canvas, rect: Rect, title: str, style: str = "title") -> None:
    """A line over a panel with its name in it."""
    canvas.put(rect.x, rect.y, "─" * rect.width, "faint")
    if title:
        canvas.put(rect.x + 1, rect.y, f" {clip(title, rect.width - 4)} ", style)


def bar(canvas: Canvas, x: int, y: int, width: int, fraction: float, styles: tuple[str, str]) -> None:
    """A range bar: `fraction` (0..1) of it full, to half a cell."""
    whole, half = divmod(round(min(1.0, max(0.0, fraction)) * width * 2), 2)
    canvas.put(x, y, "━" * width, styles[1])
    canvas.put(x, y, "━" * whole, styles[0])
    if half:
        canvas.put(x + whole, y, "╸", styles[0])


def transport(canvas: Canvas, rect: Rect, state: ScreenState) -> None:
    """Rolling or not, bar and beat, tempo, the beats of the bar; what is loaded, at the right."""
    status = state.status
    if status is None:
        canvas.put(rect.x + 1, rect.y, "eigenwalk  waiting for the engine", "dim")
        return
    badge = " ▶ PLAYING " if state.playing else " ■ STOPPED "
    x = canvas.put(rect.x, rect.y, badge, "rolling" if state.playing else "standing")
    bar_number, beat, _ = status.position
    x = canvas.put(x + 2, rect.y, f"{bar_number}|{beat}", "strong")
    x = max(x, rect.x + 19)
    for n in range(status.metre[0]):
        lit = state.playing and n + 1 == beat
        x = canvas.put(x + 1, rect.y, "●" if lit else "○", "strong" if lit else "dim")
    x = canvas.put(x + 2, rect.y, f"{status.metre[0]}/{status.metre[1]}", "dim")
    x = canvas.put(x + 2, rect.y, f"{state.value(GLOBAL['tempo']):.1f}", "strong")
    x = canvas.put(x + 1, rect.y, "BPM", "dim")
    title = state.current.title if state.current else ""
    room = rect.x + rect.width - x - 3
    if room > 6:
        canvas.put_right(rect.x + rect.width - 1, rect.y, clip(title, room), "title")


def controls(canvas: Canvas, rect: Rect, state: ScreenState) -> None:
    """Global controls, then those of the selected part; the selected one is always in sight."""
    lines: list[Control | str] = ["global", *GLOBAL.values(), _part_title(state), *PART.values()]
    chosen = next(i for i, line in enumerate(lines) if isinstance(line, Control) and line.name == state.selected)
    first = max(0, min(chosen - rect.height // 2, len(lines) - rect.height))
    for y, line in enumerate(lines[first : first + rect.height]):
        row = Rect(rect.x, rect.y + y, rect.width, 1)
        if isinstance(line, str):
            rule(canvas, row, line)
        else:
            _control(canvas, row, state, line)


def _part_title(state: ScreenState) -> str:
    count = len(state.status.parts) if state.status else 0
    return f"part {state.part + 1} of {count}" if count > 1 else "walk"


def _control(canvas: Canvas, rect: Rect, state: ScreenState, row: Control) -> None:
    chosen = row.name == state.selected
    tail = "-chosen" if chosen else ""
    if chosen:
        canvas.fill(rect, "chosen")
    value = state.value(row)
    styles = ("chosen", "chosen") if chosen else ("stage", "moved" if state.was_moved(row) else "value")
    mark = "•" if state.was_moved(row) else " "
    canvas.put(rect.x, rect.y, f"{mark}{clip(row.name, 11)}", styles[0])
    keys = f"{row.keys[0]} {row.keys[1]}" if row.keys else ""
    if keys:
        canvas.put_right(rect.x + rect.width, rect.y, keys, "chosen" if chosen else "dim")
    canvas.put_right(rect.x + 13 + VALUE_WIDTH, rect.y, clip(row.show(value), VALUE_WIDTH), styles[1])
    left = rect.x + 14 + VALUE_WIDTH
    width = rect.x + rect.width - 4 - left
    if width >= 3:
        bar(canvas, left, rect.y, width, row.fraction(value), (f"full{tail}", f"empty{tail}"))

    def gesture(event: MouseEvent, x: int, y: int) -> None:
        if event.event_type is MouseEventType.SCROLL_UP:
            state.nudge(row, 1)
        elif event.event_type is MouseEventType.SCROLL_DOWN:
            state.nudge(row, -1)
        elif event.button is MouseButton.LEFT and event.event_type is not MouseEventType.MOUSE_UP:
            state.selected = row.name
            if x >= left - rect.x and width > 1:
                state.put(row, row.at(min(1.0, (x - (left - rect.x)) / (width - 1))))

    canvas.zone(rect, gesture)


def candidates(canvas: Canvas, rect: Rect, state: ScreenState, part: PartStatus) -> None:
    """The likeliest alternatives of the last step: probability, piece and bar."""
    picture = state.map_of(part)
    best = sorted(part.candidates, key=lambda choice: -choice[1])[: rect.height]
    for y, (segment, share) in enumerate(best):
        x = canvas.put(rect.x + 1, rect.y + y, f"{share:4.0%} ", "value")
        bar(canvas, x, rect.y + y, 4, share, ("full", "empty"))
        name = picture.name(segment) if picture else ""
        here = segment == part.segment
        canvas.put(x + 5, rect.y + y, clip(name, rect.x + rect.width - x - 5), "strong" if here else "dim")


def now(canvas: Canvas, rect: Rect, state: ScreenState) -> None:
    """The piece and bar that each part quotes now."""
    if state.status is None:
        return
    for y, (number, part) in enumerate(list(enumerate(state.status.parts))[: rect.height]):
        x = canvas.put(rect.x, rect.y + y, f" {number + 1} ", f"place{number % PARTS}")
        text = f"{part.piece}, bar {part.bar}"
        x = canvas.put(x + 1, rect.y + y, clip(text, rect.width - 24), "strong")
        beats = f"{part.verbatim} beat{'s' if part.verbatim != 1 else ''} of it"
        canvas.put(x + 2, rect.y + y, clip(beats, rect.x + rect.width - x - 2), "dim")


def roll(canvas: Canvas, rect: Rect, state: ScreenState) -> None:
    """The last bars of the selected part as a piano roll, two pitches a row, newest at the right."""
    memory, status = state.rolls.get(state.part), state.status
    if memory is None or status is None:
        return
    beat_ticks = 1920 // status.metre[1]
    step = 120 if rect.width < 140 else 60
    last = status.tick // step
    spans = memory.since((last - rect.width) * step)
    bar_ticks = status.metre[0] * beat_ticks
    for x in range(rect.width):
        if ((last - rect.width + 1 + x) * step) % bar_ticks == 0:
            for y in range(rect.height):
                canvas.put(rect.x + x, rect.y + y, "│", "faint")
    if not spans:
        return
    low, high = min(span.pitch for span in spans), max(span.pitch for span in spans)
    halves = rect.height * 2
    per_half = max(1.0, (high - low + 1) / halves)
    grid: dict[tuple[int, int], int] = {}
    for span in spans:
        half = halves - 1 - min(halves - 1, int((span.pitch - low) / per_half))
        first = max(0, span.start // step - last + rect.width - 1)
        final = max(first, min(rect.width - 1, (span.end - 1) // step - last + rect.width - 1))
        for x in range(first, final + 1):
            grid[x, half] = span.channel
    for (x, half), channel in grid.items():
        other = grid.get((x, half ^ 1))
        mark = "█" if other is not None else "▀" if half % 2 == 0 else "▄"
        canvas.put(rect.x + x, rect.y + half // 2, mark, f"voice{channel % 8}")


def footer(canvas: Canvas, rect: Rect, state: ScreenState) -> None:
    """Two rows: what is wrong, or the keys that matter; then ports and the clock's health."""
    if not state.alive:
        text = " The engine has stopped: nothing plays any more. Press q to leave, then start it again. "
        canvas.put(rect.x, rect.y, clip(text, rect.width), "sign-wrong")
    elif state.notices:
        text, kind, _ = state.notices[-1]
        canvas.put(rect.x, rect.y, clip(f" {text} ", rect.width), f"sign-{kind}")
    else:
        x = rect.x + 1
        for key, what in (("space", "play"), ("!", "panic"), ("?", "all keys"), (":", "command"), ("q", "leave")):
            x = canvas.put(x, rect.y, key, "key")
            x = canvas.put(x + 1, rect.y, what, "dim") + 2
    if state.status is None:
        return
    health = state.status.health
    x = canvas.put(rect.x + 1, rect.y + 1, "out ", "dim")
    x = canvas.put(x, rect.y + 1, clip(health.output or "none", rect.width // 3), "stage")
    if health.input:
        x = canvas.put(x + 2, rect.y + 1, "in ", "dim")
        x = canvas.put(x, rect.y + 1, clip(health.input, rect.width // 4), "stage")
    late = f"late p99 {health.late_p99_us / 1000:.2f} ms  max {health.late_max_us / 1000:.1f}"
    lost = f"  dropped {health.dropped}" if health.dropped else ""
    text = f"{late}{lost}{'  rt' if health.realtime else ''}  sent {health.sent}"
    style = "warning" if health.dropped or health.late_p99_us > 5000 else "dim"
    canvas.put_right(rect.x + rect.width - 1, rect.y + 1, clip(text, rect.x + rect.width - x - 3), style)
