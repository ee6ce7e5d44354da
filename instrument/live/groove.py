"""Groove (live room): swing and an unsteady hand, as a bending of time within the step.

What flows in: a tick within a step. What flows out: the tick at which it sounds. Time itself is bent, by a map that
never turns back, so notes are neither lost nor put in another order; the clock and the bar lines stay straight.
"""

from math import ceil

from instrument.live.draw import Draw
from instrument.tempo import PPQN

UNSTEADY = 20  # ticks that a hand at its worst is early or late: 25 ms at 100 BPM; less than DECIDE_EARLY_TICKS
KNOT = PPQN // 4  # the hand's error is drawn for every sixteenth, and glides between
LANE = 1000


def reach(humanise: float) -> int:
    """Ticks by which a note may sound before its place, at most."""
    return ceil(humanise * UNSTEADY)


class Groove:
    """The bending of the step `draw.n`: swing 50..75 (% of the beat), humanise 0..1, `hop` ticks to the step."""

    def __init__(self, swing: float, humanise: float, hop: int, draw: Draw) -> None:
        self._swing, self._humanise = swing / 100, humanise
        self._first = draw.n * hop
        self._draw = draw

    def bend(self, offset: int) -> int:
        """Where `offset` (ticks from the step's start, may lie outside of it) sounds."""
        if self._swing == 0.5 and not self._humanise:
            return offset
        place = self._first + offset
        return round(self._swung(place) + self._error(place)) - self._first

    def _swung(self, place: int) -> float:
        """The first half of a quarter note stretched to `swing` of it, the second pressed into the rest."""
        beat, rest = divmod(place, PPQN)
        half, middle = PPQN / 2, PPQN * self._swing
        if rest < half:
            return beat * PPQN + rest * middle / half
        return beat * PPQN + middle + (rest - half) * (PPQN - middle) / half

    def _error(self, place: int) -> float:
        """Between knots straight: two neighbours differ by less than lies between them, so order holds."""
        if not self._humanise:
            return 0.0
        knot, rest = divmod(place, KNOT)
        before, after = self._knot(knot), self._knot(knot + 1)
        return self._humanise * UNSTEADY * (before + (after - before) * rest / KNOT)

    def _knot(self, knot: int) -> float:
        return 2 * self._draw.at(knot).uniform(LANE) - 1
