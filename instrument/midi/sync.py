"""MIDI clock in: 24 pulses a quarter note, start, stop, continue and song position, as a source of time.

In: system messages with the time they came. Out: requests to the transport, and the line that the beat runs on.
Jitter of +-5 ms is ridden out within four beats (see strip.py) and averaged over eight; a pulse that is lost, doubled
or late leaves the count right; a tempo that changes is noticed by its surprises, which then all have one sign, and is
learnt anew from the last beat.
"""

from collections import deque

from instrument.live.session.line import Line, Request
from instrument.midi.strip import narrowest
from instrument.midi.tracker import Tracker
from instrument.tempo import NS_PER_MINUTE

PULSES = 24  # to a quarter note
POSITION, PULSE, START, CONTINUE, STOP = 0xF2, 0xF8, 0xFA, 0xFB, 0xFC
MEMORY = 8 * PULSES
STRIP_FROM, STRIP_EVERY = 2 * PULSES, PULSES // 4  # until its memory is full, the line is put right so often
WARM = 8  # pulses before one that is off can be told from a tempo that is not known yet
ODD, WINDOW = 5, 2 * PULSES  # so many odd pulses one way among so many may be another tempo
STARVED, STARVED_SHARE = 4 * PULSES, 0.06
LOOSE = 0.2  # of a period: what the pulses of another tempo are off on average (of any: .25); 5 ms at 120 BPM: .12
MANY = 3  # times as many odd pulses are another tempo, however well they lie: half and double speed
TRUST = 2 * PULSES  # and then so many are taken as they come: a receiver's coarse periods bunch them
BIAS_GAIN, BIAS_LIMIT = 1 / 8, 1.5  # the mean surprise beyond so many mean deviations: the tempo moved
LEAST_BIAS_NS = 400_000
SLOWEST_NS, FASTEST_NS = NS_PER_MINUTE / 15 / PULSES, NS_PER_MINUTE / 400 / PULSES


class PulseFilter:
    """Counts pulses and knows when each truly was."""

    def __init__(self) -> None:
        self.count = -1  # of the last pulse; the first is 0
        self.track: Tracker | None = None
        self.last_ns = 0
        self._recent: deque[tuple[int, int]] = deque(maxlen=PULSES)  # count, time as it came
        self._odd: deque[int] = deque(maxlen=WINDOW)  # by how much each pulse's count was corrected
        self._since: deque[tuple[int, int]] = deque(maxlen=MEMORY)  # like `_recent`, since the line was begun
        self._gaps: deque[int] = deque(maxlen=WARM)
        self._raw: deque[int] = deque(maxlen=STARVED)
        self._warm = WARM
        self._bias_ns = self._spread_ns = self._loose = 0.0

    def pulse(self, time_ns: int) -> bool:
        """A pulse came; False when it was a double of the last and does not count."""
        gap_ns, self.last_ns = time_ns - self.last_ns, time_ns
        self._gaps.append(gap_ns)
        self._raw.append(time_ns)
        if self.count < 0 or gap_ns > 2 * SLOWEST_NS:
            self._begin(time_ns)
            return True
        if self.track is None:
            return self._second(time_ns, gap_ns)
        steps = self._steps(time_ns, self.track, gap_ns)
        self._odd.append(steps - 1)
        off = abs(self.track.surprise(time_ns, steps)) / self.track.period_ns
        self._loose += (min(off, 1.0) - self._loose) / PULSES
        if self._elsewhere(self.track):
            self._relearn(time_ns)
            return True
        if steps:
            self._count(time_ns, self.track, steps)
        return steps > 0

    def _begin(self, time_ns: int) -> None:
        self.count += 1
        self.track = None
        self._recent.clear()
        self._since.clear()
        self._odd.clear()
        self._raw.clear()
        self._recent.append((self.count, time_ns))

    def _second(self, time_ns: int, gap_ns: int) -> bool:
        if gap_ns < FASTEST_NS / 2:
            return False
        self.count += 1
        self.track = Tracker(time_ns, gap_ns, MEMORY)
        self._recent.append((self.count, time_ns))
        self._bias_ns, self._spread_ns = 0.0, gap_ns / 8
        return True

    def _steps(self, time_ns: int, track: Tracker, gap_ns: int) -> int:
        """How many pulses this one stands for: 0 a double, 1 itself, more when some were lost."""
        if track.samples < self._warm:
            return 1 if self._warm > WARM else int(gap_ns > track.period_ns / 4)
        return max(0, 1 + round(track.surprise(time_ns) / track.period_ns))

    def _count(self, time_ns: int, track: Tracker, steps: int) -> None:
        surprise = track.surprise(time_ns, steps)
        self.count += steps
        self._recent.append((self.count, time_ns))
        self._spread_ns += (abs(surprise - self._bias_ns) - self._spread_ns) * BIAS_GAIN / 4
        self._bias_ns += (surprise - self._bias_ns) * BIAS_GAIN
        track.add(surprise, steps)
        self._since.append((self.count, time_ns))
        if STRIP_FROM <= len(self._since) < MEMORY and len(self._since) % STRIP_EVERY == 0:
            self._straighten(track)
        if track.samples > PULSES and abs(self._bias_ns) > max(LEAST_BIAS_NS, BIAS_LIMIT * self._spread_ns):
            self._refit()

    def _straighten(self, track: Tracker) -> None:
        """Put the line where bounded jitter says it is, which it does sooner than its mean."""
        counts, times_ns = zip(*self._since, strict=True)
        found = narrowest(counts, times_ns, track.period_ns)
        if found is not None:
            track.time_ns, track.period_ns = found

    def _refit(self) -> None:
        """Forget all but the last beat, and fit the line through that."""
        first, origin = self._recent[0]
        counts = [count - first for count, _ in self._recent]
        times = [float(at - origin) for _, at in self._recent]
        n, mean_c, mean_t = len(counts), sum(counts) / len(counts), sum(times) / len(times)
        square = sum((c - mean_c) ** 2 for c in counts)
        slope = sum((c - mean_c) * (t - mean_t) for c, t in zip(counts, times, strict=True)) / square
        now = mean_t + slope * (counts[-1] - mean_c)
        self.track = Tracker(origin + now, slope, MEMORY, n)
        self._bias_ns = 0.0
        self._since = deque(self._recent, MEMORY)

    def _elsewhere(self, track: Tracker) -> bool:
        """Whether the pulses are another tempo's: a surplus of odd ones, and the others do not lie on the line.

        A late pulse counts as two and makes the next a double: together none.
        """
        least = ODD if self._loose > LOOSE else MANY * ODD
        return abs(sum(self._odd)) >= least or self._starved(track)

    def _starved(self, track: Tracker) -> bool:
        """Whether the pulses of the last four beats, all of them counted, tell of another tempo than the line.

        They do when they tell the same in both halves; a cluster of odd ones is in one. (A receiver's periods, a bit
        longer than the pulses', fit a line of their own but for one pulse in eight, which then passes for a double.)
        """
        if len(self._raw) < STARVED or track.samples < STARVED:
            return False
        early, late = (self._apart(track, part) for part in (slice(STARVED // 2 + 1), slice(STARVED // 2, None)))
        if max(early, late) < -STARVED_SHARE:
            return True
        return abs(early + late) / 2 > (STARVED_SHARE if self._loose > LOOSE else MANY * STARVED_SHARE)

    def _apart(self, track: Tracker, part: slice) -> float:
        """By what share a stretch of all pulses is slower than the line."""
        raw = list(self._raw)[part]
        return (raw[-1] - raw[0]) / (len(raw) - 1) / track.period_ns - 1

    def _relearn(self, time_ns: int) -> None:
        """The last odd pulses were none: undo what was made of them, and take their gaps for the tempo."""
        self.count += 1 - sum(self._odd) + self._odd[-1]
        gap = sum(self._gaps) / len(self._gaps)
        self._warm = TRUST
        self._raw.clear()
        self.track = Tracker(time_ns, min(SLOWEST_NS, max(FASTEST_NS, gap)), MEMORY)
        self._odd.clear()
        self._recent.clear()
        self._since.clear()
        self._recent.append((self.count, time_ns))
        self._bias_ns, self._spread_ns = 0.0, gap / 8


class MidiClock:
    """A `Source` that hears MIDI clock. It answers nobody: tempo and transport are the sender's."""

    name = "MIDI clock"
    cycle = 1.0  # joined in mid-song, only the beat is common ground
    peers = 0

    def __init__(self) -> None:
        self._filter = PulseFilter()
        self._base = (0, 0.0)  # a count of the filter's and the beat that it was
        self._armed = False
        self._beat = 0.0  # where "continue" goes on

    def hear(self, stamp_ns: int, data: tuple[int, ...]) -> list[Request]:
        """Take in a system message; what it asks of the transport."""
        match data:
            case (0xF8,):
                return self._pulse(stamp_ns)
            case (0xFA,):
                self._armed, self._beat = True, 0.0
                return [Request("stop"), Request("locate")]
            case (0xFB,):
                self._armed = True
            case (0xFC,):
                self._armed = False
                self._beat = self._beat_of(self._filter.count + 1)
                return [Request("stop")]
            case (0xF2, low, high):
                self._beat = (low + (high << 7)) / 4
                return [Request("locate", self._beat)]
        return []

    def _pulse(self, stamp_ns: int) -> list[Request]:
        if not self._filter.pulse(stamp_ns) or not self._armed:
            return []
        self._armed = False
        self._base = (self._filter.count, self._beat)
        return [Request("play", exact=True)]

    def _beat_of(self, count: int) -> float:
        return self._base[1] + (count - self._base[0]) / PULSES

    def poll(self, now_ns: int, bar_beats: float) -> list[Request]:
        """It asks when it hears, not when it is asked."""
        return []

    def line(self, now_ns: int) -> Line | None:
        """The beat, as long as pulses come; a silence is ridden out for one beat."""
        track = self._filter.track
        if track is None or now_ns - self._filter.last_ns > PULSES * track.period_ns:
            return None
        bpm = NS_PER_MINUTE / (PULSES * track.period_ns)
        return Line(self._beat_of(self._filter.count), round(track.time_ns), bpm)

    def propose(self, bpm: float, now_ns: int) -> None:
        """Not ours to change."""

    def rolling(self, playing: bool, beat_ns: int) -> None:
        """Nobody to tell."""

    def share(self, transport: bool) -> None:
        """Start and stop come this way only, and always."""

    def close(self) -> None:
        """Nothing is open."""
