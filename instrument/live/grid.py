"""Grid (live room): what waits for a beat, a bar or a fourth bar: presets, new parts, leaving ones, mutes.

What flows in: wishes with the tick they were made at. What flows out: `Coming`s when their time has come, which is
`DECIDE_EARLY_TICKS` before their line, so that the step on the line is theirs. It changes nothing itself.
A step without anything that comes in is decided later, `thinking_ticks` before its first note: a knob that is turned
until then is still heard in it.
"""

from collections.abc import Callable
from typing import NamedTuple

from instrument.tempo import PPQN, Metre, next_grid

DECIDE_EARLY_TICKS = 24  # 30 ms at 100 BPM, 10 ms at 300; a preset's entry costs some 4 ms on a busy machine
THINKING_MS = 8.0  # a step costs .1 ms, four parts of eight voices 2 on a busy core; the rest is for a late wake-up
BEAT, BAR, FOUR_BARS = 0, 1, 2


class Coming(NamedTuple):
    """Something that happens at `line`: `act` does it. A later one of the same part and kind takes its place."""

    line: int
    part: int
    kind: str
    act: Callable[[int], None]
    title: str = ""  # of the preset that comes, for the screen


def thinking_ticks(bpm: float) -> int:
    """How long before its first note a step is decided, at `bpm`."""
    return max(1, round(THINKING_MS * bpm * PPQN / 60_000))


class Grid:
    """What waits, in the order of its lines, then of asking."""

    def __init__(self) -> None:
        self.waiting: list[Coming] = []

    def line(self, tick: int, origin: int, metre: Metre, quantize: float) -> int:
        """The next line whose step is not decided yet at `tick`."""
        ticks = {BEAT: metre.beat_ticks, BAR: metre.bar_ticks, FOUR_BARS: 4 * metre.bar_ticks}[int(quantize)]
        return origin + next_grid(tick + DECIDE_EARLY_TICKS + 1 - origin, ticks)

    def put(self, coming: Coming) -> None:
        """Let it wait, in the place of what waits for the same part and is of the same kind."""
        others = [c for c in self.waiting if (c.part, c.kind) != (coming.part, coming.kind)]
        self.waiting = sorted([*others, coming], key=lambda c: c.line)

    def next_tick(self) -> int | None:
        """When the first is due."""
        return self.waiting[0].line - DECIDE_EARLY_TICKS if self.waiting else None

    def due(self, tick: int) -> list[Coming]:
        """Take out what is due by `tick`."""
        ready = [c for c in self.waiting if c.line - DECIDE_EARLY_TICKS <= tick]
        self.waiting = self.waiting[len(ready) :]
        return ready
