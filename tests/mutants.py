"""Broken inputs from outside: each `Door` is a way in, with good examples of what comes through it.

A door takes bytes and may refuse them with a UserError; anything else it raises is a find. `mutants` breaks good
examples: flips, cuts, repeats, splices and odd numbers, deterministic in the seed. tests/test_doors.py runs a few,
scripts/fuzz as many as wanted, and by coverage where atheris is installed.
"""

import json
import random
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from instrument.errors import UserError
from instrument.fit.read import midi_pieces
from instrument.messages import Command, Set, from_json, status_from_text, to_json
from instrument.midi.maps import parse_map
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


DOORS: dict[str, Door] = {
    "preset": Door(_preset, _preset_examples),
    "message": Door(_json, _messages),
    "status": Door(_text(status_from_text), lambda: [b'{"playing":true,"tick":0,"health":{},"parts":[]}']),
    "map": Door(_text(parse_map), _maps),
    "setlist": Door(_text(lambda text: parse_setlist(text, Path("/nowhere"))), lambda: [SET_LIST]),
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
