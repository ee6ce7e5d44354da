"""An output that outlives its MIDI system: while the port behind it is away it takes messages all the same.

In: messages, at any time; word from the keeper that the system is away, and back, with a new port perhaps. Out: the
messages to the port that there is. While there is none it drops and counts, never waits, and on the return first pays
the note_offs that it owes. It decides nothing.
"""

from collections import deque
from typing import Protocol

from instrument.midi.output import OutputPort
from instrument.notes import NOTE_OFF, NOTE_ON

ENDED = 64  # ends of notes that may have been on their way when a port's process ended


class Apart(OutputPort, Protocol):
    """An output port whose process can end."""

    @property
    def alive(self) -> bool:
        """Whether it runs."""


class LastingOutput:
    """An output port that can be away. `owed` are the notes whose end could not be sent."""

    def __init__(self, port: Apart) -> None:
        self._port, self.name = port, port.name
        self._away = False
        self._owed: dict[tuple[int, int], None] = {}
        self._ended: deque[tuple[int, int]] = deque(maxlen=ENDED)
        self.dropped = self._missed = 0

    @property
    def alive(self) -> bool:
        """Whether the port behind it can be sent to."""
        return self._port.alive

    @property
    def lead_ns(self) -> int:
        """What the port behind it wants."""
        return self._port.lead_ns

    @property
    def missed(self) -> int:
        """Notes that began while it was away."""
        return self._missed + self._port.missed

    def lead(self, wish_ns: int) -> None:
        """Passed on."""
        self._port.lead(wish_ns)

    def take_back(self) -> list[tuple[int, ...]]:
        """Passed on; nothing waits at a port that is away."""
        return [] if self._away else self._port.take_back()

    def send(self, data: tuple[int, ...], due_ns: int) -> None:
        """Send one message; while the port is away it is dropped, and the end of a note is owed."""
        ends = data[0] & 0xF0 == NOTE_OFF or (data[0] & 0xF0 == NOTE_ON and not data[2])
        if not self._away:
            self._port.send(data, due_ns)
            if ends:
                self._ended.append((data[0] & 0x0F, data[1]))
            return
        self.dropped += 1
        if ends:
            self._owed[data[0] & 0x0F, data[1]] = None
        self._missed += data[0] & 0xF0 == NOTE_ON and data[2] > 0

    def lateness(self) -> list[int] | None:
        """As the port behind it tells."""
        return self._port.lateness()

    def leave(self) -> None:
        """The system is away: send nothing from now on."""
        self._away = True

    def abandon(self) -> None:
        """The system is gone, and the port with it."""
        self._away = True
        self._port.abandon()

    def come_back(self, port: Apart | None = None) -> None:
        """The system is back, with `port` in the old one's place or with the one there was.

        What an old one was given last it may never have passed on: the ends among it are owed again.
        """
        if port:
            self._port = port
            self._owed |= dict.fromkeys(self._ended)
        self._pay()
        self._away = False
        self._pay()  # what the clock's thread came to owe meanwhile

    def _pay(self) -> None:
        for channel, pitch in list(self._owed):
            del self._owed[channel, pitch]
            self._port.send((NOTE_OFF | channel, pitch, 64), 0)

    def close(self) -> None:
        """Close the port; one that is away is ended."""
        if self._away:
            self._port.abandon()
        else:
            self._port.close()
