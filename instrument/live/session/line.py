"""Where someone else's beat is, and how ours is brought to it without a jump.

A `Line` maps quarter notes to the wall clock and back; sources of time (MIDI clock, Link) give one. `steer` bends the
engine's own tempo map towards it: never a leap, but a tempo a little faster or slower until both agree. Units: beats
are quarter notes, `_ns` nanoseconds of `perf_counter_ns`.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from instrument.tempo import MAX_BPM, MIN_BPM, NS_PER_MINUTE, PPQN, TempoMap

MAX_BEND = 0.1  # of the tempo: half a beat apart is half a beat of ears' patience, five beats long
BEND_BEATS = 1.0  # an error within the bend's reach shrinks by e in so many beats


@dataclass(frozen=True, slots=True)
class Line:
    """Quarter note `beat` falls on `time_ns`, onwards at `bpm`."""

    beat: float
    time_ns: int
    bpm: float

    def beat_at(self, time_ns: int) -> float:
        """The beat at `time_ns`."""
        return self.beat + (time_ns - self.time_ns) * self.bpm / NS_PER_MINUTE

    def ns_at(self, beat: float) -> int:
        """When `beat` falls."""
        return self.time_ns + round((beat - self.beat) * NS_PER_MINUTE / self.bpm)


class Request(NamedTuple):
    """What a source asks of the transport.

    `beat` (quarter notes from the song's start) is for "locate". An `exact` "play" means this very moment, which the
    source's line knows best; any other waits for the next meeting of both beats.
    """

    what: Literal["play", "stop", "locate"]
    beat: float = 0.0
    exact: bool = False


class Source(Protocol):
    """A clock that is not ours. `cycle` is how many beats of its count are common ground: phase modulo that."""

    name: str

    @property
    def cycle(self) -> float:
        """Beats modulo which its phase means something."""

    @property
    def peers(self) -> int:
        """How many others share it."""

    def hear(self, stamp_ns: int, data: tuple[int, ...]) -> list[Request]:
        """Take in a MIDI system message."""

    def poll(self, now_ns: int, bar_beats: float) -> list[Request]:
        """What it asks since last time; a bar here has `bar_beats`."""

    def line(self, now_ns: int) -> Line | None:
        """Where its beat is; None when it does not say (any more)."""

    def propose(self, bpm: float, now_ns: int) -> None:
        """A hand changed the tempo here."""

    def rolling(self, playing: bool, beat_ns: int) -> None:
        """The transport here started (its next beat on a cycle falls on `beat_ns`) or stopped."""

    def share(self, transport: bool) -> None:
        """Whether start and stop go both ways."""

    def close(self) -> None:
        """Leave it."""


def wrapped(error: float, cycle: float) -> float:
    """`error` modulo `cycle`, nearest to zero."""
    return (error + cycle / 2) % cycle - cycle / 2


def song_beat(tempo: TempoMap, origin: int, time_ns: int) -> float:
    """Quarter notes from the song's start (tick `origin`) at `time_ns`."""
    return (tempo.tick - origin + (time_ns - tempo.time_ns) / tempo.ns_per_tick) / PPQN


def steer(tempo: TempoMap, line: Line, origin: int, cycle: float, now_ns: int) -> TempoMap:
    """The map that leaves `tempo` where it is at `now_ns` and from there closes in on `line`."""
    here = song_beat(tempo, origin, now_ns)
    error = wrapped(line.beat_at(now_ns) - here, cycle)
    bend = max(-MAX_BEND, min(MAX_BEND, error / BEND_BEATS))
    bpm = min(MAX_BPM, max(MIN_BPM, line.bpm)) * (1 + bend)
    ticks = here * PPQN + origin
    tick = int(ticks)
    return TempoMap(tick, now_ns - round((ticks - tick) * TempoMap(0, 0, bpm).ns_per_tick), bpm)


def begin(tick: int, origin: int, line: Line, cycle: float, from_ns: int) -> TempoMap:
    """The map on which `tick` falls on its place in the source's cycle, at `from_ns` or as soon after as may be."""
    beat = (tick - origin) / PPQN
    behind = (line.beat_at(from_ns) - beat) / cycle
    cycles = -(-round(behind * 1e6) // 1_000_000)  # up to the next whole one, rounding noise aside
    return TempoMap(tick, line.ns_at(beat + cycles * cycle), min(MAX_BPM, max(MIN_BPM, line.bpm)))
