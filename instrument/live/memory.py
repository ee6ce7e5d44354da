"""Memory (live room): the deja-vu of a walk: a loop of what was played, and how far it is let go of.

What flows in: what each step played. What flows out: what a step shall play again, or None when it shall be fresh.
One memory is kept for the path and one for the rhythm. After Mutable Instruments' Marbles: with d the knob, a step is
left to chance with probability p = (2d - 1)^2: below .5 chance is a fresh step, above it any place of the loop.
"""

from dataclasses import dataclass, field

from instrument.live.draw import Draw
from instrument.live.hand import Played

LONGEST = 64


@dataclass(slots=True)
class Memory:
    """The last LONGEST steps, newest last; `lane` is the first of its two lanes of random numbers."""

    lane: int
    steps: list[Played] = field(default_factory=list)

    def recall(self, amount: float, length: int, steps_per_bar: int, draw: Draw) -> Played | None:
        """What the step plays again; None: let it be fresh. The loop turns by a step whenever it is recalled."""
        if amount == 0 or len(self.steps) < length:
            return None
        chance = draw.uniform(self.lane) < (2 * amount - 1) ** 2
        if chance and amount < 0.5:
            return None
        loop = self.steps[-length:]
        turned = loop.pop(0)
        self.keep(turned)
        if not chance:
            return turned
        alike = [*loop[steps_per_bar - 1 :: steps_per_bar], turned]  # at the same place of the bar
        return alike[draw.pick(len(alike), self.lane + 1)]

    def keep(self, played: Played) -> None:
        """Remember what a step played."""
        self.steps.append(played)
        del self.steps[:-LONGEST]
