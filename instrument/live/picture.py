"""Picture (live room): what has been heard of late, as slowly fading sums.

What flows in: notes that begin, with their ticks, and what is held while time passes. What flows out: register,
density, dynamics, rhythm and texture of the last beats, older music counting for less: its weight halves in `memory`
beats. It knows no preset, no key and no clock; it is moved on by what it is told and asked. Plain numbers, for it is
told of every note: in a flood that is a thousand times a second, and arrays of twelve cost five times as much.

`rhythm`: notes struck in each 16th of a segment.
"""

from math import log

from instrument.live.hearing import Struck
from instrument.tempo import PPQN

SIXTEENTH = PPQN // 4
CHORD_TICKS = 30  # notes struck so close to each other are one chord


class Picture:
    """Fading sums; each fades as the tick moves on."""

    def __init__(self, hop: int, memory: float, tick: int = 0) -> None:
        self.memory = memory  # beats in which the weight of what was heard halves
        self._hop = hop
        self.tick = tick
        self.rhythm = [0.0] * max(1, hop // SIXTEENTH)
        self.pulse = 0.0  # beats listened to, faded: what the sums are measured against
        self._struck = self._onsets = self._loudness = 0.0  # notes, chords, velocities
        self._held = self._sounded = self._height = 0.0  # note-beats, beats with any note, and their top pitches
        self._last = -CHORD_TICKS

    def advance(self, tick: int, held: int, top: int) -> None:
        """Let time pass up to `tick` while `held` notes sounded, the highest of them of pitch `top`."""
        beats = (tick - self.tick) / PPQN
        if beats <= 0:
            return
        self.tick = tick
        kept = 0.5 ** (beats / self.memory)
        gained = (1 - kept) * self.memory / log(2)  # beats, faded as they pass
        self.rhythm = [strokes * kept for strokes in self.rhythm]
        self.pulse = self.pulse * kept + gained
        self._struck, self._onsets, self._loudness = self._struck * kept, self._onsets * kept, self._loudness * kept
        self._held, self._sounded, self._height = self._held * kept, self._sounded * kept, self._height * kept
        if held:
            self._held += gained * held
            self._sounded += gained
            self._height += gained * top

    def strike(self, note: Struck, phase: int) -> None:
        """A note began, `phase` ticks into its segment; `advance` has been called up to its tick."""
        self._struck += 1
        if note.tick - self._last >= CHORD_TICKS:
            self._onsets += 1
        self._last = note.tick
        self._loudness += note.velocity
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
        return self._held / self._sounded if self._sounded > 0.05 else 0.0
