"""Bindings (midi room): which touch of a controller moves what, and how its value is read.

What flows in: rows of a controller map. What flows out: checked, frozen bindings, and the arithmetic of the usual
encodings. It holds no state and reads no file. Values of controls are in the control's own unit; a fraction is 0..1
of a touch's full way. Sources of the relative encodings: the manuals of controllers that offer them as "relative 1
to 3" (two's complement, binary offset, sign and magnitude, seven bits each).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import pairwise

from instrument.commands import COMMANDS, Value
from instrument.controls import TABLE, Control, control
from instrument.messages import Command, Message, Set, command
from instrument.midi.touch import FULL, Touch

ABSOLUTE, TWOS, OFFSET, SIGN = "absolute", "twos-complement", "binary-offset", "sign-magnitude"
TOGGLE, HOLD = "toggle", "hold"
RELATIVE = (TWOS, OFFSET, SIGN)
MODES = (ABSOLUTE, *RELATIVE, TOGGLE, HOLD)
PROGRAMS = ("grid", "now", "off")
FAST = 15  # more clicks than this in one message is no encoder
_PART = re.compile(r"(.+) part ([1-4])")
ENOUGH = 8  # messages after which a guess must be made


@dataclass(frozen=True, slots=True)
class Target:
    """What a touch acts on: a control, a control put at one value, or a command with its arguments.

    `part` None: the part that is selected when it is touched.
    """

    name: str
    part: int | None = None
    args: tuple[Value, ...] = ()
    value: float | None = None

    def __str__(self) -> str:
        if self.value is not None:
            return f"{self.name}={self.value:g}"
        return " ".join((self.name, *(f"{arg:g}" if isinstance(arg, float) else str(arg) for arg in self.args)))

    @property
    def control(self) -> Control | None:
        """The row of the control that follows the touch; None when the touch only fires something."""
        return TABLE.get(self.name) if self.value is None and self.name not in COMMANDS else None

    def message(self, selected: int) -> Message:
        """What a touch that fires sends."""
        part = selected if self.part is None else self.part
        return Command(self.name, self.args, part) if self.value is None else Set(self.name, self.value, part)


def parse_target(text: str, part: int | None = None) -> Target:
    """A target from `step`, `step=0.4` or `capture 4`; `step part 2` is of that part. Raises ControlError."""
    if named := _PART.fullmatch(text.strip()):
        text, part = named[1], int(named[2]) - 1
    name, equals, value = text.strip().partition("=")
    if equals:
        return Target(name.strip(), part, (), control(name.strip()).check(value.strip()))
    words = text.split() or [""]
    if words[0] in COMMANDS:
        return Target(words[0], part, command(*words).args)
    return Target(control(text.strip()).name, part)


@dataclass(frozen=True, slots=True)
class Binding:
    """One row of a map. `low`, `high` bound what the touch reaches (None: the control's own range).

    `pickup`: the control waits until the knob passes its value. `step` is what one click of an encoder moves.
    """

    touch: Touch
    target: Target
    mode: str = ABSOLUTE
    low: float | None = None
    high: float | None = None
    invert: bool = False
    pickup: bool = True
    step: float | None = None

    def span(self, row: Control) -> tuple[float, float]:
        """The values at the two ends of the touch's way, turned round when inverted."""
        low = row.low if self.low is None else self.low
        high = row.high if self.high is None else self.high
        return (high, low) if self.invert else (low, high)

    def value(self, row: Control, raw: int) -> float:
        """The control's value at `raw` of an absolute touch."""
        start, end = map(row.fraction, self.span(row))
        return row.at(start + raw / FULL[self.touch.kind] * (end - start))

    def raw(self, row: Control, value: float) -> int:
        """Where on its way (0..full) a fader or ring of lights shows `value`: the inverse of `value`."""
        start, end = map(row.fraction, self.span(row))
        fraction = (row.fraction(value) - start) / (end - start) if end != start else 0.0
        return round(min(1.0, max(0.0, fraction)) * FULL[self.touch.kind])

    def clicks(self, raw: int) -> int:
        """Clicks of an encoder that sent `raw`, clockwise positive; turned round when inverted."""
        return -decode(self.mode, raw) if self.invert else decode(self.mode, raw)


@dataclass(frozen=True, slots=True)
class ControllerMap:
    """What a controller does: `ports` are patterns of its ports' names, `feedback` the port that lights it.

    `programs` says whether program changes choose presets: on the grid, now (on the next beat), or not at all.
    """

    name: str
    ports: tuple[str, ...] = ()
    bindings: tuple[Binding, ...] = ()
    feedback: str = ""
    programs: str = "grid"
    by_touch: dict[Touch, list[Binding]] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        for binding in self.bindings:
            self.by_touch.setdefault(binding.touch, []).append(binding)

    def fits(self, port: str) -> bool:
        """Whether it is for the input port called `port`."""
        return any(fnmatchcase(port.lower(), pattern.lower()) for pattern in self.ports)

    def of(self, touch: Touch) -> list[Binding]:
        """The bindings that `touch` moves: those of its channel, else those of every channel."""
        return self.by_touch.get(touch) or self.by_touch.get(Touch(touch.kind, touch.number)) or []

    def bound(self, binding: Binding) -> "ControllerMap":
        """This map with `binding`, in place of whatever moved the same target or was moved by the same touch."""
        kept = [row for row in self.bindings if row.target != binding.target and not row.touch.meets(binding.touch)]
        return ControllerMap(self.name, self.ports, (*kept, binding), self.feedback, self.programs)

    def without(self, target: Target) -> "ControllerMap":
        """This map without what moves `target`."""
        kept = tuple(row for row in self.bindings if row.target != target)
        return ControllerMap(self.name, self.ports, kept, self.feedback, self.programs)


def default_map() -> ControllerMap:
    """What a controller without a map does: the controller numbers of the control table, on every channel."""
    rows = [(row.cc, name) for name, row in TABLE.items() if row.cc is not None]
    return ControllerMap("default", (), tuple(Binding(Touch("cc", cc), Target(name)) for cc, name in rows))


def decode(mode: str, raw: int) -> int:
    """Clicks in a relative message, clockwise positive."""
    if mode == TWOS:
        return raw if raw < 64 else raw - 128
    if mode == OFFSET:
        return raw - 64
    return raw if raw < 64 else 64 - raw


def guess_mode(values: Sequence[int]) -> str | None:
    """Which encoding a controller that sent `values` (0..127, in order) uses; None while it may be several.

    An absolute knob never sends the same value twice running and passes through its neighbours; an encoder
    repeats itself, and never sends 0 or 64.
    """
    fits = [mode for mode in RELATIVE if all(0 < abs(decode(mode, raw)) <= FAST for raw in values)]
    if not fits:
        return ABSOLUTE
    if all(a != b for a, b in pairwise(values)):
        steady = len({a < b for a, b in pairwise(values)}) == 1
        if len(values) >= 4 and steady:
            return ABSOLUTE
        leaps = any(abs(a - b) > 2 * FAST for a, b in pairwise(values))
        return None if len(values) < ENOUGH else fits[0] if leaps else ABSOLUTE
    return fits[0] if len(fits) == 1 or len(values) >= ENOUGH else None
