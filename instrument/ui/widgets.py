"""Small things that several panels draw: a rule with a title, a range bar, a row of chips, large digits.

What flows in: a canvas, a place, plain values. What flows out: text on the canvas. Nothing here knows the engine.
"""

from collections.abc import Iterable

from instrument.ui.canvas import Canvas, Rect, clip

NOTE_NAMES = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")
BIG_ROWS = 3
_BIG = {
    "0": ("█▀█", "█ █", "▀▀▀"), "1": ("▄█ ", " █ ", "▀▀▀"), "2": ("▀▀█", "█▀▀", "▀▀▀"), "3": ("▀▀█", " ▀█", "▀▀▀"),
    "4": ("█ █", "▀▀█", "  ▀"), "5": ("█▀▀", "▀▀█", "▀▀▀"), "6": ("█▀▀", "█▀█", "▀▀▀"), "7": ("▀▀█", "  █", "  ▀"),
    "8": ("█▀█", "█▀█", "▀▀▀"), "9": ("█▀█", "▀▀█", "▀▀▀"), "|": ("▐", "▐", "▝"), ".": (" ", " ", "▀"),
    "-": ("   ", "▀▀▀", "   "),
}  # fmt: skip


def rule(canvas: Canvas, rect: Rect, title: str = "", style: str = "title") -> None:
    """A line over a panel with its name in it."""
    canvas.put(rect.x, rect.y, "─" * rect.width, "faint")
    if title:
        canvas.put(rect.x + 1, rect.y, f" {clip(title, rect.width - 4)} ", style)


def bar(canvas: Canvas, x: int, y: int, width: int, fraction: float, styles: tuple[str, str]) -> None:
    """A range bar: `fraction` (0..1) of it full, to half a cell."""
    whole, half = divmod(round(min(1.0, max(0.0, fraction)) * width * 2), 2)
    canvas.put(x, y, "─" * width, styles[1])
    canvas.put(x, y, "━" * whole, styles[0])
    if half:
        canvas.put(x + whole, y, "╸", styles[0])


def chips(canvas: Canvas, x: int, y: int, right: int, texts: Iterable[tuple[str, str]]) -> int:
    """Short texts, each with its style, one after the other as far as they fit before `right`; the column after."""
    for text, style in texts:
        shown = f" {text} "
        if x + len(shown) > right:
            break
        x = canvas.put(x, y, shown, style) + 1
    return x


def big(canvas: Canvas, x: int, y: int, text: str, style: str) -> int:
    """`text` (digits, | . -) in letters three rows high; returns the column after it."""
    for char in text:
        for row, part in enumerate(_BIG[char]):
            canvas.put(x, y + row, part, style)
        x += len(_BIG[char][0]) + 1
    return x


def note_name(pitch: int) -> str:
    """A MIDI pitch as musicians write it, middle C (60) as C4."""
    return f"{NOTE_NAMES[pitch % 12]}{pitch // 12 - 1}"
