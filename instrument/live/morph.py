"""Morph (live room): a preset that comes in over some bars: the longer, the more often a step is its.

What flows in: a tick and a chance. What flows out: which of the two presets the step is from. Pure.
"""

from typing import NamedTuple

from instrument.live.material import Material


class Morph(NamedTuple):
    """From `old` at tick `first` to `new` at tick `last`."""

    old: Material
    new: Material
    first: int
    last: int

    def choose(self, tick: int, chance: float) -> Material:
        """The preset of the step at `tick`; `chance` in [0, 1)."""
        return self.new if tick >= self.last or chance * (self.last - self.first) < tick - self.first else self.old
