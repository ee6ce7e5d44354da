"""Broken inputs from outside: each `Door` is a way in, with good examples of what comes through it.

A door takes bytes and may refuse them with a UserError; anything else it raises is a find. `mutants` breaks good
examples: flips, cuts, repeats, splices and odd numbers, deterministic in the seed. tests/test_doors.py runs a few,
scripts/fuzz as many as wanted, and by coverage where atheris is installed.
"""

import atexit
import json
import random
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pythonosc.osc_message_builder import OscMessageBuilder

from instrument.errors import UserError
from instrument.fit.read import midi_pieces
from instrument.live.engine import Engine
from instrument.live.session.log import SCHEMA, preset_entry
from instrument.live.session.relive import engine_of, read_log, relive
from instrument.messages import Command, Heard, Message, Set, Status, command, from_json, status_from_text, to_json
from instrument.midi.maps import parse_map
from instrument.midi.osc import OscServer
from instrument.preset import Preset
from instrument.setlist import parse_setlist
from tests.support import tiny_preset

ODD = (
    b"\x00",
    b"\xff",
    b"\x7f\xff\xff\xff",
    b"\xff\xff\xff\xff",
    b"-1",
    b"1e999",
    b"NaN",
    b'"',
    b"]",
    b"{",
    b"\n",
    b"../",
)
DATA = Path(__file__).parent


@dataclass(frozen=True)
class Door:
    """A way in: `open` takes bytes; `examples` gives good ones."""

    open: Callable[[bytes], object]
    examples: Callable[[], list[bytes]]

    def refuses_or_takes(self, data: bytes) -> bool:
        """Whether `data` was taken; False when it was refused in a line. What else is raised, is raised on."""
        try:
            self.open(data)
        except UserError as refusal:
            if not str(refusal).isprintable():
                raise RuntimeError(f"a refusal that is no line: {refusal!r}") from refusal
            return False
        return True


def _preset(data: bytes) -> object:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mutant.safetensors"
        path.write_bytes(data)
        preset = Preset.load(path)
        return [preset.notes(segment) for segment in range(len(preset))]


def _preset_examples() -> list[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "good.safetensors"
        tiny_preset(pieces=2, bars=2).save(path)
        return [path.read_bytes()]


def _json(data: bytes) -> object:
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return from_json(value)


def _messages() -> list[bytes]:
    messages = (Set("step", 0.5, 1), Set("tempo", 120.0), Command("locate", (3,)), Command("load", ("x", 1)))
    return [json.dumps(to_json(message)).encode() for message in messages]


def _text(parse: Callable[[str], object]) -> Callable[[bytes], object]:
    return lambda data: parse(data.decode("utf-8", "replace"))


def _maps() -> list[bytes]:
    folder = DATA.parent / "instrument" / "midi" / "maps"
    return [path.read_bytes() for path in sorted(folder.glob("*.toml"))]


SET_LIST = b"""title = "Friday"
[[entry]]
name = "opening"
tempo = 92
notes = "slow"
[[entry.part]]
preset = "bach-chorales"
controls = { step = 0.3 }
"""


def _midi() -> list[bytes]:
    return [path.read_bytes() for path in sorted((DATA / "fit").rglob("*.mid")) if path.stat().st_size]


@cache
def _logged() -> Path:
    """A preset for the logs to name; the folder goes when the tests end."""
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    path = Path(folder.name) / "tiny.safetensors"
    tiny_preset(pieces=2, bars=2).save(path)
    return path


def _logs() -> list[bytes]:
    named = [preset_entry(_logged())]
    loaded = {"part": 0, "morph_bars": 1, "add": False, "controls": {"step": 0.5}, "now": False}
    messages: list[Message] = [command("play"), Set("step", 0.5), Heard((0x90, 60, 90)), command("back")]
    lines = [
        {"schema": SCHEMA, "presets": named, "seed": 1, "settings": {"tempo": 120.0}, "bars": None},
        *({"tick": 240 * n, "message": to_json(message)} for n, message in enumerate(messages)),
        {"tick": 960, "load": loaded, "presets": named},
        {"end": 1920},
    ]
    return ["\n".join(map(json.dumps, lines)).encode()]


def _log(data: bytes) -> object:
    """Live through a log; not to a tick that is hours away, which is right but takes its time."""
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
        Path(file.name).write_bytes(data)
        lines = read_log(Path(file.name))
        near = [line for line in lines[1:] if line.get("tick", line.get("end", 0)) < 10_000]
        return relive(engine_of(lines[0])[0], near)


class _Screen:
    """Whom an OSC server speaks to: nobody."""

    def send(self, message: Message) -> None:
        """Let it pass."""

    def latest(self) -> Status | None:
        """Nothing is known."""
        return None


def _datagrams() -> list[bytes]:
    calls: list[tuple[str, list[float | str]]] = [
        ("/eigenwalk/play", []),
        ("/eigenwalk/part/1/step/fader", [0.5]),
        ("/eigenwalk/tempo", [120.0]),
        ("/eigenwalk/*/step", ["?"]),
        ("/eigenwalk/subscribe", []),
    ]
    built = []
    for address, values in calls:
        message = OscMessageBuilder(address)
        for value in values:
            message.add_arg(value)
        built.append(message.build().dgram)
    return [*built, b"#bundle\0" + bytes(8) + len(built[1]).to_bytes(4, "big") + built[1]]


@cache
def _osc_server() -> OscServer:
    server = OscServer(_Screen(), 0)
    atexit.register(server.close)
    return server


def _heard(data: bytes) -> object:
    """Bytes as MIDI messages of one to three, to an engine that plays."""
    engine = Engine([Preset.load(_logged())], 1)
    engine.handle(command("play"), 0)
    for start in range(0, len(data) - 3, 4):
        engine.handle(Heard(tuple(data[start : start + 1 + data[start + 3] % 3])), engine.tick)
    return engine.advance(960)


DOORS: dict[str, Door] = {
    "preset": Door(_preset, _preset_examples),
    "message": Door(_json, _messages),
    "status": Door(_text(status_from_text), lambda: [b'{"playing":true,"tick":0,"health":{},"parts":[]}']),
    "map": Door(_text(parse_map), _maps),
    "setlist": Door(_text(lambda text: parse_setlist(text, Path("/nowhere"))), lambda: [SET_LIST]),
    "log": Door(_log, _logs),
    "osc": Door(lambda data: _osc_server()._read(data, ("127.0.0.1", 9)), _datagrams),
    "input": Door(_heard, lambda: [bytes(range(0x80, 0xF0, 4)) * 2, b"\x90\x3c\x40\x02\x80\x3c\x40\x02" * 4]),
    "midi": Door(lambda data: midi_pieces(data, "mutant"), _midi),
}


def mutants(examples: list[bytes], count: int, seed: int) -> Iterator[bytes]:
    """`count` broken versions of `examples`, each by one to six changes."""
    dice = random.Random(seed)
    for _ in range(count):
        data = bytearray(dice.choice(examples))
        for _ in range(dice.randint(1, 6)):
            _break(data, dice, examples)
        yield bytes(data)


def _break(data: bytearray, dice: random.Random, examples: list[bytes]) -> None:
    where = dice.randrange(len(data) + 1)
    match dice.randrange(6):
        case 0 if where < len(data):
            data[where] ^= 1 << dice.randrange(8)
        case 1 if where < len(data):
            data[where] = dice.randrange(256)
        case 2:
            del data[where : where + dice.choice((1, 2, 8, 64))]
        case 3:
            data[where:where] = dice.choice(ODD)
        case 4:
            data[where:where] = data[where : where + dice.randint(1, 64)]
        case _:
            other = dice.choice(examples)
            start = dice.randrange(len(other))
            data[where:] = other[start:]
