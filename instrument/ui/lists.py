"""Lists beside the map: where the walk may go next, the voices, the set list.

What flows in: ScreenState. What flows out: text. Each draws as many rows as its rectangle has.
"""

from instrument.messages import SetListStatus
from instrument.ui.canvas import Canvas, Rect, clip
from instrument.ui.state import ScreenState
from instrument.ui.widgets import bar, rule

LEAST = 0.005  # the least probability that is listed


def candidates(canvas: Canvas, rect: Rect, state: ScreenState) -> None:
    """The likeliest alternatives of the last step: probability, piece and bar; the one taken stands out."""
    rule(canvas, rect.line(0), "where it may go")
    part = state.current
    if part is None:
        return
    picture = state.map_of(part)
    likely = (choice for choice in part.candidates if choice[1] >= LEAST or choice[0] == part.segment)
    best = sorted(likely, key=lambda choice: -choice[1])[: rect.height - 1]
    for y, (segment, share) in enumerate(best, rect.y + 1):
        taken = segment == part.segment
        x = canvas.put(rect.x + 1, y, f"{share:4.0%} ", "value")
        bar(canvas, x, y, 6, share, ("full", "empty"))
        name = picture.name(segment) if picture else ""
        canvas.put(x + 7, y, clip(name, rect.x + rect.width - x - 8), "strong" if taken else "dim")


def voices(canvas: Canvas, rect: Rect, state: ScreenState) -> None:
    """The voices of the selected part: number, name, channel, program, and whether they are silent."""
    rule(canvas, rect.line(0), "voices")
    for y, voice in enumerate(state.current.voices[: rect.height - 1] if state.current else (), 1):
        silent = voice.mute or (state.soloing and not voice.solo)
        mark = "S" if voice.solo else "M" if voice.mute else " "
        canvas.put(rect.x + 1, rect.y + y, f"{y:2}", "dim")
        canvas.put(rect.x + 4, rect.y + y, mark, "moved")
        canvas.put(rect.x + 6, rect.y + y, clip(voice.name, rect.width - 22), "dim" if silent else "stage")
        octave = f"{voice.octave:+d} " if voice.octave else ""
        text = f"{octave}ch {voice.channel:2}  prog {voice.program:3}"
        canvas.put_right(rect.x + rect.width - 1, rect.y + y, text, "dim")


def set_list(canvas: Canvas, rect: Rect, state: ScreenState) -> None:
    """The entries around the one that plays, and how the next one stands."""
    entries = state.status.set_list if state.status else SetListStatus()
    rule(canvas, rect.line(0), f"set list · {entries.title}" if entries.title else "set list")
    room = rect.height - 1
    first = max(0, min(entries.current - room // 2, len(entries.entries) - room))
    for y, name in enumerate(entries.entries[first : first + room]):
        number = first + y
        style = "strong" if number == entries.current else "stage" if number == entries.current + 1 else "dim"
        canvas.put(rect.x + 1, rect.y + 1 + y, f"{'▶' if number == entries.current else ' '} {number + 1:2}", style)
        ready = entries.next if number == entries.current + 1 else ""
        canvas.put(rect.x + 6, rect.y + 1 + y, clip(name, rect.width - 9 - len(ready)), style)
        good = "well" if ready == "loaded" else "warning"
        canvas.put_right(rect.x + rect.width - 1, rect.y + 1 + y, clip(ready, rect.width // 2), good)


def set_list_line(canvas: Canvas, rect: Rect, state: ScreenState) -> None:
    """The same in one row, for small terminals."""
    if state.status is None:
        return
    entries = state.status.set_list
    if not entries.entries:
        return
    x = canvas.put(rect.x + 1, rect.y, f"set {entries.current + 1}/{len(entries.entries)}", "title") + 1
    now = entries.entries[entries.current] if 0 <= entries.current < len(entries.entries) else "before the first"
    x = canvas.put(x, rect.y, clip(now, rect.width // 3), "strong") + 2
    if entries.current + 1 < len(entries.entries):
        then = f"next {entries.entries[entries.current + 1]}"
        x = canvas.put(x, rect.y, clip(then, rect.width // 3), "stage") + 1
        canvas.put(
            x, rect.y, clip(entries.next, rect.x + rect.width - x), "well" if entries.next == "loaded" else "warning"
        )
