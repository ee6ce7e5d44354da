"""Ticks, seconds and bars: how musical time maps to the clock's.

Conventions. Ticks are integers, 480 to a quarter note. Clock time is integer nanoseconds of a monotonic clock
(`_ns`); this module never reads one. Tempo is quarter notes a minute (`_bpm`).
"""

from dataclasses import dataclass
from typing import NamedTuple

PPQN = 480
MIN_BPM, MAX_BPM = 20.0, 300.0
NS_PER_MINUTE = 60_000_000_000


@dataclass(frozen=True, slots=True)
class TempoMap:
    """A straight line from ticks to nanoseconds: `tick` falls on `time_ns`, onwards at `bpm`.

    A tempo change anchors a new map at the tick of the change, so that nothing before it moves and queued
    events (which are in ticks) need no re-queueing.
    """

    tick: int
    time_ns: int
    bpm: float

    @property
    def ns_per_tick(self) -> float:
        """Length of a tick in nanoseconds."""
        return NS_PER_MINUTE / (self.bpm * PPQN)

    def ns_at(self, tick: int) -> int:
        """Clock time (ns) at which `tick` falls."""
        return self.time_ns + round((tick - self.tick) * self.ns_per_tick)

    def tick_at(self, time_ns: int) -> int:
        """The last tick that has fallen by `time_ns`: ns_at(tick) <= time_ns < ns_at(tick + 1)."""
        tick = self.tick + int((time_ns - self.time_ns) // self.ns_per_tick)
        while self.ns_at(tick + 1) <= time_ns:  # at most once: rounding to whole nanoseconds
            tick += 1
        while self.ns_at(tick) > time_ns:
            tick -= 1
        return tick

    def at_tempo(self, tick: int, bpm: float) -> "TempoMap":
        """The map that leaves this one at `tick` and runs at `bpm`."""
        return TempoMap(tick, self.ns_at(tick), bpm)


class Metre(NamedTuple):
    """A time signature: `beats` to a bar of 1/`unit` notes each."""

    beats: int = 4
    unit: int = 4

    @property
    def beat_ticks(self) -> int:
        """Length of a written beat in ticks."""
        return 4 * PPQN // self.unit

    @property
    def bar_ticks(self) -> int:
        """Length of a bar in ticks."""
        return self.beats * self.beat_ticks


class Position(NamedTuple):
    """Where a tick lies in the bar lines: bar and beat count from 1 as musicians do, tick from 0."""

    bar: int
    beat: int
    tick: int

    def __str__(self) -> str:
        return f"{self.bar}|{self.beat}|{self.tick:03d}"


def position(tick: int, metre: Metre) -> Position:
    """Bar, beat and remaining ticks of `tick` when bar 1 starts at tick 0."""
    bar, rest = divmod(tick, metre.bar_ticks)
    beat, rest = divmod(rest, metre.beat_ticks)
    return Position(bar + 1, beat + 1, rest)


def next_grid(tick: int, grid_ticks: int) -> int:
    """The first multiple of `grid_ticks` at or after `tick`."""
    return -(-tick // grid_ticks) * grid_ticks
