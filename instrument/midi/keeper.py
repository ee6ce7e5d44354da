"""Who looks after the ports: what went away is opened again under its name when it is back.

In: openers of ports, and a watch that tells how the system fares. Out: word to the output (`lasting`) and the inputs
that they are away or back, their connections made again, and a line for the performer. A thread looks five times a
second. It decides nothing musical and closes nothing that would crash or never answer.
"""

import contextlib
import threading
from collections.abc import Callable, Iterable
from typing import Protocol

from instrument.errors import UserError
from instrument.midi.inputs import Inputs
from instrument.midi.jackwatch import FLOWING, GONE
from instrument.midi.lasting import Apart, LastingOutput

LOOK_S = 0.2


class Watch(Protocol):
    """How a MIDI system fares."""

    def state(self) -> str:
        """FLOWING, STALLED or GONE."""

    def connections(self, port: str) -> tuple[str, ...]:
        """Who is connected to `port`."""

    def connect(self, port: str, others: Iterable[str]) -> None:
        """Connect `port` to `others`."""

    def disconnect(self, port: str, other: str) -> None:
        """Take that connection away."""

    def sources(self) -> list[str]:
        """The ports that music comes from."""

    def close(self) -> None:
        """Stop watching."""


class Lookout:
    """Looks after the inputs where the MIDI system itself does not go away: it lives in the kernel."""

    def __init__(self, inputs: Inputs, names: Callable[[], list[str]]) -> None:
        self._inputs, self._names = inputs, names
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="port-lookout", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop looking, then close the inputs."""
        self._end.set()
        self._thread.join()
        self._inputs.close()

    def _run(self) -> None:
        while not self._end.wait(LOOK_S):
            self._inputs.look(self._names())


class Keeper:
    """Keeps an output, where it can be away, and the inputs alive for as long as a performance lasts."""

    def __init__(
        self,
        output: LastingOutput | None,
        inputs: Inputs,
        reopen: Callable[[], Apart],
        watch: Callable[[], Watch],
        tell: Callable[[str], None],
    ) -> None:
        self._output, self._inputs = output, inputs
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
        flowing = self._was == FLOWING
        if flowing:
            self._inputs.close()
        else:
            self._inputs.abandon()  # a server that is gone or stands still never answers a farewell
        if self._output:
            self._output.close()
        if flowing:
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
            self._look_at_output()
            self._look_at_connections()
            self._inputs.look(self._watch.sources())
        if state == self._was:
            return
        if self._output and state == FLOWING:
            self._output.come_back()
            self._tell(f"the MIDI system goes on; {self._output.dropped} messages were dropped meanwhile")
        elif self._was == FLOWING:
            if self._output:
                self._output.leave()
            how = "is gone" if state == GONE else "stands still"
            self._tell(f"the MIDI system {how}; the music goes on without it")
        if state == GONE:
            if self._output:
                self._output.abandon()
            self._inputs.abandon()
        self._was = state

    def _look_at_output(self) -> None:
        """Open it again if its process was ended."""
        if self._output is None or self._output.alive:
            return
        self._output.leave()
        self._missed |= set(self.connected)
        with contextlib.suppress(UserError, OSError):  # not yet; the next look tries again
            port = self._reopen()
            self._output.come_back(port)
            self._tell(f"{port.name} had ended, and is back; {self._output.dropped} messages were dropped meanwhile")

    def _look_at_connections(self) -> None:
        """Connect whoever listened before and is back; a hand that disconnects him later is not undone.

        Only our own input is taken off the output, whoever connected it: it would follow itself.
        """
        if self._output is None:
            return
        name = self._output.name
        if self._missed:
            self._watch.connect(name, self._missed)
        connected = self._watch.connections(name)
        for own in set(connected).intersection(self._inputs.own):
            self._watch.disconnect(name, own)
            self._tell(f"{name} was connected to {own}: taken off again, it would follow itself")
        self.connected = tuple(other for other in connected if other not in self._inputs.own)
        self._missed -= set(self.connected)

    def _try_again(self) -> None:
        try:
            watch = self._new_watch()
        except OSError:  # not back yet
            return
        port = None
        try:
            port = self._reopen() if self._output else None
            self._inputs.come_back()
        except (UserError, OSError):  # back, but not ready
            for opened in (port, watch):
                if opened:
                    opened.close()
            return
        self._watch = watch
        self._missed = set(self.connected)
        self._look_at_connections()
        if self._output:
            self._output.come_back(port)
        self._was = FLOWING
        self._tell(f"the MIDI system is back{f', and so is {port.name}' if port else ''}")
