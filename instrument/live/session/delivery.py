"""Delivery: from the engine's events to bytes at ports, on time, each note_on with its note_off.

In: events with the time they are due. Out: bytes to the note port, and to a port for the clock (the same, where it
has none of its own). It drops a note that is far too late, takes back what is not yet due, and releases exactly what
sounds. A port that fails costs its message, not the music: the ends of notes are owed, and paid before all else.
"""

from collections.abc import Callable
from dataclasses import replace

from instrument.live.session.clockout import PULSE
from instrument.live.session.ledger import Lateness, Ledger
from instrument.live.session.outbox import AT_ONCE, LATE_NS, Lane, Outbox, Port
from instrument.messages import Health
from instrument.notes import NOTE_OFF, NOTE_ON, Event

PREPARE_NS = 2_000_000  # measured: coming up to a tick and sorting what falls due costs .1 ms, up to 1 on a busy core


class Delivery:
    """Owns the ports while a session runs."""

    def __init__(self, notes: Port, clock: Port | None = None) -> None:
        self._notes = Lane(notes)
        self._clock = Lane(clock or notes, "output for the clock")
        self._outbox, self._ledger, self._lateness = Outbox(), Ledger(), Lateness()
        self._owed: dict[tuple[int, ...], None] = {}  # (status, pitch) of note_ons whose end the port did not take
        self.complaints: list[str] = []  # lines for the performer, for the clock to take

    @property
    def sends_now(self) -> bool:
        """Whether a port sends at the call, so that the call must be on time."""
        return not (self._notes.port.lead_ns and self._clock.port.lead_ns)

    @property
    def ahead_ns(self) -> int:
        """How far ahead of the clock the engine must be: the most that a port asks for, or its own time to think."""
        return max(0, self._notes.ahead_ns, self._clock.ahead_ns) + (PREPARE_NS if self.sends_now else 0)

    def settings(self, notes_ns: int, clock_ns: int, lead_ns: int) -> None:
        """Shift the notes and the clock by so much (positive: later); `lead_ns` is for ports that place events."""
        self._notes.offset_ns, self._clock.offset_ns = notes_ns, clock_ns
        for lane in (self._notes, self._clock):
            lane.port.lead(lead_ns)

    def put(self, event: Event, due_ns: int) -> None:
        """An event of the engine's."""
        self._outbox.put(self._notes, event.data, due_ns, event)

    def put_clock(self, data: tuple[int, ...], due_ns: int) -> None:
        """A message of the clock's."""
        self._outbox.put(self._clock, data, due_ns)

    def next_ns(self) -> int | None:
        """When something is to be handed over next."""
        return self._outbox.next_ns()

    def hand_over(self, now_ns: Callable[[], int]) -> None:
        """Give the ports what they should have by now."""
        self._pay()
        for parcel in self._outbox.pop(now_ns()):
            late_ns = now_ns() - parcel.due_ns + parcel.lane.port.lead_ns
            event = parcel.event
            if event is None:
                if late_ns <= LATE_NS or parcel.data[0] != PULSE:
                    self._send(parcel.lane, parcel.data, parcel.due_ns, late_ns)
            elif event.kind == NOTE_ON and (late_ns > LATE_NS or event.data[:2] in self._owed):
                self._ledger.skip()
            elif self._ledger.book(event):
                self._send(parcel.lane, parcel.data, parcel.due_ns, late_ns)

    def _send(self, lane: Lane, data: tuple[int, ...], due_ns: int = AT_ONCE, late_ns: int | None = None) -> bool:
        """Send one message, `late_ns` after its time (None: at no time that counts); False when the port failed."""
        try:
            lane.port.send(data, due_ns)
        except Exception as error:  # whatever a driver raises
            if not lane.failing:
                self.complaints.append(f"the {lane.name} fails ({error!r}); the music goes on without it")
            lane.failing = True
            if data[0] & 0xF0 == NOTE_OFF:
                self._owed[NOTE_ON | data[0] & 0x0F, data[1]] = None
            else:
                lane.lost += 1
            return False
        if lane.failing:
            self.complaints.append(f"the {lane.name} works again; {lane.lost} messages were lost")
            lane.failing, lane.lost = False, 0
        self._learn(lane.port, late_ns)
        return True

    def _learn(self, port: Port, late_ns: int | None) -> None:
        """Enter how late `port` sent: as it tells, else `late_ns`."""
        told = port.lateness()
        if told is None:
            told = [] if late_ns is None else [late_ns]
        for late in told:
            self._lateness.add(late)

    def _pay(self) -> None:
        """End the notes whose end failed; not while the port still fails."""
        for status, pitch in list(self._owed):
            if not self._send(self._notes, (NOTE_OFF | status & 0x0F, pitch, 64)):
                return
            del self._owed[status, pitch]

    def take_back(self) -> None:
        """Recall notes that are decided but not yet due, and end those that sound."""
        for parcel in self._outbox.take_back():  # a note in it is not booked yet: nothing of it sounds
            if parcel.data[0] & 0xE0 != NOTE_OFF:  # nor NOTE_ON
                self._pass_on(parcel.lane, parcel.data)
        for lane in {id(lane.port): lane for lane in (self._clock, self._notes)}.values():
            for data in lane.port.take_back():
                if data[0] & 0xE0 == NOTE_OFF:
                    self._ledger.reopen(data)
                else:
                    self._pass_on(lane, data)
        self.release(0)

    def _pass_on(self, lane: Lane, data: tuple[int, ...]) -> None:
        """Send what was recalled beside the notes; a pulse means nothing but its moment."""
        if data[0] != PULSE:
            self._send(lane, data)

    def release(self, tick: int) -> None:
        """Send the note_off of all that sounds."""
        self._pay()
        for event in self._ledger.release(tick):
            self._send(self._notes, event.data)

    def health(self, health: Health) -> Health:
        """`health` with what this knows filled in."""
        ports = {id(lane.port): lane.port for lane in (self._notes, self._clock)}
        for port in ports.values():
            self._learn(port, None)
        p99_us, max_us = self._lateness.figures()
        sent, dropped = self._lateness.count, self._ledger.skipped + sum(port.missed for port in ports.values())
        return replace(health, late_p99_us=p99_us, late_max_us=max_us, sent=sent, dropped=dropped)
