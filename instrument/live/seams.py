"""Seams (live room): the price of a join that the preset's table does not hold, from what sounds on its two sides.

What flows in: the segment that sounds, the one that would follow, and any others. What flows out: a price each, on
the table's scale. The table's prices are learnt from the corpus and hear far more; these serve when somebody asks for
a segment from elsewhere. Voice leading is relative to the corpus's own join: absolute, it would reward standing
still.
"""

import numpy as np
import numpy.typing as npt

from instrument.energy import PLAIN_JOIN
from instrument.preset import QUANTILES, Preset

JOIN = 1.5  # energy of a semitone (mean over the quantiles) by which a join departs from the corpus's own
METRE = 1.5 * JOIN  # of a join into another place of the bar
TIE = 1.0  # of each note that is held on one side of the seam only


class Seams:
    """Reads a preset's arrays as they are."""

    def __init__(self, preset: Preset) -> None:
        self._start, self._end = preset.start_pitch, preset.end_pitch
        self._held_in, self._held_out = preset.held_in, preset.held_out
        self._metre = preset.metre_position

    def prices(self, here: int, anchor: int, segments: list[int]) -> list[float]:
        """Price of joining each of `segments` to `here`, where `anchor` is what the corpus would play."""
        if not segments:
            return []
        rows = np.array([anchor, *segments])
        leading = (
            np.abs(self._start.take(rows, 0) - self._end[here]).sum(1, dtype=np.float64) / QUANTILES
        )  # exact: equal prices are equal
        held: npt.NDArray[np.uint8] = np.bitwise_count(self._held_in.take(rows, 0) ^ self._held_out[here])
        price = JOIN * np.abs(leading - leading[0]) + METRE * (self._metre.take(rows) != self._metre[anchor])
        price = price + TIE * (held[:, 0] + held[:, 1]) + PLAIN_JOIN
        prices: list[float] = price[1:].tolist()
        return prices
