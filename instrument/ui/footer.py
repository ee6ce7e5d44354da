"""The foot of the screen: what is wrong, or the keys that matter; then ports, activity and the clock's health.

What flows in: ScreenState. What flows out: two rows of text.
"""

from instrument.controls import TABLE
from instrument.messages import Health
from instrument.midi.addresses import ROOT, address_of
from instrument.ui.canvas import Canvas, Rect, clip
from instrument.ui.state import ScreenState

NARROW = 100  # columns under which an OSC address is told without its root
LATE_US = 5000  # a p99 beyond this can be heard
HINTS = (("space", "play"), ("!", "panic"), ("f", "freeze"), ("n", "next"), ("/", "find"), (":", "type"))
GONE = "The engine has stopped: nothing plays. R takes the performance up where it stood; q leaves."


def draw(canvas: Canvas, rect: Rect, state: ScreenState) -> None:
    """Both rows."""
    if not state.alive:
        canvas.put(rect.x, rect.y, clip(f" {GONE} ", rect.width), "sign-wrong")
    elif state.waiting:
        canvas.put(rect.x, rect.y, clip(f" {state.waiting}: which letter? a to z, Esc for none ", rect.width), "chip")
    elif state.notices:
        text, kind, _ = state.notices[-1]
        canvas.put(rect.x, rect.y, clip(f" {text} ", rect.width), f"sign-{kind}")
    elif state.now_s < state.explain_until:
        _explain(canvas, rect, state)
    else:
        _hints(canvas, rect)
    if state.status is not None:
        _health(canvas, rect.line(1), state, state.status.health)


def _explain(canvas: Canvas, rect: Rect, state: ScreenState) -> None:
    """What the selected control does, and what reaches it: the knob that holds it, its OSC address."""
    row = TABLE[state.selected]
    held = state.status.controllers.held.get(row.name, "") if state.status else ""
    address = address_of(row.name, state.current.part if state.current else 0)
    if rect.width < NARROW:
        address = address.removeprefix(ROOT)
    ways = "  ".join(filter(None, (held, address)))
    room = rect.width - len(ways) - 4
    canvas.put(rect.x + 1, rect.y, clip(f"{row.name}: {row.help} ({row.span()})", room))
    canvas.put_right(rect.x + rect.width - 1, rect.y, ways, "dim")


def _hints(canvas: Canvas, rect: Rect) -> None:
    x = rect.x + 1
    for key, what in (*HINTS, ("?", "all keys"), ("q", "leave")):
        if x + len(key) + len(what) + 1 < rect.x + rect.width:
            x = canvas.put(x, rect.y, key, "key")
            x = canvas.put(x + 1, rect.y, what, "dim") + 2


def _health(canvas: Canvas, rect: Rect, state: ScreenState, health: Health) -> None:
    x = rect.x + 1
    for name, port, busy in (("out", health.output, state.sending), ("in", health.input, state.hearing)):
        if port or name == "out":
            x = canvas.put(x, rect.y, "●" if busy else "○", "well" if busy else "dim") + 1
            x = canvas.put(x, rect.y, name, "dim") + 1
            x = canvas.put(x, rect.y, clip(port or "none", rect.width // 5))
            if name == "out" and health.connected:
                x = canvas.put(x, rect.y, clip(f" → {', '.join(health.connected)}", rect.width // 6), "dim")
            x += 2
    facts = [f"late p99 {health.late_p99_us / 1000:.2f} ms", f"max {health.late_max_us / 1000:.1f}"]
    facts += [f"dropped {health.dropped}"] if health.dropped else []
    facts += ["real time"] if health.realtime and rect.width > 100 else []
    facts += [f"sent {health.sent}"]
    style = "warning" if health.dropped or health.late_p99_us > LATE_US else "dim"
    text = "  ".join(facts)
    canvas.put_right(rect.x + rect.width - 1, rect.y, clip(text, max(0, rect.x + rect.width - x - 1)), style)
