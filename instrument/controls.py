"""The one table of live controls: every row drives the screen, keys, MIDI learn, OSC, `--set` and the README.

What flows in: a name and a value from a hand. What flows out: a checked value in a frozen snapshot that is
swapped whole. Two snapshots exist: `GlobalControls` (one for the performance) and `PartControls` (one a walker).
Nothing here knows how a control sounds, which key was pressed or who is listening.
"""

from collections.abc import Iterable, Iterator, Mapping
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
    `choices` name the integers 0, 1, .. of a control that picks from a list. The value grows with the way of a
    hand to the power `taper`, so that it is heard evenly. `group` is the heading it stands under.
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
    taper: float = 1
    group: str = "walk"

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
        share: float = ((value - self.low) / (self.high - self.low)) ** (1 / self.taper)
        return share

    def at(self, fraction: float) -> float:
        """The value at `fraction` (0..1) of the range: the inverse of `fraction`."""
        return self.clamp(self.low + fraction**self.taper * (self.high - self.low))

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


KEYS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
SCALES: Mapping[str, tuple[int, ...]] = {  # semitones above the key
    "off": tuple(range(12)),
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic-minor": (0, 2, 3, 5, 7, 8, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "whole-tone": (0, 2, 4, 6, 8, 10),
    "pentatonic": (0, 2, 4, 7, 9),
    "minor-pentatonic": (0, 3, 5, 7, 10),
    "blues": (0, 3, 5, 6, 7, 10),
}
SWITCH = ("off", "on")
GRID = ("beat", "bar", "four-bars")
MODES = ("accompany", "answer", "shadow", "solo", "lead", "teleport")
SOURCES = ("internal", "midi", "link")


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

    def taking(self, settings: Mapping[str, float]) -> Self:
        """A copy with what `settings` has of these controls; it leaves the rest. Raises ControlError."""
        own = {f.name for f in fields(self)}  # type: ignore[arg-type]
        values = {name: control(name).check(value) for name, value in settings.items() if name in own}
        return replace(self, **values)  # type: ignore[type-var]

    def items(self) -> Iterator[tuple[str, float]]:
        """Name and value of every control, in the table's order."""
        return ((f.name, getattr(self, f.name)) for f in fields(self))  # type: ignore[arg-type]


def _choice(choices: Iterable[str], help: str, default: int = 0, **more: Any) -> Any:
    """A row that picks from a list."""
    names = tuple(choices)
    return _row(default, 0, len(names) - 1, 1, 1, help, whole=True, choices=names, **more)


@dataclass(frozen=True, slots=True)
class GlobalControls(_Snapshot):
    """Controls of the whole performance."""

    tempo: float = _row(
        100, 20, 300, 1, 5, "quarter notes a minute", unit="BPM", keys=("-", "="), cc=16, group="time",
    )  # fmt: skip
    quantize: float = _choice(
        GRID, "when a preset, a part or a mute comes in: at the next beat, bar or fourth bar", 1, group="time",
    )  # fmt: skip
    count_in: float = _row(
        0, 0, 4, 1, 1, "bars that are counted before the music starts", unit="bars", whole=True, group="time",
    )  # fmt: skip
    defaults: float = _choice(
        ("keep", "apply"), "on a switch: keep the controls as they are, or apply the new preset's own", group="time",
    )  # fmt: skip
    source: float = _choice(SOURCES, "whose clock: its own, MIDI clock that comes in, or Ableton Link", group="time")
    lost: float = _choice(("go-on", "stop"), "what to do when that clock falls silent for a beat", group="time")
    clock_out: float = _choice(SWITCH, "send MIDI clock, start, stop, continue and song position", group="time")
    link_transport: float = _choice(SWITCH, "share start and stop with the peers on Link", group="time")
    offset: float = _row(
        0, -200, 200, 1, 10, "shifts the notes, to line up a DAW; above 0 is later", unit="ms", group="time",
    )  # fmt: skip
    clock_offset: float = _row(0, -200, 200, 1, 10, "shifts the MIDI clock that is sent", unit="ms", group="time")
    lead: float = _row(
        20, 1, 50, 1, 5, "how early notes are handed on: to JACK that places them; 5 at most elsewhere",
        unit="ms", group="time",
    )  # fmt: skip
    follow_tempo: float = _row(
        0, 0, 1, 0.01, 0.1, "how far tempo and downbeat are taken from a steady performer", group="listen",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PartControls(_Snapshot):
    """Controls of one walker."""

    step: float = _row(
        0.25, 0, 1, 0.01, 0.05, "how often and how far the walk leaves the piece: 0 plays it, 1 leaps anywhere",
        keys=("[", "]"), cc=17,
    )  # fmt: skip
    neighbors: float = _row(
        24, 1, 32, 1, 4, "how many alternatives the walk weighs at each step",
        keys=(",", "."), cc=18, whole=True, taper=3,
    )  # fmt: skip
    temperature: float = _row(
        0.5, 0.05, 5, 0.05, 0.25, "how bad a join it tolerates: low is careful, high is wild",
        keys=(";", "'"), cc=19, taper=2,
    )  # fmt: skip
    home: float = _row(
        1, 0, 8, 0.1, 0.5, "how strongly the walk is held to the harmony, register and rhythm it came from", cc=20,
    )  # fmt: skip
    deja_vu: float = _row(
        0, 0, 1, 0.01, 0.1, "memory of the path: 0 always fresh, 0.5 a locked loop, 1 the loop in any order", cc=21,
    )  # fmt: skip
    deja_vu_rhythm: float = _row(
        0, 0, 1, 0.01, 0.1, "memory of the rhythm, apart from the path: 0 fresh, 0.5 locked, 1 in any order",
    )  # fmt: skip
    loop_steps: float = _row(
        16, 1, 64, 1, 4, "length of the loop that deja_vu remembers, and how far back echo listens",
        unit="steps", whole=True,
    )  # fmt: skip
    echo: float = _row(
        0, 0, 12, 0.1, 0.5, "how much the walk wants the harmony (or strokes) that it played a loop ago", taper=2,
    )  # fmt: skip
    follow: float = _row(
        0, 0, 1, 0.01, 0.1, "how far the walk follows whom it listens to: 0 is deaf, 1 is led", cc=24, group="listen",
    )  # fmt: skip
    leader: float = _choice(
        ("performer", "1", "2", "3", "4"), "whom it listens to: the performer, or another part", group="listen",
    )  # fmt: skip
    mode: float = _choice(MODES, "how it plays with whom it listens to", group="listen")
    follow_key: float = _choice(
        ("move", "stay", "off"),
        "the performer's key: move there, stay and translate, or take notes as they are", group="listen",
    )  # fmt: skip
    follow_harmony: float = _row(1, 0, 1, 0.05, 0.25, "how far it agrees with the notes heard", group="listen")
    follow_register: float = _row(0.3, 0, 1, 0.05, 0.25, "how far it plays as high or low", group="listen")
    follow_density: float = _row(0.3, 0, 1, 0.05, 0.25, "how far it plays as many notes", group="listen")
    follow_dynamics: float = _row(0.5, 0, 1, 0.05, 0.25, "how far it plays as loud", group="listen")
    follow_rhythm: float = _row(0.3, 0, 1, 0.05, 0.25, "how far it plays the same rhythm", group="listen")
    follow_memory: float = _row(
        4, 0.5, 32, 0.5, 4, "in how many beats half of what was heard is forgotten", unit="beats", group="listen",
    )  # fmt: skip
    grace: float = _row(
        20, 0, 30, 1, 5, "how long after the beat it waits for the performer's note", unit="ms", group="listen",
    )  # fmt: skip
    answer_bars: float = _row(
        2, 1, 8, 1, 2, "in answer mode: how long a call may be before it is answered", unit="bars", whole=True,
        group="listen",
    )  # fmt: skip
    listen_channel: float = _row(
        0, 0, 16, 1, 4, "the MIDI channel it listens to; 0 is all", whole=True, group="listen",
    )  # fmt: skip
    listen_port: float = _row(0, 0, 8, 1, 1, "the input port it listens to; 0 is all", whole=True, group="listen")
    transpose: float = _row(0, -24, 24, 1, 12, "moves every note", unit="semitones", whole=True, group="pitch")
    octave: float = _row(0, -3, 3, 1, 1, "moves every note by octaves", whole=True, group="pitch")
    key: float = _choice(KEYS, "the key of the scale lock", group="pitch")
    scale: float = _choice(SCALES, "the scale lock: notes outside it move to its nearest tone", group="pitch")
    lowest: float = _row(0, 0, 127, 1, 12, "notes below move up by octaves", whole=True, group="pitch")
    highest: float = _row(127, 0, 127, 1, 12, "notes above move down by octaves", whole=True, group="pitch")
    density: float = _row(
        1, 0, 2, 0.05, 0.25, "below 1 thins out (downbeats stay), above 1 repeats long notes", cc=22, group="notes",
    )  # fmt: skip
    gate: float = _row(1, 0.1, 2, 0.05, 0.25, "how long notes are, as a share of their length", group="notes")
    polyphony: float = _row(32, 1, 32, 1, 4, "how many notes may sound at once", whole=True, group="notes")
    velocity: float = _row(1, 0, 2, 0.05, 0.25, "how loud: scales every velocity", cc=23, group="notes")
    curve: float = _row(1, 0.25, 4, 0.05, 0.25, "above 1 soft notes grow softer, below 1 louder", group="notes")
    accent: float = _row(0, 0, 1, 0.05, 0.25, "how far downbeats and beats stand out", group="notes")
    swing: float = _row(
        50, 50, 75, 1, 5, "where the off-beat falls in the beat; the clock stays straight", unit="%", group="notes",
    )  # fmt: skip
    humanise: float = _row(0, 0, 1, 0.05, 0.25, "how unsteady a hand plays it", group="notes")
    mute: float = _choice(SWITCH, "silences the part, from the next beat, bar or fourth bar on", group="notes")


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
