"""Belief (live room): what is taken to sound in the next eighths, from what is heard now and what corpora go on with.

What flows in: the heard line and what sounds now, as pitch classes in the preset's frame. What flows out: weights. It
is pure: the same inputs, the same belief.

Shapes: C cells (eighths) a segment; 13 columns: the pitch classes, and one for silence, which is never wished for.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from instrument.live.ears import Ears
from instrument.live.matching import SILENT

LATER, GUESS = 0.6, 0.3  # weights, beside what sounds, of what should follow it, and of a guess before a note comes
FORESEEN = 2  # cells; what lies further off is nobody's guess

Floats = npt.NDArray[np.float32]


def believed(ears: Ears, line: list[int], heard: Sequence[int], cell: int, texture: bool) -> Floats:
    """(C, 13) what sounds in `cell`, `heard` (the newest last), and what is likely in the two cells after it.

    `line` is what was on top before, eighth by eighth. A texture is taken to last; a line to go on as the corpus
    does. When nothing sounds, all of it is a guess.
    """
    belief = np.zeros((ears.matcher.cells, 13), np.float32)
    if heard:
        belief[cell] = weights(heard)
        line, cell = [*line, heard[-1]], cell + 1
    weight, end = LATER if heard else GUESS, min(cell + FORESEEN, len(belief))
    for later in range(cell, end):
        likely = belief[cell - 1] if heard and texture else ears.lines.next(line, later)
        belief[later] = weight * likely
        if later + 1 < end:
            line, weight = [*line, int(likely.argmax())], weight * LATER
    belief[:, SILENT] = 0
    return belief


def weights(pitch_classes: Sequence[int]) -> Floats:
    """(13,) weights that sum to 1, shared by the pitch classes."""
    shared = [0.0] * 13
    for pitch_class in pitch_classes:
        shared[pitch_class] += 1 / len(pitch_classes)
    return np.array(shared, np.float32)
