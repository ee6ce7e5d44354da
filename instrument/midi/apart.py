"""A port in a process of its own (midi room): whatever its driver does, the clock does not wait for it.

In: messages with the time they are due. Out: the same at a port that another process opened, at that time. A driver
that takes nothing for 50 ms makes `send` raise, so that the session drops notes, owes their ends and says so; a note
that it then takes too late is dropped over there, and counted. Measured, with a JACK server stopped: rtmidi's
send holds the interpreter's lock while it blocks, so every thread stands and no thread could be of help.
"""

import contextlib
import json
import os
import signal
import struct
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path

import instrument
from instrument.errors import UserError
from instrument.live.session.delivery import LATE_NS
from instrument.live.session.realtime import ask_fifo
from instrument.midi.ports import OutputPort, SendsNow, open_output
from instrument.midi.systems import CLIENT, PortError, find
from instrument.notes import NOTE_ON

LEAD_NS = 2_000_000  # what the way to the other process takes, many times over
GOODBYE_S = 1.0  # for the last messages and the port's own farewell; a driver that blocks is left behind then
PROCESS = (sys.executable, "-P", "-m", "instrument", "output-process")
BLOCKING = {"alsa", "coremidi"}  # JACK is watched instead; Windows' takes short messages at once
TAKEN, DROPPED = b"\1", b"\0"
_RECORD = struct.Struct("=qB7s")  # due (ns), length, data: written and read whole, being shorter than a pipe's unit


def open_apart(spec: str | None, api: str | None, client: str = CLIENT) -> tuple[OutputPort, str | None]:
    """`ports.open_output`, in a process of its own where the MIDI system may block. Raises UserError."""
    if (spec or "virtual").partition(":")[0] in {"virtual", "port"}:
        system = find(api)
        if system and system.key in BLOCKING:
            return ApartOutput([*PROCESS, spec or "", system.key, client]), None
    return open_output(spec, api, client)


class ApartOutput(SendsNow):
    """`command` starts a process that calls `serve`. Raises PortError with what it says when it cannot open."""

    lead_ns = LEAD_NS

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
        self._waiting: deque[int] = deque()  # when they were due: messages that the driver has not taken
        self.missed = 0  # notes that it could only have taken too late

    def send(self, data: tuple[int, ...], due_ns: int) -> None:
        """Pass one message on. Raises OSError while the driver takes nothing, or when its process has ended."""
        now_ns = time.perf_counter_ns()
        self._hear()
        if self._waiting and now_ns - self._waiting[0] > LATE_NS:
            raise TimeoutError(f"it has taken nothing for {(now_ns - self._waiting[0]) / 1e9:.2f} s")
        os.write(self._out, _RECORD.pack(due_ns, len(data), bytes(data)))
        self._waiting.append(max(due_ns, now_ns))

    def close(self) -> None:
        """Let what was sent arrive; a driver that does not take it is left behind."""
        assert self._process.stdin
        self._process.stdin.close()
        try:
            self._process.wait(GOODBYE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._hear()

    def _hear(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while answers := os.read(self._in, 4096):
                self.missed += answers.count(DROPPED)
                for _ in answers:
                    self._waiting.popleft()


def run(spec: str, api: str, client: str) -> None:
    """Be the process of an output: open it, say so or why not, serve until the other end is closed."""
    answers, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        port, _ = open_output(spec or None, api, client)
    except (UserError, OSError) as error:
        os.write(answers, json.dumps({"error": str(error)}).encode() + b"\n")
        return
    ask_fifo()
    serve(port, 0, answers)


def serve(port: OutputPort, source: int, answers: int) -> None:
    """Send what comes on `source` at its time, answer each with TAKEN or DROPPED, and close the port at the end."""
    os.write(answers, json.dumps({"name": port.name}).encode() + b"\n")
    while record := os.read(source, _RECORD.size):
        due_ns, length, data = _RECORD.unpack(record)
        late_ns = time.perf_counter_ns() - due_ns
        time.sleep(max(0, -late_ns) / 1e9)
        dropped = late_ns > LATE_NS and data[0] & 0xF0 == NOTE_ON
        if not dropped:
            port.send(tuple(data[:length]), due_ns)
        os.write(answers, DROPPED if dropped else TAKEN)
    port.close()
