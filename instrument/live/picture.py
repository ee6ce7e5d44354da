"""Picture (live room): what has been heard of late, as slowly fading sums.

What flows in: notes that begin and end, with their ticks. What flows out: harmony, register, density, dynamics and
rhythm of the last beats, older music counting for less: its weight halves in `memory` beats. It knows no
preset, no key and no clock; it is moved on by what it is told and asked.

`chroma` (12,): beats that each pitch class sounded. `rhythm` (R,): notes struck in each 16th of a segment.
"""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from instrument.live.hearing import Released, Struck
from instrument.tempo import PPQN

SIXTEENTH = PPQN // 4
CHORD_TICKS = 30  # notes struck so close to each other are one chord
Floats = npt.NDArray[np.float32]


class Picture:
    """Fading sums; each fades as the tick moves on."""

    def __init__(self, hop: int, memory: float, tick: int = 0) -> None:
        self.memory = memory  # beats in which the weight of what was heard halves
        self._hop = hop
        self.tick = tick
        self.chroma = np.zeros(12)
        self.rhythm = np.zeros(max(1, hop // SIXTEENTH))
        self.pulse = 0.0  # beats listened to, faded: what the sums are measured against
        self._struck = self._onsets = self._loudness = self._height = self._sounded = 0.0
        self._last = -CHORD_TICKS

    def advance(self, tick: int, held: Iterable[int]) -> None:
        """Let time pass up to `tick` while `held` (pitches) sounded."""
        beats = (tick - self.tick) / PPQN
        if beats <= 0:
            return
        self.tick = tick
        kept = 0.5 ** (beats / self.memory)
        gained = (1 - kept) * self.memory / 0.6931  # beats, faded as they pass
        self.chroma *= kept
        self.rhythm *= kept
        self.pulse = self.pulse * kept + gained
        self._struck, self._loudness, self._height = self._struck * kept, self._loudness * kept, self._height * kept
        self._sounded *= kept
        self._onsets *= kept
        pitches = list(held)
        for pitch in pitches:
            self.chroma[pitch % 12] += gained
        if pitches:
            self._sounded += gained
            self._height += gained * max(pitches)

    def note(self, event: Struck | Released, phase: int) -> None:
        """A note began or ended, `phase` ticks into its segment; `advance` has been called up to its tick."""
        if isinstance(event, Struck):
            self._struck += 1
            if event.tick - self._last >= CHORD_TICKS:
                self._onsets += 1
            self._last = event.tick
            self._loudness += event.velocity
            self.rhythm[round(phase / SIXTEENTH) % len(self.rhythm)] += 1

    @property
    def onsets_per_beat(self) -> float:
        """Distinct onsets a beat, on average; notes of a chord count once."""
        return self._onsets / self.pulse if self.pulse > 0 else 0.0

    @property
    def onsets_per_segment(self) -> float:
        """Distinct onsets in a segment's length, on average."""
        return self.onsets_per_beat * self._hop / PPQN

    @property
    def velocity(self) -> float | None:
        """Mean velocity, 1..127; None when nothing was struck of late."""
        return self._loudness / self._struck if self._struck > 0.05 else None

    @property
    def height(self) -> float | None:
        """Mean pitch of the highest sounding note; None when nothing sounded of late."""
        return self._height / self._sounded if self._sounded > 0.05 else None

    @property
    def polyphony(self) -> float:
        """Notes at once, on average, while any sounded."""
        return float(self.chroma.sum()) / self._sounded if self._sounded > 0.05 else 0.0

    @property
    def presence(self) -> float:
        """Share of the time remembered in which something sounded, 0..1."""
        return min(1.0, self._sounded / self.pulse) if self.pulse > 0 else 0.0
