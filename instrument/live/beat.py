"""Beat (live room): tempo and downbeat, taken gently from whoever plays steadily.

What flows in: the ticks, velocities and pitches of notes as they begin, and the tempo at which they did. What flows
out: a new tempo now and then, never more than GENTLE away from the last; and how many beats later than ours the
performer's bars begin. It reads no clock: a tick at a tempo is a length of time.

Two errors are steered by, as in a phase-locked loop: the performer's tempo against ours, from the intervals between
onsets counted in eighths, and how far the onsets lie from our eighths. A performer whose intervals scatter by more
than STEADY is not followed.
"""

from collections import deque
from dataclasses import dataclass, field
from statistics import median, pstdev

from instrument.tempo import MAX_BPM, MIN_BPM, PPQN

EIGHTH = PPQN // 2
TOGETHER_TICKS = 40  # onsets so near each other are one chord
INTERVALS, ENOUGH = 8, 5  # remembered, and needed before anything is believed
STEADY = 0.08  # relative scatter of the tempi that intervals speak of
GENTLE = 0.02  # relative change of tempo at one onset, at most
TOWARDS, PHASE = 0.3, 0.1  # share of the tempo's error, and of the phase's in beats, mended at an onset
LONGEST = 4 * EIGHTH  # intervals beyond it are rests
FADE = 0.97  # of the weight of accents, a beat
AHEAD = 1.3  # how much stronger another beat's accents must be to be the downbeat


@dataclass(slots=True)
class Beat:
    """What is known of the performer's beat. `downbeat` counts beats, 0..beats-1, from our bar line to theirs."""

    beats: int = 4
    downbeat: int = 0
    _last: int | None = None
    _tempi: deque[float] = field(default_factory=lambda: deque(maxlen=INTERVALS))
    _accents: list[float] = field(default_factory=list)

    def hear(self, tick: int, velocity: int, bpm: float, amount: float) -> float | None:
        """A note began at `tick` (from our bar line) at `bpm`; the tempo to go on with, None to stay."""
        self._accent(tick, velocity)
        if self._last is not None and tick - self._last < TOGETHER_TICKS:
            return None
        last, self._last = self._last, tick
        if last is None or tick - last > LONGEST:
            return None
        eighths = max(1, round((tick - last) / EIGHTH))
        self._tempi.append(bpm * eighths * EIGHTH / (tick - last))
        if amount <= 0 or len(self._tempi) < ENOUGH or pstdev(self._tempi) > STEADY * bpm:
            return None
        early = -(((tick + EIGHTH // 2) % EIGHTH) - EIGHTH // 2) / PPQN  # beats
        change = amount * (TOWARDS * (median(self._tempi) / bpm - 1) + PHASE * early)
        wanted = bpm * (1 + min(GENTLE, max(-GENTLE, change)))
        wanted = min(MAX_BPM, max(MIN_BPM, wanted))
        return wanted if abs(wanted - bpm) > 0.001 * bpm else None

    def _accent(self, tick: int, velocity: int) -> None:
        """Weigh a note on a beat, and see which beat of the bar is the strongest."""
        number, rest = divmod(tick + PPQN // 8, PPQN)
        if rest > PPQN // 4:
            return
        if len(self._accents) != self.beats:
            self._accents, self.downbeat = [0.0] * self.beats, 0
        self._accents = [weight * FADE for weight in self._accents]
        self._accents[number % self.beats] += (velocity / 64) ** 2
        best = max(range(self.beats), key=lambda b: self._accents[b])
        if self._accents[best] > AHEAD * self._accents[self.downbeat] and sum(self._accents) > 3 * self.beats:
            self.downbeat = best
