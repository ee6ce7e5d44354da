"""Which beat it is by the pulses of a MIDI clock, 24 a quarter note, that come jittered, bunched, odd or not at all.

In: when each was noticed (ns). Out: the count of the last pulse, and the line (time, period) that the pulses lie on.
There are two accounts of how the pulses came. Either each is one of the sender's, noticed late by anything up to a
receiver's period: then all lie in a strip so wide, by the numbers in which they came. Or they are noticed soon, but
some were lost, doubled or very late: then they lie on a line by counts that are corrected as they come, and by their
plain numbers they lie all over the place. The first is taken whenever the strip says that it may hold, and undoes
what was corrected.
"""

from collections import deque

from instrument.midi.strip import Strip, narrowest
from instrument.midi.tracker import Tracker
from instrument.tempo import NS_PER_MINUTE

PULSES = 24  # to a quarter note
MEMORY, LONG = 8 * PULSES, 32 * PULSES  # a tempo .3% off a receiver's periods slips but once in 16 beats
STRIP_FROM, STRIP_EVERY = PULSES, PULSES // 4  # the strip is looked at so often, and once a beat when memory is full
LAG = PULSES // STRIP_EVERY  # its width is that of so many looks ago: a new tempo widens it as well
RIPE = PULSES // 2  # pulses after one that is odd, which tell whether all later ones are off with it
LOST = 0.75  # of a period: a strip of pulses among which one was lost is no narrower
SLIPS = 2  # times that the pulses slipped by one against the receiver's periods: once may be a lost one
EXACT = 0.1  # of a period: such a strip is a period wider than before, give or take so much
COARSE = 1 / 3  # of a period: beyond such a half of a strip, only the strip knows the line
ODD, WINDOW = 5, 2 * PULSES  # so many odd pulses one way among so many may be another tempo
LOOSE = 0.2  # of a period: what the pulses of another tempo are off on average (of any: .25); 5 ms at 120 BPM: .12
MANY = 3  # times as many odd pulses are another tempo, however well they lie: half and double speed
BIAS_GAIN, BIAS_LIMIT = 1 / 8, 1.5  # the mean surprise beyond so many mean deviations: the tempo moved,
OUTSIDE = 1.1  # if it is out of the strip too: pulses of a coarse receiver are at its edge for long
LEAST_BIAS_NS = 400_000
SLOWEST_NS, FASTEST_NS = NS_PER_MINUTE / 15 / PULSES, NS_PER_MINUTE / 400 / PULSES  # a backlog comes in no time


class PulseFilter:
    """Counts pulses and knows when each truly was."""

    def __init__(self) -> None:
        self.count = -1  # of the last pulse; the first is 0
        self.track: Tracker | None = None
        self.last_ns = 0
        self._number = 0  # of the last pulse, all counted
        self._since: deque[tuple[int, int, int]] = deque(maxlen=LONG)  # number, count, time: since the line began
        self._odd: deque[int] = deque(maxlen=LONG - RIPE)  # by how much each pulse's count was corrected
        self._halves_ns: deque[float] = deque(maxlen=LAG)  # of the strip's width, lately
        self._bias_ns = self._spread_ns = self._loose = 0.0

    def pulse(self, time_ns: int) -> bool:
        """A pulse came; False when it was a double of the last and does not count."""
        gap_ns, self.last_ns = time_ns - self.last_ns, time_ns
        self._number += 1
        if self.count < 0 or gap_ns > 2 * SLOWEST_NS:
            self.track = None
            self._restart(time_ns)
            return True
        if self.track is None:
            self.track = Tracker(time_ns - gap_ns, max(FASTEST_NS, gap_ns), MEMORY, 1)
        steps = self._steps(time_ns, self.track)
        self._odd.append(steps - 1)
        off = abs(self.track.surprise(time_ns, steps)) / max(FASTEST_NS, self.track.period_ns)
        self._loose += (min(off, 1.0) - self._loose) / PULSES
        if self._elsewhere():
            self._relearn(time_ns)
            return True
        if steps:
            self._count(time_ns, self.track, steps)
        every = STRIP_EVERY if len(self._since) < MEMORY else PULSES
        if len(self._since) >= STRIP_FROM and self._number % every == 0:
            self._straighten(self.track)
        return steps > 0

    def settle(self) -> None:
        """The count is relied on from here: what was corrected so far stays."""
        self._odd.clear()

    def _restart(self, time_ns: int) -> None:
        self.count += 1
        self._since.clear()
        self._odd.clear()
        self._halves_ns.clear()
        self._since.append((self._number, self.count, time_ns))

    def _steps(self, time_ns: int, track: Tracker) -> int:
        """How many pulses this one stands for: 0 a double, 1 itself, more when some were lost."""
        surprise, period = track.surprise(time_ns), max(FASTEST_NS, track.period_ns)
        if len(self._since) < STRIP_FROM or abs(surprise) < period / 2 + self._half_ns:
            return 1
        return max(0, 1 + round(surprise / period))

    @property
    def _half_ns(self) -> float:
        """Of the strip's width: how far a pulse may be off and still be the one that is due."""
        return self._halves_ns[0] if self._halves_ns else 0.0

    def _coarse(self, track: Tracker) -> bool:
        """Whether the pulses come in lumps by a receiver's periods: their mean and its gains are no use then."""
        return self._half_ns > COARSE * track.period_ns

    def _count(self, time_ns: int, track: Tracker, steps: int) -> None:
        surprise = track.surprise(time_ns, steps)
        self.count += steps
        self._spread_ns += (abs(surprise - self._bias_ns) - self._spread_ns) * BIAS_GAIN / 4
        self._bias_ns += (surprise - self._bias_ns) * BIAS_GAIN
        track.add(surprise, steps)
        self._since.append((self._number, self.count, time_ns))
        least = max(LEAST_BIAS_NS, BIAS_LIMIT * self._spread_ns, OUTSIDE * self._half_ns)
        if track.samples > PULSES and abs(self._bias_ns) > least:
            self._refit()

    def _straighten(self, track: Tracker) -> None:
        """Choose the account that holds, and put the line where its strip says it is."""
        numbers, counts, times_ns = zip(*self._since, strict=True)
        if any(self._odd) and self._each_is_one(track, plain := narrowest(numbers, times_ns, 0)):
            self.count -= sum(self._odd)
            self._odd.clear()
            counts = tuple(self.count + number - self._number for number in numbers)
            self._since = deque(zip(numbers, counts, times_ns, strict=True), LONG)
            self._halves_ns = deque([plain.width_ns / 2], LAG)
        if not self._coarse(track):
            counts, times_ns = counts[-MEMORY:], times_ns[-MEMORY:]
        found = narrowest(counts, times_ns)
        if found.bounded:
            self._halves_ns.append(found.width_ns / 2)
        if self._coarse(track) or (found.bounded and 2 * PULSES <= len(self._since) < MEMORY):
            ahead = self.count - counts[-1]
            track.time_ns, track.period_ns = found.time_ns + ahead * found.period_ns, found.period_ns

    def _each_is_one(self, track: Tracker, plain: Strip) -> bool:
        """Whether all pulses of the strip, by the numbers in which they came, are the sender's.

        Surely when it is too narrow for one that was lost, or no wider than by the corrected counts. Pulses that
        nearly fit the receiver's periods lie exactly on these, until one slips; so what was off were slips when they
        leave a strip that is wider by a period only. Pulses that truly are lost come anyhow, and several make the
        strip wider; jitter does so too.
        """
        odd, period = list(self._odd), max(FASTEST_NS, track.period_ns)
        width, before = plain.width_ns / period, 2 * self._half_ns / period
        corrected = 2 * self._halves_ns[-1] / period if self._halves_ns else 0.0
        if width < max(LOST, corrected) and not any(odd[-RIPE:]):
            return True
        where = [index for index, by in enumerate(odd) if by]
        slipped = abs(sum(odd)) >= SLIPS and where[-1] - where[0] >= RIPE
        return slipped and not EXACT < before < LOST and 1 - EXACT < width < before + 1 + EXACT

    def _refit(self) -> None:
        """Forget all but the last beat, and fit the line through that."""
        recent = list(self._since)[-PULSES:]
        (_, first, origin), n = recent[0], len(recent)
        counts = [count - first for _, count, _ in recent]
        times = [float(at - origin) for _, _, at in recent]
        mean_c, mean_t = sum(counts) / n, sum(times) / n
        square = sum((c - mean_c) ** 2 for c in counts)
        slope = sum((c - mean_c) * (t - mean_t) for c, t in zip(counts, times, strict=True)) / square
        now = mean_t + slope * (counts[-1] - mean_c)
        self.track = Tracker(origin + now, slope, MEMORY, n)
        self._bias_ns = 0.0
        self._since = deque(recent, LONG)
        self._odd = deque(list(self._odd)[recent[0][0] - self._number :], LONG - RIPE)
        self._halves_ns = deque(list(self._halves_ns)[:1], LAG)

    def _elsewhere(self) -> bool:
        """Whether the pulses are another tempo's: a surplus of odd ones, and the others do not lie on the line.

        A late pulse counts as two and makes the next a double: together none.
        """
        least = ODD if self._loose > LOOSE else MANY * ODD
        return abs(sum(list(self._odd)[-WINDOW:])) >= least

    def _relearn(self, time_ns: int) -> None:
        """The last odd pulses were none: undo what was made of them, and take their gaps for the tempo."""
        self.count -= sum(list(self._odd)[-WINDOW:-1])
        recent = [at for _, _, at in self._since][-PULSES // 3 :]
        gap = max(FASTEST_NS, (time_ns - recent[0]) / len(recent))
        self._restart(time_ns)
        self.track = Tracker(time_ns, gap, MEMORY)
        self._bias_ns, self._spread_ns = 0.0, gap / 8
