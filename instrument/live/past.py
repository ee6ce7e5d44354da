"""Past (live room): the trail of a part through the presets that it played before the one it plays.

What flows in: each preset that goes, with the steps taken in it. What flows out: what the part played at any step
since the set began. Presets take memory, so the last PRESETS different ones are kept; with an older one goes all
that was played until it last sounded. Steps are counted from the start of the set, those that are gone included.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

from instrument.live.material import Material

PRESETS = 16  # some 10 MB each


@dataclass(slots=True)
class Past:
    """`begin`: the first step that is still known; `steps`: the first that is not past."""

    begin: int = 0
    steps: int = 0
    _runs: list[tuple[Material, "array[int]"]] = field(default_factory=list)
    _kept: list[Material] = field(default_factory=list)

    def close(self, material: Material, trail: Sequence[int]) -> None:
        """`material` goes, in which `trail` was played."""
        if not trail:
            return
        self._runs.append((material, array("i", trail)))
        self.steps += len(trail)
        if not any(kept is material for kept in self._kept):
            self._kept.append(material)
        while len(self._kept) > PRESETS:
            gone, first = self._runs.pop(0)
            self.begin += len(first)
            if not any(one is gone for one, _ in self._runs):
                self._kept = [kept for kept in self._kept if kept is not gone]

    def at(self, step: int) -> tuple[Material, int]:
        """The preset and the segment that sounded at `step`, begin..steps - 1."""
        end = self.steps
        for material, trail in reversed(self._runs):
            end -= len(trail)
            if step >= end:
                return material, trail[step - end]
        raise IndexError(step)

    def materials(self) -> list[Material]:
        """The presets that are kept."""
        return list(self._kept)
