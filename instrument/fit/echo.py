"""Workshop: how far a walk is to want again what it played a loop ago, so that it comes back as its corpus does.

In: the ground of a walk, and the ways of one rehearsal after another. Out: the control `echo` to walk with. Tunes and
rags say a phrase twice, a drummer's bars are alike, chorales go on: how alike a corpus is to itself a loop later is
measured, and echo raised until the walk has SHARE of what it lacks. All of it would cost tunes .1 bits a beat.
"""

from dataclasses import replace

import numpy as np

from instrument.controls import control
from instrument.fit.rehearsal import Ground
from instrument.fit.segments import Array

SHARE = 0.5
RATE = 12.0  # energy of a likeness (a cosine) that lacks
LACKS = 0.02  # likeness: what a rehearsal that is as alike as its corpus may lack by chance


class Echo:
    """What is learnt of it from rehearsals on `ground`; nothing where it is `given`."""

    def __init__(self, ground: Ground, given: float | None) -> None:
        self.ground, self._learns = ground, given is None
        self._value = given or 0.0
        self._wanted: float | None = None  # likeness
        self._ago = int(ground.controls.loop_steps)

    @property
    def amount(self) -> float:
        """The control's value, rounded as a hand would set it."""
        return control("echo").clamp(round(self._value, 2))

    def learn(self, path: Array) -> None:
        """Take in the ways (S, W) of one rehearsal on `ground`, which then has the next value."""
        if not self._learns or len(path) <= self._ago:
            return
        heard = self._alike(path[: -self._ago].ravel(), path[self._ago :].ravel())
        if self._wanted is None:
            lacks = self._corpus() - heard
            self._wanted, self._learns = heard + SHARE * lacks, lacks >= LACKS
        if self._learns:
            self._value = max(0.0, self._value + RATE * (self._wanted - heard))
        self.ground = replace(self.ground, controls=replace(self.ground.controls, echo=self.amount))

    def _corpus(self) -> float:
        """How alike the corpus is to itself a loop later."""
        piece = self.ground.segments.piece
        first = np.flatnonzero(piece[: -self._ago] == piece[self._ago :])
        return self._alike(first, first + self._ago)

    def _alike(self, one: Array, other: Array) -> float:
        """Mean cosine of segments (n,) with others (n,)."""
        return float(np.vecdot(self.ground.likeness[one], self.ground.likeness[other]).mean()) if len(one) else 0.0
