"""Duets: a performer's notes into the engine, as a port would bring them, and what comes out of it.

In: a preset, controls, `Played` notes. Out: `Duet`: the performer's and the walk's sounding notes, the joins that the
walk made and where it changed its mind. No clock: the engine is told the ticks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from accompanist.performer import BPM, LOUDNESS, Played
from instrument.live.engine import Engine
from instrument.messages import Heard, command
from instrument.notes import NOTE_OFF, NOTE_ON, Event
from instrument.preset import Preset


class Join(NamedTuple):
    """The walk went from one segment to another; `phase` is where in the beat, 0 at its start."""

    before: int
    after: int
    phase: int


@dataclass
class Duet:
    """What was played and what came of it."""

    performer: Sequence[Played]
    walk: list[Played] = field(default_factory=list)
    joins: list[Join] = field(default_factory=list)
    path: list[int] = field(default_factory=list)  # the segment of each step; where it changed, the last


def play(preset: Preset, performer: Sequence[Played], controls: Mapping[str, float], seed: int) -> Duet:
    """The whole duet, and a beat more."""
    engine = Engine([preset], seed, {"tempo": BPM, **controls})
    engine.handle(command("play"), 0)
    duet, outputs = Duet(performer), []
    part, seen, last = engine.parts[0], 0, -1
    for note in performer:
        outputs += engine.advance(note.tick - 1)
        trail = list(part.trail)
        duet.joins += [Join(a, b, 0) for a, b in zip(trail[max(0, seen - 1) :], trail[max(1, seen) :], strict=False)]
        seen, last = len(trail), trail[-1] if trail else -1
        data = (NOTE_ON, note.pitch, LOUDNESS) if note.on else (NOTE_OFF, note.pitch, 0)
        engine.handle(Heard(data), note.tick)
        if len(part.trail) == seen and seen and part.trail[-1] != last:
            duet.joins.append(Join(last, int(part.trail[-1]), note.tick - (part.next_step - preset.hop)))
        outputs += engine.advance(note.tick)
    outputs += engine.advance(performer[-1].tick + preset.hop)
    duet.walk = [
        Played(o.tick, o.kind == NOTE_ON, o.data1)
        for o in outputs
        if isinstance(o, Event) and o.kind in (NOTE_ON, NOTE_OFF)
    ]
    duet.path = list(part.trail)
    return duet
