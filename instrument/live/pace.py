"""Pace (live room): the tempo as it is at a tick: where the hand put it, on its way elsewhere, or nudged for a beat.

What flows in: tempi (quarter notes a minute) and ticks. What flows out: the tempo at a tick, and the next tick at
which it changes. A ramp is a stair of sixteenths; a nudge ends by itself. Nothing here knows a clock.
"""

from dataclasses import dataclass
from typing import NamedTuple

from instrument.tempo import MAX_BPM, MIN_BPM, PPQN

STAIR = PPQN // 4


class Ramp(NamedTuple):
    """From `start` BPM at tick `first` to `end` BPM at tick `last`, straight."""

    first: int
    last: int
    start: float
    end: float

    def at(self, tick: int) -> float:
        """BPM at `tick`."""
        share = min(1.0, max(0.0, (tick - self.first) / (self.last - self.first)))
        return self.start + share * (self.end - self.start)


@dataclass(slots=True)
class Pace:
    """`bpm` is where the tempo stands, without the nudge: a factor that holds until tick `nudged_until`."""

    bpm: float
    ramp: Ramp | None = None
    factor: float = 1.0
    nudged_until: int | None = None
    _next_stair: int = 0

    @property
    def sounding(self) -> float:
        """The tempo that is played."""
        return min(MAX_BPM, max(MIN_BPM, self.bpm * self.factor))

    def put(self, bpm: float) -> None:
        """A hand puts the tempo at `bpm`: a ramp is let go of."""
        self.bpm, self.ramp = bpm, None

    def lead(self, tick: int, bpm: float, ticks: int) -> None:
        """Bring it to `bpm` over the next `ticks`."""
        self.ramp, self._next_stair = Ramp(tick, tick + ticks, self.bpm, bpm), tick + STAIR

    def nudge(self, tick: int, percent: float, ticks: int) -> None:
        """Be faster by so many percent for the next `ticks`."""
        self.factor, self.nudged_until = 1 + percent / 100, tick + ticks

    def next_tick(self) -> int | None:
        """When it changes next by itself."""
        ticks = [self._next_stair] if self.ramp else []
        return min([*ticks, self.nudged_until] if self.nudged_until is not None else ticks, default=None)

    def pass_tick(self, tick: int) -> None:
        """Come up to `tick`."""
        if self.nudged_until is not None and tick >= self.nudged_until:
            self.factor, self.nudged_until = 1.0, None
        if self.ramp is not None and tick >= self._next_stair:
            self.bpm, self._next_stair = self.ramp.at(tick), tick + STAIR
            if tick >= self.ramp.last:
                self.ramp = None
