"""Script (live room): gestures written down with their bars and beats, so that a piece can be composed offline.

What flows in: lines of JSON, each a message (see messages.py) with the `bar` and `beat` at which it shall be heard.
What flows out: the outputs of an engine that obeyed them. Lines that begin with # and empty lines are skipped.
"""

import json
from collections.abc import Callable, Iterable
from typing import NamedTuple

from instrument.errors import UserError
from instrument.live.engine import Engine
from instrument.live.grid import DECIDE_EARLY_TICKS
from instrument.live.loading import LoadPreset
from instrument.messages import Command, Message, command, from_json
from instrument.notes import Output
from instrument.preset import Preset
from instrument.tempo import Metre

LOADING = frozenset({"load", "morph", "add"})


class Cue(NamedTuple):
    """A message, and where in the song it is heard: bar and beat from 1."""

    bar: int
    beat: float
    message: Message

    def tick(self, metre: Metre) -> int:
        """Just before the step at its place is decided; never before the song begins."""
        place = (self.bar - 1) * metre.bar_ticks + round((self.beat - 1) * metre.beat_ticks)
        return max(0, place - DECIDE_EARLY_TICKS - 1)


def parse(lines: Iterable[str], name: str) -> list[Cue]:
    """The cues of a script called `name`. Raises UserError that names the line."""
    cues = []
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.lstrip().startswith("#"):
            try:
                cues.append(_cue(line))
            except (ValueError, TypeError, KeyError, OverflowError) as error:
                why = f"no {error}" if isinstance(error, KeyError) else str(error)
                raise UserError(f"{name}, line {number}: {why}; a line is a message with its bar and beat") from None
    return cues


def _cue(line: str) -> Cue:
    data = json.loads(line)
    bar, beat = int(data["bar"]), float(data.get("beat", 1))
    if not (1 <= bar <= 1_000_000 and 1 <= beat <= 1000):
        raise UserError(f"bar {bar}, beat {beat:g} is no place in a song: both count from 1")
    return Cue(bar, beat, from_json(data))


def perform(engine: Engine, cues: Iterable[Cue], until_tick: int, load: Callable[[str], Preset]) -> list[Output]:
    """Outputs from the start to `until_tick` or the engine's end; `load` finds a preset by its name."""
    metre = engine.metre
    outputs: list[Output] = []
    timed = sorted(((cue.tick(metre), cue.message) for cue in cues), key=lambda pair: pair[0])
    for tick, message in timed:
        if tick == 0:
            _obey(engine, message, load)
    engine.handle(command("play"), engine.tick)
    start = engine.origin  # a count-in comes before it
    for tick, message in timed:
        if 0 < tick <= until_tick:
            outputs += engine.advance(start + tick)
            _obey(engine, message, load)
    outputs += engine.advance(start + until_tick)
    engine.handle(command("stop"), engine.tick)
    return outputs + engine.advance(engine.tick)


def _obey(engine: Engine, message: Message, load: Callable[[str], Preset]) -> None:
    if isinstance(message, Command) and message.name in LOADING:
        engine.handle(LoadPreset.answer(message, load(str(message.args[0]))), engine.tick)
    else:
        engine.handle(message, engine.tick)
