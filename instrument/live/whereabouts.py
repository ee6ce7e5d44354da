"""Whereabouts (live room): where on the manifold the performer has been playing, and what goes on from there.

What flows in: notes as they end, a line of pitch classes, the steps' ticks. What flows out: places: of a texture by
all its features (see placing.py), of a single line by where the corpus has it. Places are in the preset's frame.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from instrument.live.ears import Ears
from instrument.live.hearing import Released, Struck
from instrument.live.placing import NEAREST, Place, Sounded, describe
from instrument.live.prediction import ORDER

NOTES = 96  # that have ended are remembered: three segments of the busiest hands
AHEAD_TICKS = 30  # a note so little before a segment's end belongs to the next


@dataclass(slots=True)
class Whereabouts:
    """The performer's last notes, and the texture's place, which is that of the last segment but one."""

    place: Place | None = None
    _ended: deque[Sounded] = field(default_factory=lambda: deque(maxlen=NOTES))  # begin (tick), length, pitch
    _described: deque[list[float]] = field(default_factory=lambda: deque(maxlen=3))

    def end(self, note: Released) -> None:
        """A note has ended."""
        self._ended.append((note.since, note.tick - note.since, note.pitch))

    def forget(self) -> None:
        """The music stopped, or another preset came: nothing is known any more."""
        self.place = None
        self._described.clear()

    def find(self, ears: Ears, step_tick: int, held: Iterable[Struck], frame: int, position: int) -> None:
        """Take in the segment that ended at `step_tick`, and place the one before it, `position` in its bar."""
        hop = ears.preset.hop
        notes = [*self._ended, *((note.tick, step_tick + 1 - note.tick, note.pitch) for note in held)]
        begin = step_tick - hop
        sounded = [
            (on - begin, length, pitch - frame)
            for on, length, pitch in notes
            if on < step_tick - AHEAD_TICKS and on + length > begin
        ]
        self._described.append(describe(sounded, hop))
        if len(self._described) == 3 and ears.atlas.fits:
            self.place = ears.atlas.place(self._described, position, ears.steps_per_bar)


def along(ears: Ears, line: Sequence[int]) -> Place | None:
    """Where in the corpus its top line goes as `line` (pitch classes, eighth by eighth) does; None where nowhere."""
    places, agreed = ears.lines.after(line, 0)
    if not agreed:
        return None
    rows = tuple(dict.fromkeys((places // ears.matcher.cells).tolist()))[:NEAREST]
    return Place(rows, (1 / len(rows),) * len(rows), float(ORDER - agreed))


def onwards(ears: Ears, segments: Sequence[int], steps: int) -> list[int]:
    """The segments that lie `steps` after each of `segments` in its piece, where there are any."""
    rows = list(segments)
    for _ in range(steps):
        rows = [int(ears.preset.successor[s]) for s in rows if ears.preset.successor[s] >= 0]
    return rows
