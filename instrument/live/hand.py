"""Hand (live room): all that hands put on one part, as one frozen value that is swapped whole and can be undone.

What flows in: nothing; messages replace it. What flows out: the controls, the voices' settings, the bookmarks, and
the gestures that last (freeze, glide, steering). Where the walk stands is no part of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from weakref import ReferenceType

from instrument.controls import PartControls
from instrument.live.material import Material


@dataclass(frozen=True, slots=True)
class Voice:
    """One voice's settings: channel 0..15, program 0..127, octave -3..3."""

    channel: int
    program: int = 0
    octave: int = 0
    mute: bool = False
    solo: bool = False


class Played(NamedTuple):
    """A step as it was played: its segment, and the step's number that its random numbers came from."""

    segment: int
    n: int


class Loop(NamedTuple):
    """A freeze: `steps` are repeated from step `first` on."""

    steps: tuple[Played, ...]
    first: int
    bars: int

    def at(self, n: int) -> Played:
        """What step `n` repeats."""
        return self.steps[(n - self.first) % len(self.steps)]


class Glide(NamedTuple):
    """A way to `segment`, which sounds at step `last`; it began at step `first`. `name`: what the hand asked for."""

    name: str
    segment: int
    first: int
    last: int
    way: tuple[tuple[float, ...], ...]  # points of the embedding, evenly apart in length
    through: tuple[int, ...] = ()  # segments that lie on it, in order, for the eye


class Steer(NamedTuple):
    """A lean towards a point of the map, -1..1 both; `strength` 0..1."""

    x: float
    y: float
    strength: float


@dataclass(frozen=True, slots=True)
class Hand:
    """One part's hand."""

    voices: tuple[Voice, ...]
    seed: int
    controls: PartControls = field(default_factory=PartControls)
    muted: bool = False
    loop: Loop | None = None
    glide: Glide | None = None
    steer: Steer | None = None
    bookmarks: Mapping[str, tuple[ReferenceType[Material], str, int]] = field(default_factory=dict)

    def audible(self, voice: int) -> bool:
        """Whether that voice sounds, as mutes and solos have it."""
        one = self.voices[voice]
        if self.muted or one.mute:
            return False
        return one.solo or not any(other.solo for other in self.voices)

    @property
    def register(self) -> tuple[object, ...]:
        """What decides at which pitch and channel a note sounds: when it changes, held notes must be struck anew."""
        c = self.controls
        return self.muted, self.voices, c.transpose, c.octave, c.key, c.scale, c.lowest, c.highest
