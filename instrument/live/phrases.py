"""Phrases (live room): where a walk may begin, and where it may set out for another piece.

What flows in: a preset. What flows out: segments. Found once, when the preset is loaded; nothing here draws.
"""

import numpy as np
import numpy.typing as npt

from instrument.energy import DEPARTURES, phrase_ends
from instrument.preset import Preset


def openings(preset: Preset) -> npt.NDArray[np.int64]:
    """The first segment on a bar line of every piece that has one; the first of the preset when none has."""
    on_line = np.flatnonzero(preset.metre_position == 0)
    _, first = np.unique(preset.piece[on_line], return_index=True)
    found = on_line[first].astype(np.int64)
    return found if len(found) else np.zeros(1, np.int64)


class Phrases:
    """Where phrases end and begin; where the preset marks too few to depart at, every bar is one.

    `ends` (N,) is True before a phrase begins in the same piece; `first` maps a place of the bar to the segments
    there that begin one; `departure_rate` is the chance to leave at an end that makes DEPARTURES a step.
    """

    def __init__(self, preset: Preset) -> None:
        after = preset.successor
        self.ends = phrase_ends(preset.phrase_end, after, preset.metre_position)
        begins = after[self.ends].astype(np.int64)
        places = preset.metre_position[begins]
        self.first = {int(place): begins[places == place] for place in np.unique(places)}
        self.departure_rate = min(0.5, DEPARTURES / max(float(self.ends.mean()), 1e-9))
