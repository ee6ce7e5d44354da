"""Workshop: drum notes -> columns that describe a segment's beat, where harmony has nothing to say.

In: Segments whose drums lie on General MIDI's drum keys. Out: blocks. Keys keep their meaning: they are grouped by
what a drummer would strike (kick, snare, ..), never by pitch.
"""

import numpy as np
import numpy.typing as npt

from instrument.fit.segments import Segments

Singles = npt.NDArray[np.float32]
GROUPS = {
    "kick": (35, 36),
    "snare": (37, 38, 39, 40),
    "closed hat": (42, 44, 69, 70),
    "open hat": (46, 54),
    "low tom": (41, 43, 45),
    "high tom": (47, 48, 50),
    "ride": (51, 53, 59),
    "crash": (49, 52, 55, 57),
}
OTHER = len(GROUPS)  # hand percussion and the rest
GROUP_OF = np.full(128, OTHER)  # by key
for _number, _keys in enumerate(GROUPS.values()):
    GROUP_OF[list(_keys)] = _number


def kit_blocks(segments: Segments, cells: int, cell_ticks: int) -> dict[str, Singles]:
    """kit (N, 9 * G) strokes a group and 16th; accent (N, G) loudest stroke of each 16th, 0..1; groups (N, 9)."""
    struck = (segments.onset >= 0) & ~segments.pitched
    group = GROUP_OF[segments.pitch[struck]]
    cell = np.minimum(segments.onset[struck] // cell_ticks, cells - 1)
    row = segments.segment[struck]
    width = (OTHER + 1) * cells
    strokes = np.bincount(row * width + group * cells + cell, minlength=width * len(segments))
    kit = np.sqrt(strokes.reshape(len(segments), width)).astype(np.float32)
    accent = np.zeros((len(segments), cells), dtype=np.float32)
    np.maximum.at(accent, (row, cell), segments.velocity[struck].astype(np.float32) / 127)
    groups = np.log1p(strokes.reshape(len(segments), OTHER + 1, cells).sum(2)).astype(np.float32)
    return {"kit": kit, "accent": accent, "groups": groups}
