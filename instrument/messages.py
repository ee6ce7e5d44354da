"""What passes between the rooms while it plays: messages to the engine, and the status it gives back.

Messages come from hands, ports, OSC and timers, stand in one inbox, and are all plain data: each writes itself as
one JSON object, so that a pipe, a session log and a script of gestures share one form. Status is a frozen picture
of the engine for a screen; whoever reads it may drop all but the latest. Nothing here acts on anything.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from instrument.controls import ControlError, control
from instrument.errors import UserError


class MessageError(UserError):
    """A message's text is not one of ours; the message says which part of it."""


@dataclass(frozen=True, slots=True)
class Set:
    """A hand puts control `name` at `value`; `part` is ignored by global controls."""

    name: str
    value: float
    part: int = 0


@dataclass(frozen=True, slots=True)
class Command:
    """A one-shot gesture out of COMMANDS."""

    name: str
    args: tuple[float | str, ...] = ()
    part: int = 0


@dataclass(frozen=True, slots=True)
class Heard:
    """A MIDI message the performer played; `data` are its bytes, `source` the index of the input port."""

    data: tuple[int, ...]
    source: int = 0


Message = Set | Command | Heard


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """A row of the command table: `args` name what it takes, `key` is pressed for it."""

    name: str
    help: str
    key: str | None = None
    args: tuple[str, ...] = ()


COMMANDS: Mapping[str, CommandSpec] = {
    row.name: row
    for row in (
        CommandSpec("toggle", "play or stop", key="space"),
        CommandSpec("play", "let the transport roll from where it is"),
        CommandSpec("stop", "stop the transport and release what sounds"),
        CommandSpec("locate", "go to a bar (1 is the first)", args=("bar",)),
        CommandSpec("panic", "silence every channel at once, with CC 120 and 123", key="!"),
        CommandSpec("load", "play another preset", args=("preset",)),
        CommandSpec("quit", "release what sounds and leave"),
    )
}


def command(name: str, *args: float | str, part: int = 0) -> Command:
    """A checked Command. Raises ControlError when there is no such command or its arguments do not fit."""
    spec = COMMANDS.get(name)
    if spec is None:
        raise ControlError(f"no command is called {name!r}; there is {', '.join(COMMANDS)}")
    if len(args) != len(spec.args):
        takes = ", ".join(spec.args) or "nothing"
        raise ControlError(f"{name} takes {takes}, not {len(args)} argument(s)")
    return Command(name, args, part)


def to_json(message: Message) -> dict[str, Any]:
    """A message as a JSON object; `kind` names its class."""
    return {"kind": type(message).__name__.lower(), **asdict(message)}


def from_json(data: Any) -> Message:
    """The message that `to_json` wrote. Raises MessageError or ControlError when it is not one of ours."""
    try:
        kind, part = data["kind"], int(data.get("part", 0))
        if kind == "set":
            return Set(data["name"], control(data["name"]).check(data["value"]), part)
        if kind == "command":
            return command(data["name"], *data.get("args", ()), part=part)
        if kind == "heard":
            return Heard(tuple(int(b) & 0xFF for b in data["data"]), int(data.get("source", 0)))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, ControlError):
            raise
        raise MessageError(f"not a message: {str(data)[:80]}") from error
    raise MessageError(f"unknown message kind {str(kind)[:40]!r}")


@dataclass(frozen=True, slots=True)
class PartStatus:
    """One walker, for the screen. Segments are row numbers of the part's preset."""

    preset: str  # path of the preset's file
    title: str
    segment: int
    piece: str  # name of the piece that sounds now
    bar: int  # its bar, from 1
    verbatim: int  # beats since the walk last left a piece
    candidates: tuple[tuple[int, float], ...]  # segment and probability, of the last step
    trail: tuple[int, ...]  # the last segments, newest last
    controls: dict[str, float]
    sounding: tuple[tuple[int, int], ...]  # channel and pitch of what sounds


@dataclass(frozen=True, slots=True)
class Health:
    """The session's own state: what the clock and the ports are doing. Times in microseconds."""

    output: str = ""
    input: str = ""
    late_p99_us: float = 0.0
    late_max_us: float = 0.0
    sent: int = 0
    dropped: int = 0
    heard: int = 0
    realtime: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """The whole engine, for the screen: latest wins."""

    playing: bool
    tick: int
    position: tuple[int, int, int]  # bar, beat, tick
    metre: tuple[int, int]
    seed: int
    controls: dict[str, float]
    parts: tuple[PartStatus, ...]
    alerts: tuple[str, ...] = ()
    ended: bool = False
    health: Health = field(default_factory=Health)


def status_to_text(status: Status) -> str:
    """A status as one line of JSON."""
    return json.dumps(asdict(status), separators=(",", ":"))


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


def status_from_text(text: str) -> Status:
    """The status that `status_to_text` wrote. Raises MessageError on anything else."""
    try:
        data = json.loads(text)
        data["health"] = Health(**data["health"])
        parts = (PartStatus(**{k: _tuples(v) for k, v in part.items()}) for part in data.pop("parts"))
        return Status(parts=tuple(parts), **{k: _tuples(v) for k, v in data.items()})
    except (ValueError, KeyError, TypeError) as error:
        raise MessageError(f"not a status: {text[:80]}") from error
