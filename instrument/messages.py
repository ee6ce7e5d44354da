"""What passes between the rooms while it plays: messages to the engine, and the status it gives back.

Messages come from hands, ports, OSC and timers, stand in one inbox, and are all plain data: each writes itself as
one JSON object, so that a pipe, a session log and a script of gestures share one form. Status is a frozen picture
of the engine for a screen; whoever reads it may drop all but the latest. Nothing here acts on anything.
"""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from instrument.commands import Value, spec
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
    args: tuple[Value, ...] = ()
    part: int = 0


@dataclass(frozen=True, slots=True)
class Heard:
    """A MIDI message the performer played; `data` are its bytes, `source` the index of the input port."""

    data: tuple[int, ...]
    source: int = 0


Message = Set | Command | Heard


def command(name: str, *args: Value, part: int = 0) -> Command:
    """A checked Command, its defaults filled in. Raises ControlError when there is none such or it does not fit."""
    return Command(name, spec(name).check(args), part)


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
class VoiceStatus:
    """One voice of a part. `channel` and `program` count from 1, as musicians do."""

    name: str
    channel: int
    program: int
    octave: int = 0
    mute: bool = False
    solo: bool = False


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
    part: int = 0  # what messages to it carry
    voices: tuple[VoiceStatus, ...] = ()
    bookmarks: dict[str, int] = field(default_factory=dict)  # letter: segment
    frozen: int = 0  # bars that repeat; 0: not frozen
    glide_to: str = ""  # bookmark, region or point; "" when it does not glide
    glide_bars: float = 0.0  # until it arrives
    glide_segment: int = -1  # where it will arrive
    glide_way: tuple[int, ...] = ()  # segments that its whole way leads by
    steer: tuple[float, ...] = ()  # the point of the map it leans to; () when it does not
    morph_to: str = ""  # title of the preset that comes in over some bars, or is switched to
    morph_bars: float = 0.0  # until it has come in
    muted: bool = False
    heard: str = ""  # what the part hears now, in words: notes, chord, key; "" when it hears nobody
    heard_at: tuple[float, ...] = ()  # where on the map that is; () when it is not known
    pull: float = 0.0  # how strongly it pulls, 0..1


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
    connected: tuple[str, ...] = ()  # who listens at the output, where the MIDI system tells
    source: str = "internal"  # whose clock
    peers: int = 0  # others on Link
    following: bool = False  # whether that clock can be heard


@dataclass(frozen=True, slots=True)
class ControllersStatus:
    """The performer's controllers: what is being learnt, and which knob holds what."""

    learning: str = ""  # the control or command that the next touch is bound to
    held: dict[str, str] = field(default_factory=dict)  # control or command: "CC 21"
    maps: tuple[str, ...] = ()  # names of the maps in use
    part: int = 0  # the part that they move where they name none


@dataclass(frozen=True, slots=True)
class SetListStatus:
    """Where the performance is in its set list; no entries: there is none."""

    title: str = ""
    entries: tuple[str, ...] = ()
    current: int = -1  # index of the entry that plays
    next: str = ""  # "loaded", "loading", or why the next entry cannot be played
    notes: str = ""  # the performer's notes to self on the entry that plays


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
    count_in: int = 0  # beats that are still counted before the music starts
    tempo_to: float = 0.0  # where a ramp of the tempo leads; 0: there is none
    ended: bool = False
    health: Health = field(default_factory=Health)
    controllers: ControllersStatus = field(default_factory=ControllersStatus)
    set_list: SetListStatus = field(default_factory=SetListStatus)


def _plain(value: Any) -> dict[str, Any]:
    """A dataclass with slots, one level deep: `asdict` copies all that it meets, ten times as slowly."""
    return {name: getattr(value, name) for name in value.__slots__}


def status_to_text(status: Status) -> str:
    """A status as one line of JSON."""
    return json.dumps(status, default=_plain, separators=(",", ":"))


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


def _part_from(data: dict[str, Any]) -> PartStatus:
    voices = tuple(VoiceStatus(**voice) for voice in data.pop("voices"))
    return PartStatus(voices=voices, **{key: _tuples(value) for key, value in data.items()})


def status_from_text(text: str) -> Status:
    """The status that `status_to_text` wrote. Raises MessageError on anything else."""
    try:
        data = json.loads(text)
        data["health"] = Health(**{key: _tuples(value) for key, value in data["health"].items()})
        for name, kind in (("controllers", ControllersStatus), ("set_list", SetListStatus)):
            data[name] = kind(**{key: _tuples(value) for key, value in data[name].items()})
        parts = tuple(_part_from(part) for part in data.pop("parts"))
        return Status(parts=parts, **{k: _tuples(v) for k, v in data.items()})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise MessageError(f"not a status: {text[:80]}") from error
