"""The head of the screen: rolling or not, where in the music, how fast, and what is under way.

What flows in: ScreenState. What flows out: text, in one row, or in three with digits to be read from afar.
"""

from collections.abc import Iterator

from instrument.controls import GLOBAL
from instrument.messages import PartStatus, Status
from instrument.ui.canvas import Canvas, Rect, clip
from instrument.ui.state import ScreenState
from instrument.ui.widgets import BIG_ROWS, big, chips


def draw(canvas: Canvas, rect: Rect, state: ScreenState) -> None:
    """The transport in the rectangle: large when it is three rows high."""
    status = state.status
    if status is None:
        canvas.put(rect.x + 1, rect.y, "eigenwalk", "strong")
        canvas.put(rect.x + 12, rect.y, "waiting for the engine", "dim")
        return
    after = _large(canvas, rect, state, status) if rect.height >= BIG_ROWS else _small(canvas, rect, state, status)
    title = state.current.title if state.current else ""
    room = rect.x + rect.width - 1 - after
    if rect.height >= BIG_ROWS:
        canvas.put_right(rect.x + rect.width - 1, rect.y, clip(title, room), "strong")
        canvas.put_right(rect.x + rect.width - 1, rect.y + 1, f"seed {status.seed}", "dim")
        chips(canvas, after, rect.y + 2, rect.x + rect.width, under_way(state, status))
    else:
        after = chips(canvas, after, rect.y, rect.x + rect.width, under_way(state, status))
        room = rect.x + rect.width - 1 - after
        if room > 4:
            canvas.put_right(rect.x + rect.width - 1, rect.y, clip(title, room), "title")


def _badge(state: ScreenState, status: Status) -> tuple[str, str]:
    if not state.alive:
        return " ✗ GONE    ", "sign-wrong"
    if status.count_in:
        return f" ▶ IN {status.count_in:<4} ", "chip"
    return (" ▶ PLAYING ", "rolling") if status.playing else (" ■ STOPPED ", "standing")


def _small(canvas: Canvas, rect: Rect, state: ScreenState, status: Status) -> int:
    x = canvas.put(rect.x, rect.y, *_badge(state, status))
    canvas.put(x + 1, rect.y, f"{status.position[0]}|{status.position[1]}", "strong")
    x = _beats(canvas, x + 8, rect.y, state, status)
    x = canvas.put(x + 1, rect.y, f"{state.value(GLOBAL['tempo']):.1f}", "strong")
    return canvas.put(x + 1, rect.y, "BPM", "dim") + 2


def _large(canvas: Canvas, rect: Rect, state: ScreenState, status: Status) -> int:
    badge, style = _badge(state, status)
    for y in range(BIG_ROWS):
        canvas.put(rect.x, rect.y + y, badge if y == 1 else " " * len(badge), style)
    x = rect.x + len(badge) + 2
    x = big(canvas, x, rect.y, f"{status.position[0]}", "strong")
    big(canvas, x, rect.y, "|", "faint")
    big(canvas, x + 2, rect.y, f"{status.position[1]}", "moved")
    x = rect.x + len(badge) + 2 + 24
    big(canvas, x, rect.y, f"{state.value(GLOBAL['tempo']):.1f}", "strong")
    x += 20
    canvas.put(x, rect.y, "BPM", "dim")
    return max(_beats(canvas, x, rect.y + 1, state, status), x + 5) + 2


def _beats(canvas: Canvas, x: int, y: int, state: ScreenState, status: Status) -> int:
    beats, unit = status.metre
    if beats <= 6:
        for n in range(beats):
            lit = state.playing and n + 1 == status.position[1]
            x = canvas.put(x, y, "● " if lit else "○ ", "strong" if lit else "dim")
    return canvas.put(x, y, f"{beats}/{unit} ", "dim")


def under_way(state: ScreenState, status: Status) -> Iterator[tuple[str, str]]:
    """What is going on or about to happen: the text of each chip and its style."""
    health = status.health
    if health.source != "internal":
        peers = f" {health.peers}" if health.peers else ""
        yield f"{health.source.upper()}{peers}", "chip" if health.following else "sign-wrong"
    if status.tempo_to:
        yield f"→ {status.tempo_to:.0f} BPM", "chip"
    if status.controllers.learning:
        yield f"LEARN {status.controllers.learning}: touch a knob", "chip"
    part = state.current
    if part:
        yield from ((text, "chip") for text in _of_part(part))


def _of_part(part: PartStatus) -> Iterator[str]:
    if part.frozen:
        yield f"FROZEN {part.frozen}"
    if part.glide_to:
        yield f"GLIDE {clip(part.glide_to, 12)} {part.glide_bars:.1f}"
    if part.morph_to:
        yield f"→ {clip(part.morph_to, 16)} {part.morph_bars:.1f}"
    if part.steer:
        yield "STEER"
    if part.muted:
        yield "MUTED"
