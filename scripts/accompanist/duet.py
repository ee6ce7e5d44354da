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
from instrument.notes import NOTE_OFF, NOTE_ON, Event, Output
from instrument.preset import Preset

GRAIN = 8


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


class Stage:
    """An engine that rolls, watched every 8 ticks (10 ms), so that a change of mind is seen where it happens."""

    def __init__(self, preset: Preset, controls: Mapping[str, float], seed: int) -> None:
        self._engine = Engine([preset], seed, {"tempo": BPM, **controls})
        self._engine.handle(command("play"), 0)
        self._part, self._hop = self._engine.parts[0], preset.hop
        self._seen: list[int] = []
        self.joins: list[Join] = []
        self.outputs: list[Output] = []

    def until(self, tick: int) -> None:
        """Let time pass up to `tick`."""
        while self._engine.tick < tick:
            self._look(min(tick, self._engine.tick + GRAIN))

    def hear(self, note: Played) -> None:
        """The performer's note, at its tick."""
        self.until(note.tick)
        self._engine.handle(
            Heard((NOTE_ON if note.on else NOTE_OFF, note.pitch, LOUDNESS if note.on else 0)), note.tick
        )
        self._look(note.tick)

    @property
    def path(self) -> list[int]:
        """The segment of each step; where it changed, the last."""
        return list(self._part.trail)

    def _look(self, tick: int) -> None:
        self.outputs += self._engine.advance(tick)
        seen, trail = len(self._seen), self._part.trail
        if seen and trail[seen - 1] != self._seen[-1]:
            begin = self._part.next_step - self._hop * (len(trail) - seen + 1)
            self.joins.append(Join(self._seen[-1], trail[seen - 1], max(1, tick - begin)))
            self._seen[-1] = trail[seen - 1]
        for segment in trail[seen:]:
            self.joins += [Join(self._seen[-1], segment, 0)] if self._seen else []
            self._seen.append(segment)


def play(preset: Preset, performer: Sequence[Played], controls: Mapping[str, float], seed: int) -> Duet:
    """The whole duet, and a beat more."""
    stage = Stage(preset, controls, seed)
    for note in performer:
        stage.hear(note)
    stage.until(performer[-1].tick + preset.hop)
    walk = [
        Played(o.tick, o.kind == NOTE_ON, o.data1)
        for o in stage.outputs
        if isinstance(o, Event) and o.kind in (NOTE_ON, NOTE_OFF)
    ]
    return Duet(performer, walk, stage.joins, stage.path)
