"""Draw (live room): the random numbers of one step of one walker, and nothing else.

What flows in: the performance's seed, the part, the step's number. What flows out: uniform numbers in [0, 1), one a
`lane`, so that two uses within a step never share a number. There is no generator and no state: step 1,000 can be
drawn without drawing the 999 before it, which is what makes a performance replayable.

The mixer is the finaliser of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
OOPSLA 2014), applied to a counter.
"""

from typing import NamedTuple

_MASK = (1 << 64) - 1
_GAMMA = 0x9E3779B97F4A7C15  # 2^64 over the golden ratio: an odd stride that visits every counter
_SEED, _PART = 0xD1342543DE82EF95, 0xAF251AF3B0F025B5  # odd and unrelated: no two small (seed, part, n) share a key
_TO_UNIT = 2.0**-53  # a double holds 53 bits


def _mix(z: int) -> int:
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)


class Draw(NamedTuple):
    """Random numbers of step `n` of walker `part` in the performance of `seed`; all three are any integers."""

    seed: int
    part: int = 0
    n: int = 0

    def uniform(self, lane: int = 0) -> float:
        """A number in [0, 1) that depends on seed, part, n and `lane` alone."""
        key = _mix((self.seed * _SEED + self.part * _PART + self.n * _GAMMA) & _MASK)
        return (_mix((key + lane * _GAMMA) & _MASK) >> 11) * _TO_UNIT

    def pick(self, size: int, lane: int = 0) -> int:
        """A whole number in 0..size-1."""
        return int(self.uniform(lane) * size)

    def at(self, n: int) -> "Draw":
        """The draw of step `n` of the same walker."""
        return Draw(self.seed, self.part, n)
