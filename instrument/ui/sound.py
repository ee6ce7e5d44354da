"""What sounds: for each part the piece and bar that it quotes, the notes, and a piano roll of the last bars.

What flows in: ScreenState. What flows out: text. Two pitches share a cell: the upper half and the lower half.
"""

from instrument.messages import PartStatus, Status
from instrument.tempo import Metre
from instrument.ui.canvas import Canvas, Rect, cell, clip
from instrument.ui.palette import HUES, PARTS
from instrument.ui.roll import Roll, Span
from instrument.ui.state import ScreenState
from instrument.ui.widgets import note_name

COLUMN_TICKS = 120  # a sixteenth; half of it where there is room


def draw(canvas: Canvas, rect: Rect, state: ScreenState) -> None:
    """Each part in its share of the width: a line of words over a roll."""
    if state.status is None or not state.status.parts:
        return
    share = rect.width // len(state.status.parts)
    for n, part in enumerate(state.status.parts):
        room = Rect(rect.x + n * share, rect.y, share - (n + 1 < len(state.status.parts)), rect.height)
        _words(canvas, room.line(0), n, part)
        memory = state.rolls.get(part.part)
        if memory:
            _roll(canvas, Rect(room.x, room.y + 1, room.width, room.height - 1), memory, state.status)


def _words(canvas: Canvas, rect: Rect, number: int, part: PartStatus) -> None:
    right = rect.x + rect.width
    x = canvas.put(rect.x, rect.y, f" {number + 1} ", f"place{number % PARTS}") + 1
    x = canvas.put(x, rect.y, clip(f"{part.piece}, bar {part.bar}", right - x), "strong") + 2
    beats = f"beat {part.verbatim + 1} of it" if part.verbatim else "new here"
    x = canvas.put(x, rect.y, clip(beats, max(0, right - x)), "dim") + 2
    if part.heard:
        x = canvas.put(x, rect.y, clip(f"♪ {part.heard}", max(0, right - x)), "heard") + 1
        x = canvas.put(x, rect.y, clip(f"pulls {part.pull:.0%}", max(0, right - x)), "dim") + 2
    names = " ".join(note_name(pitch) for pitch in sorted({pitch for _, pitch in part.sounding}, reverse=True))
    if len(names) <= right - x:
        canvas.put_right(right - 1, rect.y, names, "value")


def _roll(canvas: Canvas, rect: Rect, memory: Roll, status: Status) -> None:
    step = COLUMN_TICKS if rect.width < 100 else COLUMN_TICKS // 2
    first = status.tick // step - rect.width + 1  # the column at the left, counted from the start of the music
    spans = memory.since(first * step)
    bar_ticks, bar_line = Metre(*status.metre).bar_ticks, cell("│", "faint")
    rows = canvas.rows[rect.y : rect.y + rect.height]
    for bar in range(-(-first * step // bar_ticks), (first + rect.width) * step // bar_ticks + 1):
        if (x := bar * bar_ticks // step - first) < rect.width:
            for row in rows:
                row[rect.x + x] = bar_line
    grid = _grid(spans, first, step, rect)
    for (x, half), voice in grid.items():
        other = grid.get((x, half ^ 1))
        if other is None:
            mark, style = "▄" if half % 2 else "▀", f"voice{voice}"
        elif half % 2:
            continue  # its upper half draws both
        else:
            mark, style = ("█", f"voice{voice}") if other == voice else ("▀", f"voice{voice}-{other}")
        rows[half // 2][rect.x + x] = cell(mark, style)


def _grid(spans: list[Span], first: int, step: int, rect: Rect) -> dict[tuple[int, int], int]:
    """Voice colour of every half cell (column, half row) that a note covers; low notes lie over high ones."""
    if not spans:
        return {}
    low, high = min(span.pitch for span in spans), max(span.pitch for span in spans)
    halves = rect.height * 2
    per_half = max(1.0, (high - low + 1) / halves)
    grid: dict[tuple[int, int], int] = {}
    for span in spans:
        half = halves - 1 - int((span.pitch - low) / per_half)
        start, end = span.start // step - first, max(span.start, span.end - 1) // step - first
        for x in range(max(0, start), min(rect.width - 1, end) + 1):
            grid[x, half] = span.channel % HUES
    return grid
