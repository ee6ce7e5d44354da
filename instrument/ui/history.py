"""Undo and redo of what hands did to controls.

What flows in: changes. What flows out: the change to make next. A run of nudges of one control is one change.
Nothing here sends: the caller does.
"""

from dataclasses import dataclass, replace

TOGETHER_S = 1.0  # nudges of one control closer than this are undone at once
DEEPEST = 500


@dataclass(frozen=True, slots=True)
class Change:
    """Control `name` of `part` went from `before` to `after` at `at_s` (any clock's seconds)."""

    name: str
    part: int
    before: float
    after: float
    at_s: float


class History:
    """What can be taken back, and what can be done again."""

    def __init__(self) -> None:
        self.done: list[Change] = []
        self.undone: list[Change] = []

    def add(self, change: Change) -> None:
        """A hand made `change`; what had been undone is forgotten."""
        self.undone.clear()
        last = self.done[-1] if self.done else None
        if last and (last.name, last.part) == (change.name, change.part) and change.at_s - last.at_s < TOGETHER_S:
            self.done[-1] = replace(last, after=change.after, at_s=change.at_s)
        else:
            self.done.append(change)
            del self.done[:-DEEPEST]

    def undo(self) -> Change | None:
        """The change to take back, or None."""
        return self._move(self.done, self.undone)

    def redo(self) -> Change | None:
        """The change to make again, or None."""
        return self._move(self.undone, self.done)

    @staticmethod
    def _move(source: list[Change], target: list[Change]) -> Change | None:
        if not source:
            return None
        target.append(source.pop())
        return target[-1]
