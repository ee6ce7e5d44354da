"""The one table of commands: every row drives keys, the `:` prompt, MIDI learn, OSC, scripts and the README.

What flows in: a name and arguments from a hand. What flows out: checked arguments, defaults filled in. A command is a
one-shot gesture; what stays where it is put is a control (see controls.py). Nothing here acts on anything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from instrument.controls import ControlError

Value = float | str


@dataclass(frozen=True, slots=True)
class Arg:
    """What a command takes: a number within `low`..`high` (both included), or text of at most `length` characters.

    `default` stands when it is not given; None: it must be. `choices` are the only texts it may be.
    """

    name: str
    low: float = 0.0
    high: float = 0.0
    default: Value | None = None
    unit: str = ""
    whole: bool = False
    length: int = 0
    choices: tuple[str, ...] = ()

    @property
    def text(self) -> bool:
        """Whether it is text, not a number."""
        return bool(self.length or self.choices)

    def span(self) -> str:
        """What it may be, as text."""
        if self.choices:
            return "one of " + " ".join(self.choices)
        return "text" if self.length else f"{self.low:g} to {self.high:g} {self.unit}".strip()

    def check(self, value: Value) -> Value:
        """`value` as the command takes it. Raises ControlError."""
        if self.text:
            text = f"{value:g}" if isinstance(value, float) else str(value)
            if not text or (self.choices and text not in self.choices) or (self.length and len(text) > self.length):
                raise ControlError(f"{self.name} is {self.span()}, not {text[:40]!r}")
            return text
        try:
            number = float(value)
        except ValueError:
            raise ControlError(f"{self.name} is {self.span()}, not {str(value)[:40]!r}") from None
        if not self.low <= number <= self.high:
            raise ControlError(f"{self.name} is {self.span()}, not {value}")
        return float(round(number)) if self.whole else number


def _whole(name: str, low: int, high: int, default: int | None = None, unit: str = "") -> Arg:
    return Arg(name, low, high, default, unit, whole=True)


LETTERS = tuple("abcdefghijklmnopqrstuvwxyz")
_PRESET = Arg("preset", length=1024)
_BARS, _EIGHT_BARS = _whole("bars", 1, 64, 1, "bars"), _whole("bars", 1, 64, 8, "bars")
_VOICE = _whole("voice", 1, 16)
_TARGET = Arg("target", length=200)
_X, _Y = Arg("x", -1.0, 1.0), Arg("y", -1.0, 1.0)


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """A row of the command table. `scope` is "part" when it means the part it is sent to, `key` is pressed for it."""

    name: str
    help: str
    key: str | None = None
    args: tuple[Arg, ...] = ()
    scope: str = "global"
    group: str = "transport"

    @property
    def required(self) -> int:
        """How many arguments must be given."""
        return len(self.args) - len(self.defaults)

    @property
    def defaults(self) -> tuple[Value, ...]:
        """What stands for the last arguments when they are not given."""
        return tuple(arg.default for arg in self.args if arg.default is not None)

    def takes(self) -> str:
        """Its arguments as text; those in brackets may be left out."""
        return ", ".join(arg.name if arg.default is None else f"[{arg.name}]" for arg in self.args)

    def check(self, args: Sequence[Value]) -> tuple[Value, ...]:
        """`args` as the command takes them, defaults filled in. Raises ControlError when they do not fit."""
        if not self.required <= len(args) <= len(self.args):
            raise ControlError(f"{self.name} takes {self.takes() or 'nothing'}, not {len(args)} argument(s)")
        given = [arg.check(value) for arg, value in zip(self.args, args, strict=False)]
        return (*given, *self.defaults[len(args) - self.required :])


def _walk(name: str, help: str, *args: Arg, key: str | None = None) -> CommandSpec:
    return CommandSpec(name, help, key, args, "part", "walk")


def _voice(name: str, help: str, *args: Arg) -> CommandSpec:
    return CommandSpec(name, help, None, (_VOICE, *args), "part", "voices")


def _parts(name: str, help: str, *args: Arg, key: str | None = None) -> CommandSpec:
    return CommandSpec(name, help, key, args, "part", "parts")


COMMANDS: Mapping[str, CommandSpec] = {
    row.name: row
    for row in (
        CommandSpec("toggle", "play or stop", key="space"),
        CommandSpec("play", "let the transport roll from where it is"),
        CommandSpec("start", "play from the first bar, after the count-in"),
        CommandSpec("stop", "stop the transport and release what sounds"),
        CommandSpec(
            "locate", "go to a bar (1 is the first): the same place gives the same music for a seed",
            args=(_whole("bar", 1, 9999), Arg("beat", 1.0, 33.0, 1.0)),
        ),
        CommandSpec(
            "ramp", "bring the tempo to a value over some bars",
            args=(Arg("tempo", 20, 300, unit="BPM"), _whole("bars", 1, 64, 4, "bars")),
        ),
        CommandSpec("tap", "tap the tempo, two times and more", key="t"),
        CommandSpec("nudge", "push or hold back the beat for one beat", args=(Arg("percent", -20, 20, 4.0, "%"),)),
        CommandSpec("panic", "silence every channel at once, with CC 120 and 123", key="!"),
        CommandSpec("undo", "take back the last gesture or change of a control"),
        CommandSpec("redo", "do it after all"),
        CommandSpec(
            "learn", "bind the next knob, key or pedal touched to a control or command; `step part 2` is part 2's",
            args=(_TARGET,),
        ),
        CommandSpec("forget", "take the knob off a control or command; ends learning", args=(_TARGET,)),
        CommandSpec("next", "go to the set list's next entry", key="n"),
        CommandSpec("previous", "go to the set list's previous entry", key="N"),
        CommandSpec("entry", "go to an entry of the set list (1 is the first)", args=(_whole("number", 1, 999),)),
        CommandSpec(
            "program", "choose by number, as a program change does: the set list's entry, or the bank's preset",
            args=(_whole("number", 1, 2**21), Arg("when", default="grid", choices=("grid", "now"))),
        ),
        CommandSpec("save_set", "save what plays now as an entry of the set list", key="w"),
        CommandSpec("capture", "keep the last bars as a MIDI file", key="c", args=(_EIGHT_BARS,)),
        CommandSpec("quit", "release what sounds and leave"),
        _walk("freeze", "repeat the last bars exactly, or let go of them", _BARS, key="f"),
        _walk("back", "go back along the trail, through the presets that played before", _BARS, key="b"),
        _walk("forward", "go forward again along the trail", _BARS, key="v"),
        _walk("mark", "set a bookmark, a to z, where the walk is", Arg("letter", choices=LETTERS), key="m"),
        _walk("recall", "go to a bookmark", Arg("letter", choices=LETTERS), key="r"),
        _walk("teleport", "go to a point of the map", _X, _Y),
        _walk(
            "glide", "arrive at a bookmark, a region's name or a point (x,y) in so many bars",
            Arg("to", length=80), _whole("bars", 1, 64, 4, "bars"), key="g",
        ),
        _walk("steer", "lean towards a point of the map until let go", _X, _Y, Arg("strength", 0, 1, 0.5)),
        _walk("release", "let go of steering, gliding and freezing"),
        _walk("next_mode", "the next way of playing with the performer: learn a pedal or a note for it"),
        _walk("reseed", "go on with other random numbers", _whole("seed", 0, 2**32 - 1)),
        _voice("voice_mute", "silence a voice, or let it sound again"),
        _voice("voice_solo", "let only this voice (and others in solo) sound, or no longer"),
        _voice("voice_channel", "send a voice to a MIDI channel", _whole("channel", 1, 16)),
        _voice("voice_program", "give a voice a General MIDI program", _whole("program", 1, 128)),
        _voice("voice_octave", "move a voice by octaves", _whole("octaves", -3, 3)),
        _parts("load", "play another preset, from the next beat, bar or fourth bar on", _PRESET),
        _parts("morph", "choose ever more from another preset, over some bars", _PRESET, _EIGHT_BARS),
        _parts("add", "add a part that plays a preset; up to four", _PRESET),
        _parts("remove", "take the part away"),
        _parts("select", "turn to the part: controllers whose map names no part move this one"),
    )
}  # fmt: skip


def spec(name: str) -> CommandSpec:
    """The row called `name`. Raises ControlError, with the nearest names, when there is none."""
    try:
        return COMMANDS[name]
    except KeyError:
        near = get_close_matches(name, COMMANDS, 3) or list(COMMANDS)
        raise ControlError(f"no command is called {name!r}; there is {', '.join(near)}") from None
