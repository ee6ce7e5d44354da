"""MIDI clock in: pulses, start, stop, continue and song position, as a source of time.

In: system messages with the time they came. Out: requests to the transport, and the line that the beat runs on.
What the pulses are worth is known in pulses.py; here is what their sender's transport does.
"""

from instrument.live.session.line import Line, Request
from instrument.midi.pulses import FASTEST_NS, PULSES, PulseFilter
from instrument.tempo import NS_PER_MINUTE

POSITION, PULSE, START, CONTINUE, STOP = 0xF2, 0xF8, 0xFA, 0xFB, 0xFC


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
        self._filter.settle()
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
        bpm = NS_PER_MINUTE / (PULSES * max(FASTEST_NS, track.period_ns))
        return Line(self._beat_of(self._filter.count), round(track.time_ns), bpm)

    def propose(self, bpm: float, now_ns: int) -> None:
        """Not ours to change."""

    def rolling(self, playing: bool, beat_ns: int) -> None:
        """Nobody to tell."""

    def share(self, transport: bool) -> None:
        """Start and stop come this way only, and always."""

    def close(self) -> None:
        """Nothing is open."""
