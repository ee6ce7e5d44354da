"""A port in a process of its own (midi room): the engine's end of it.

In: messages with the time they are due. Out: the same to that process (`sender`), some milliseconds early, and what
it says of them. So neither a driver nor the engine's own work can make a note late: the engine parses, listens and
thinks, and shares an interpreter's lock with threads that do; the other process only waits and sends. (Measured, in a
flood of 20,000 OSC packets and 2,000 MIDI messages a second: p99 2.2 ms late when the engine's own thread sends.) A
driver that takes nothing for 50 ms makes `send` raise, so that the session drops notes, owes their ends and says so:
with a JACK server stopped, rtmidi's send holds the interpreter's lock while it blocks, so no thread could be of help.
"""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path

import instrument
from instrument.live.session.outbox import LATE_NS
from instrument.midi.output import OutputPort
from instrument.midi.ports import open_output
from instrument.midi.sender import ANSWER, DROPPED, ORDINARY, RECORD
from instrument.midi.systems import CLIENT, PortError, find

LEAD_NS = 5_000_000  # measured: in a flood the engine's thread gets the interpreter's lock up to 4 ms late
GOODBYE_S = 1.0  # for the last messages and the port's own farewell; a driver that blocks is left behind then
PROCESS = (sys.executable, "-P", "-m", "instrument", "output-process")
APART = {"virtual", "port", "probe"}  # kinds of output; a synthesiser has threads of its own
WINDOWS = sys.platform == "win32"  # its pipes wait, and its drivers do not


def open_apart(
    spec: str | None, api: str | None, client: str = CLIENT, realtime: bool = True
) -> tuple[OutputPort, str | None]:
    """`ports.open_output`, in a process of its own. Raises UserError, with one line."""
    kind = (spec or "virtual").partition(":")[0]
    system = None if kind == "probe" else find(api)
    if WINDOWS or kind not in APART or (kind != "probe" and (system is None or not system.virtual)):
        return open_output(spec, api, client)
    key = system.key if system else ""
    return ApartOutput([*PROCESS, spec or "", key, client, "" if realtime else ORDINARY]), None


class ApartOutput:
    """`command` starts a process that calls `sender.serve`. Raises PortError, with what that says when it cannot."""

    def __init__(self, command: Sequence[str]) -> None:
        home = str(Path(instrument.__file__).parent.parent)
        paths = os.pathsep.join(filter(None, (home, os.environ.get("PYTHONPATH"))))
        self._process = subprocess.Popen(
            command,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": paths},
        )
        assert self._process.stdin
        assert self._process.stdout
        opened = json.loads(
            self._process.stdout.readline() or b'{"error": "the process of the output did not start"}'
        )
        if "error" in opened:
            self._process.wait()
            raise PortError(opened["error"])
        self.name = str(opened["name"])
        self._in, self._out = self._process.stdout.fileno(), self._process.stdin.fileno()
        for descriptor in (self._in, self._out):
            os.set_blocking(descriptor, False)
        self.lead_ns = LEAD_NS
        self._waiting: deque[int] = deque()  # when they were due: messages that the driver has not taken
        self._late_ns: list[int] = []
        self.missed = 0  # notes that it could only have taken too late

    @property
    def alive(self) -> bool:
        """Whether its process runs."""
        return self._process.poll() is None

    def lead(self, wish_ns: int) -> None:
        """Take messages so early; more than LEAD_NS would only make hands wait."""
        self.lead_ns = min(wish_ns, LEAD_NS)

    def take_back(self) -> list[tuple[int, ...]]:
        """What it was given goes out: its end follows it, in order."""
        return []

    def lateness(self) -> list[int]:
        """How late it sent what it has sent since it was last asked, in ns."""
        self._hear()
        late_ns, self._late_ns = self._late_ns, []
        return late_ns

    def send(self, data: tuple[int, ...], due_ns: int) -> None:
        """Pass one message on. Raises OSError while the driver takes nothing, or when its process has ended."""
        now_ns = time.perf_counter_ns()
        if self._overdue_ns(now_ns) > LATE_NS:
            self._hear()  # it may be that nobody has asked since
        if (overdue_ns := self._overdue_ns(now_ns)) > LATE_NS:
            raise TimeoutError(f"it has taken nothing for {overdue_ns / 1e9:.2f} s")
        os.write(self._out, RECORD.pack(due_ns, len(data), bytes(data)))
        self._waiting.append(max(due_ns, now_ns))

    def close(self) -> None:
        """Let what was sent arrive; a driver that does not take it is left behind."""
        assert self._process.stdin
        self._process.stdin.close()
        try:
            self._process.wait(GOODBYE_S)
        except subprocess.TimeoutExpired:
            self.abandon()
        self._hear()

    def abandon(self) -> None:
        """End it where it stands: its MIDI system is gone."""
        self._process.kill()
        self._process.wait()

    def _overdue_ns(self, now_ns: int) -> int:
        """For how long the oldest message that it has not answered has been due."""
        return now_ns - self._waiting[0] if self._waiting else 0

    def _hear(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while answers := os.read(self._in, 4096):
                for (late_ns,) in ANSWER.iter_unpack(answers):
                    self._waiting.popleft()
                    self.missed += late_ns == DROPPED
                    if late_ns >= 0:
                        self._late_ns.append(late_ns)
