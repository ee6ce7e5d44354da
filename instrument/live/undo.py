"""Undo (live room): what hands did, so that it can be taken back and done again.

What flows in: a snapshot before each gesture or change of a control. What flows out: the snapshot to go back to. A
knob that is turned is one change as long as it moves within a beat. Bounded. Across a switch of presets what was done
to controls can be taken back; what meant the other preset's places and voices cannot.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple
from weakref import ReferenceType, ref

from instrument.controls import GlobalControls
from instrument.live.hand import Hand
from instrument.live.material import Material
from instrument.live.part import Part
from instrument.tempo import PPQN

DEEPEST = 256


class Snapshot(NamedTuple):
    """All that hands put: controls, each part's hand and material, and, where a gesture moved a walk, from where."""

    controls: GlobalControls
    hands: dict[int, Hand]
    materials: dict[int, ReferenceType[Material]]  # weak: a preset that plays no more is to go
    places: dict[int, int]

    @classmethod
    def of(cls, controls: GlobalControls, parts: Iterable[Part]) -> "Snapshot":
        """Everything as it stands."""
        there = list(parts)
        materials = {part.index: ref(part.material) for part in there}
        places = {part.index: part.state.segment for part in there if part.state}
        return cls(controls, {part.index: part.hand for part in there}, materials, places)

    def give_back(self, part: Part) -> None:
        """Let `part` have its hand again, and its place if it was moved away; in another preset its controls."""
        old, was = self.hands.get(part.index, part.hand), self.materials.get(part.index)
        if was is None or was() is not part.material:
            part.hand = replace(part.hand, controls=old.controls)
            return
        part.hand = old
        if part.index in self.places:
            part.jump, part.away = self.places[part.index], None


@dataclass(slots=True)
class History:
    """Two stacks of snapshots."""

    done: list[Snapshot] = field(default_factory=list)
    undone: list[Snapshot] = field(default_factory=list)
    _turning: tuple[str, int] | None = None
    _turned_tick: int = 0

    def note(self, before: Snapshot, tick: int, turning: tuple[str, int] | None = None) -> None:
        """Something was done to what stood as `before`; `turning` names the control (and part) that was turned."""
        goes_on = turning is not None and turning == self._turning and tick - self._turned_tick < PPQN
        self._turning, self._turned_tick = turning, tick
        if not goes_on:
            self.done = [*self.done[1 - DEEPEST :], before]
        self.undone = []

    def undo(self, now: Snapshot) -> Snapshot | None:
        """What to go back to from `now`; None when there is nothing to take back."""
        return self._swap(self.done, self.undone, now)

    def redo(self, now: Snapshot) -> Snapshot | None:
        """What to go forward to from `now`; None when nothing was taken back."""
        return self._swap(self.undone, self.done, now)

    def _swap(self, source: list[Snapshot], target: list[Snapshot], now: Snapshot) -> Snapshot | None:
        self._turning = None
        if not source:
            return None
        found = source.pop()
        target.append(
            now._replace(places={index: now.places[index] for index in found.places if index in now.places})
        )
        return found
