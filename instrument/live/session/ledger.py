"""The session's books: which notes sound at the port, which were dropped, and how late the sends were.

The scheduler owns notes in musical time; this ledger is what really went over the wire, so that any way out, an
exception in the engine included, can release exactly that.
"""

from array import array

from instrument.notes import NOTE_OFF, NOTE_ON, Event, note_off

WINDOW = 4096  # sends that the percentile looks back over


class Ledger:
    """Keys are (part, channel, pitch)."""

    def __init__(self) -> None:
        self._sounding: dict[tuple[int, int, int], None] = {}
        self.skipped = 0

    def skip(self) -> None:
        """A note_on was dropped; its note_off will find nothing to end."""
        self.skipped += 1

    def book(self, event: Event) -> bool:
        """Enter an event; False when it ends what does not sound and can stay away."""
        key = (event.part, event.channel, event.data1)
        if event.kind == NOTE_ON:
            self._sounding[key] = None
        elif event.kind == NOTE_OFF:
            if key not in self._sounding:
                return False
            del self._sounding[key]
        return True

    def reopen(self, data: tuple[int, ...]) -> None:
        """A note's message was taken back after it was booked: take it that the note sounds."""
        self._sounding[0, data[0] & 0x0F, data[1]] = None

    def release(self, tick: int) -> list[Event]:
        """The note_offs for all that sounds, which from now on does not."""
        events = [note_off(tick, channel, pitch, part) for part, channel, pitch in self._sounding]
        self._sounding.clear()
        return events


class Lateness:
    """How long after their time events were sent, in nanoseconds."""

    def __init__(self) -> None:
        self._last = array("q", bytes(8 * WINDOW))
        self._max_ns = 0
        self.count = 0

    def add(self, late_ns: int) -> None:
        """Enter one send."""
        self._last[self.count % WINDOW] = late_ns
        self.count += 1
        self._max_ns = max(self._max_ns, late_ns)

    def figures(self) -> tuple[float, float]:
        """99th percentile over the last sends and the maximum of all, in microseconds."""
        known = sorted(self._last[: self.count])
        p99 = known[min(len(known) - 1, int(len(known) * 0.99))] if known else 0
        return p99 / 1000, self._max_ns / 1000
