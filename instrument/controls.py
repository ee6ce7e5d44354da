"""The one table of live controls: every row drives the screen, keys, MIDI learn, OSC, `--set` and the README.

What flows in: a name and a value from a hand. What flows out: a checked value in a frozen snapshot that is
swapped whole. Two snapshots exist: `GlobalControls` (one for the performance) and `PartControls` (one a walker).
Nothing here knows how a control sounds, which key was pressed or who is listening.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from typing import Any, Self

from instrument.errors import UserError


class ControlError(UserError):
    """A control's name or value is wrong; the message says what, and what would be right."""


@dataclass(frozen=True, slots=True)
class Control:
    """A row of the table.

    `low`, `high` bound the value, both included; `fine` and `coarse` are the hand's two step sizes; `keys` lower
    and raise it; `cc` is its controller number before anything is learnt. `whole` controls hold integers;
    `choices` name the integers 0, 1, .. of a control that picks from a list.
    """

    name: str
    scope: str
    default: float
    low: float
    high: float
    unit: str
    fine: float
    coarse: float
    help: str
    keys: tuple[str, str] | None = None
    cc: int | None = None
    whole: bool = False
    choices: tuple[str, ...] = ()

    def check(self, value: float | str) -> float:
        """`value` as this control takes it. Raises ControlError when it is no number or out of range."""
        number = self._number(value)
        if not self.low <= number <= self.high:
            raise ControlError(f"{self.name} takes {self.span()}, not {value}")
        return float(round(number)) if self.whole else number

    def clamp(self, value: float) -> float:
        """The nearest value in range: for hands and knobs, which may push past an end."""
        return self.check(min(self.high, max(self.low, value)))

    def fraction(self, value: float) -> float:
        """Where `value` lies in the range, 0..1: for bars, CC feedback and OSC faders."""
        return (value - self.low) / (self.high - self.low)

    def at(self, fraction: float) -> float:
        """The value at `fraction` (0..1) of the range: the inverse of `fraction`."""
        return self.clamp(self.low + fraction * (self.high - self.low))

    def show(self, value: float) -> str:
        """`value` as text, with its unit."""
        if self.choices:
            return self.choices[int(value)]
        text = f"{value:.0f}" if self.whole else f"{value:.2f}" if self.high <= 10 else f"{value:.1f}"
        return f"{text} {self.unit}".strip()

    def span(self) -> str:
        """The range as text."""
        if self.choices:
            return "one of " + ", ".join(self.choices)
        return f"{self.low:g} to {self.high:g} {self.unit}".strip()

    def _number(self, value: float | str) -> float:
        if isinstance(value, str) and value in self.choices:
            return float(self.choices.index(value))
        try:
            return float(value)
        except ValueError:
            raise ControlError(f"{self.name} takes {self.span()}, not {value!r}") from None


def _row(
    default: float,
    low: float,
    high: float,
    fine: float,
    coarse: float,
    help: str,
    **more: Any,
) -> Any:
    """A dataclass field that carries its row of the table."""
    row = {"low": low, "high": high, "fine": fine, "coarse": coarse, "help": help, "unit": ""}
    return field(default=default, metadata={"default": default, **row, **more})


class _Snapshot:
    """What both snapshots share: look-up by name and replacement of one value."""

    def get(self, name: str) -> float:
        """Value of the control called `name`."""
        return float(getattr(self, control(name).name))

    def set(self, name: str, value: float | str) -> Self:
        """A copy with `name` at `value`. Raises ControlError, and then nothing has changed."""
        return replace(self, **{name: control(name).check(value)})  # type: ignore[type-var]

    def items(self) -> Iterator[tuple[str, float]]:
        """Name and value of every control, in the table's order."""
        return ((f.name, getattr(self, f.name)) for f in fields(self))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class GlobalControls(_Snapshot):
    """Controls of the whole performance."""

    tempo: float = _row(100, 20, 300, 1, 5, "quarter notes a minute", unit="BPM", keys=("-", "="), cc=16)


@dataclass(frozen=True, slots=True)
class PartControls(_Snapshot):
    """Controls of one walker."""

    step: float = _row(
        0.25, 0, 1, 0.01, 0.05, "how often and how far the walk leaves the piece: 0 plays it, 1 leaps anywhere",
        keys=("[", "]"), cc=17,
    )  # fmt: skip
    neighbors: float = _row(
        16, 1, 32, 1, 4, "how many alternatives the walk weighs at each step",
        keys=(",", "."), cc=18, whole=True,
    )  # fmt: skip
    temperature: float = _row(
        0.5, 0.05, 5, 0.05, 0.25, "how bad a join it tolerates: low is careful, high is wild",
        keys=(";", "'"), cc=19,
    )  # fmt: skip
    home: float = _row(
        2,
        0,
        8,
        0.1,
        0.5,
        "how strongly the walk is held to the harmony, register and rhythm it came from",
        cc=20,
    )


def _table(cls: type[GlobalControls] | type[PartControls], scope: str) -> dict[str, Control]:
    return {f.name: Control(name=f.name, scope=scope, **f.metadata) for f in fields(cls)}


GLOBAL: Mapping[str, Control] = _table(GlobalControls, "global")
PART: Mapping[str, Control] = _table(PartControls, "part")
TABLE: Mapping[str, Control] = {**GLOBAL, **PART}


def control(name: str) -> Control:
    """The row called `name`. Raises ControlError, with the nearest names, when there is none."""
    try:
        return TABLE[name]
    except KeyError:
        near = get_close_matches(name, TABLE, 3) or list(TABLE)
        raise ControlError(f"no control is called {name!r}; there is {', '.join(near)}") from None


def parse_setting(text: str) -> tuple[str, float]:
    """Name and value of a `NAME=VALUE` setting. Raises ControlError."""
    name, equals, value = text.partition("=")
    if not equals:
        raise ControlError(f"a setting is NAME=VALUE, not {text!r}")
    return name.strip(), control(name.strip()).check(value.strip())
