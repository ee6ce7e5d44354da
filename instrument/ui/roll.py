"""The piano roll: what sounded during the last bars, and what sounds now.

What flows in: the pairs (channel, pitch) that sound, at the ticks at which the screen looked. What flows out: spans
of ticks. It shows what the port was sent, so no transposition or mute can make it lie; what is shorter than the time
between two looks may be missing.
"""

from collections import deque
from itertools import takewhile
from typing import NamedTuple

Key = tuple[int, int]  # channel, pitch
KEPT = 4000  # spans


class Span(NamedTuple):
    """A note that sounded from `start` until `end`, in ticks."""

    start: int
    end: int
    channel: int
    pitch: int


class Roll:
    """Memory of one part's notes."""

    def __init__(self) -> None:
        self.past: deque[Span] = deque(maxlen=KEPT)
        self.held: dict[Key, int] = {}
        self.tick = 0

    def observe(self, tick: int, sounding: tuple[Key, ...]) -> None:
        """These notes sound at `tick`; a tick that went back (a locate) begins anew."""
        if tick < self.tick:
            self.past.clear()
            self.held.clear()
        for key in self.held.keys() - set(sounding):
            self.past.append(Span(self.held.pop(key), tick, *key))
        for key in sounding:
            self.held.setdefault((key[0], key[1]), tick)
        self.tick = tick

    def since(self, tick: int) -> list[Span]:
        """Every note that sounded after `tick`, the ones that still do ending now."""
        now = [Span(start, self.tick, *key) for key, start in self.held.items()]
        recent = takewhile(lambda span: span.end >= tick, reversed(self.past))  # they stand in order of their ends
        return [*reversed(list(recent)), *now]
