"""Ports that outlive their MIDI system: what went away is opened again under its name when it is back.

In: openers of ports, and a watch that tells how the system fares. Out: ports that take messages at any time and
never wait: while the system stalls or is gone they drop and count, and on its return first pay the note_offs that
they owe. A thread looks five times a second. It decides nothing musical and closes nothing that would crash.
"""

import ctypes
import threading
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from instrument.errors import UserError
from instrument.midi.jackwatch import FLOWING, GONE
from instrument.midi.ports import OutputPort, RtmidiInput
from instrument.notes import NOTE_OFF, NOTE_ON

LOOK_S = 0.2


class Watch(Protocol):
    """How a MIDI system fares."""

    def state(self) -> str:
        """FLOWING, STALLED or GONE."""

    def connections(self, port: str) -> tuple[str, ...]:
        """Who is connected to `port`."""

    def connect(self, port: str, others: Iterable[str]) -> None:
        """Connect `port` to `others`."""

    def close(self) -> None:
        """Stop watching."""


class LastingOutput:
    """An output port that can be away. `owed` are the notes whose end could not be sent."""

    def __init__(self, port: OutputPort) -> None:
        self._port, self.name = port, port.name
        self._away = False
        self._owed: dict[tuple[int, int], None] = {}
        self.dropped = 0

    @property
    def port(self) -> OutputPort:
        """The port behind it."""
        return self._port

    @property
    def lead_ns(self) -> int:
        """What the port behind it wants."""
        return self._port.lead_ns

    def lead(self, wish_ns: int) -> None:
        """Passed on."""
        self._port.lead(wish_ns)

    def take_back(self) -> list[tuple[int, ...]]:
        """Passed on; nothing waits at a port that is away."""
        return [] if self._away else self._port.take_back()

    def send(self, data: tuple[int, ...], due_ns: int) -> None:
        """Send one message; while the port is away it is dropped, and the end of a note is owed."""
        if not self._away:
            self._port.send(data, due_ns)
            return
        self.dropped += 1
        if data[0] & 0xF0 == NOTE_OFF or (data[0] & 0xF0 == NOTE_ON and not data[2]):
            self._owed[data[0] & 0x0F, data[1]] = None

    def leave(self) -> None:
        """The system is away: send nothing from now on."""
        self._away = True

    def come_back(self, port: OutputPort | None = None) -> None:
        """The system is back, with `port` in the old one's place or with the one there was."""
        self._port = port or self._port
        owed, self._owed = self._owed, {}
        for channel, pitch in owed:
            self._port.send((NOTE_OFF | channel, pitch, 64), 0)
        self._away = False

    def close(self) -> None:
        """Close the port, unless it is away."""
        if not self._away:
            self._port.close()


class Keeper:
    """Keeps an output and, where there is one, an input alive for as long as a performance lasts."""

    def __init__(
        self,
        output: LastingOutput,
        listener: RtmidiInput | None,
        reopen: Callable[[], tuple[OutputPort, RtmidiInput | None]],
        watch: Callable[[], Watch],
        tell: Callable[[str], None],
    ) -> None:
        self._output, self.listener = output, listener
        self._reopen, self._new_watch, self._tell = reopen, watch, tell
        self._watch = watch()
        self._was = FLOWING
        self.connected: tuple[str, ...] = ()  # who listens at the output
        self._missed: set[str] = set()  # who listened before the system went, and is not back yet
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="port-keeper", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop looking, then close what is open."""
        self._end.set()
        self._thread.join()
        gone = self._was == GONE
        if self.listener and not gone:
            self.listener.close()
        self._output.close()
        if not gone:
            self._watch.close()

    def _run(self) -> None:
        while not self._end.wait(LOOK_S):
            if self._was == GONE:
                self._try_again()
            else:
                self._look()

    def _look(self) -> None:
        state = self._watch.state()
        if state == FLOWING:
            self._look_at_connections()
        if state == self._was:
            return
        if state == FLOWING:
            self._output.come_back()
            self._tell(f"the MIDI system goes on; {self._output.dropped} messages were dropped meanwhile")
        elif self._was == FLOWING:
            self._output.leave()
            self._tell(
                f"the MIDI system {'is gone' if state == GONE else 'stands still'}; the music goes on without it"
            )
        if state == GONE:
            _abandon(self._output.port, self.listener)
        self._was = state

    def _look_at_connections(self) -> None:
        """Connect whoever listened before and is back; a hand that disconnects him later is not undone."""
        if self._missed:
            self._watch.connect(self._output.name, self._missed)
        self.connected = self._watch.connections(self._output.name)
        self._missed -= set(self.connected)

    def _try_again(self) -> None:
        try:
            watch = self._new_watch()
        except OSError:  # not back yet
            return
        try:
            port, self.listener = self._reopen()
        except (UserError, OSError):  # back, but not ready
            watch.close()
            return
        self._watch = watch
        self._missed = set(self.connected)
        self._look_at_connections()
        self._output.come_back(port)
        self._was = FLOWING
        self._tell(f"the MIDI system is back, and so is {port.name}")


def _abandon(*ports: Any) -> None:
    """Never let go of these: rtmidi's closing of a client whose server is gone crashes the process (measured)."""
    for port in ports:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(port))
