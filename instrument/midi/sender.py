"""The process of an output (midi room): it waits for each message's time, to the microsecond, and sends it.

In: messages a few milliseconds before they are due, on a pipe. Out: the same at a port that it opened, at their time,
and back on another pipe how late each went. A process with one thread: nobody else holds its interpreter's lock,
and nothing else is asked of it. Whatever ends the engine ends the pipe: what still sounds then is released
here. It decides nothing, and loads neither numpy nor the engine.
"""

import contextlib
import gc
import json
import os
import select
import signal
import struct
import time
from collections import deque

from instrument.errors import UserError
from instrument.live.session.outbox import AT_ONCE, LATE_NS
from instrument.live.session.realtime import SENDER_PRIORITY, SPIN_NS, be_punctual
from instrument.midi.output import OutputPort
from instrument.midi.ports import open_output
from instrument.notes import NOTE_OFF, NOTE_ON

RECORD = struct.Struct("=qB7s")  # due (ns), length, data: written and read whole, being shorter than a pipe's unit
ANSWER = struct.Struct("=q")  # how late it went (ns), or one of these
DROPPED, UNTIMED = -1, -2
READ = 256 * RECORD.size
ORDINARY = "ordinary"

now_ns = time.perf_counter_ns


def run(spec: str, api: str, client: str, priority: str) -> None:
    """Be the process of an output: open it, say so or why not, serve until the other end is closed.

    `api` may be empty; `priority` is ORDINARY where no real-time priority is wished for.
    """
    answers, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        port, _ = open_output(spec or None, api or None, client)
    except (UserError, OSError) as error:
        os.write(answers, json.dumps({"error": str(error)}).encode() + b"\n")
        return
    be_punctual(priority != ORDINARY, SENDER_PRIORITY)
    serve(port, 0, answers)


def serve(port: OutputPort, source: int, answers: int) -> None:
    """Send what comes on `source` at its time and answer it; at the end release what sounds, and close the port."""
    os.write(answers, json.dumps({"name": port.name}).encode() + b"\n")
    os.set_blocking(source, False)
    gc.collect()
    gc.disable()
    sender, goes_on = Sender(port), True
    while goes_on or sender.waiting:
        if not sender.waiting:
            select.select([source], [], [])
            goes_on = sender.take(source)
            continue
        if (sleep_ns := sender.waiting[0][0] - SPIN_NS - now_ns()) > 0:
            time.sleep(sleep_ns / 1e9)
        goes_on = goes_on and sender.take(source)  # a chord comes note by note, and goes as one
        told = sender.send()
        with contextlib.suppress(BrokenPipeError):  # nobody is left to be told
            os.write(answers, b"".join(map(ANSWER.pack, told)))
    sender.release()
    port.close()


class Sender:
    """What waits for its time, and what sounds. Between a message's time and its sending there is one call."""

    def __init__(self, port: OutputPort) -> None:
        self._port = port
        self.waiting: deque[tuple[int, tuple[int, ...]]] = deque()  # (due, data)
        self._sounding: dict[tuple[int, int], None] = {}  # (channel, pitch)
        self._unheard: dict[tuple[int, int], None] = {}  # notes that were dropped, whose end is to be

    def take(self, source: int) -> bool:
        """Take in what has come by now; False at the end."""
        with contextlib.suppress(BlockingIOError):
            came = os.read(source, READ)
            self.waiting.extend((due_ns, tuple(data[:length])) for due_ns, length, data in RECORD.iter_unpack(came))
            return bool(came)
        return True

    def send(self) -> list[int]:
        """Wait for the first's time, send all that is due then; how late each was, or DROPPED or UNTIMED."""
        waiting, send, gone = self.waiting, self._port.send, []
        due_ns, data = waiting[0]
        while (moment := now_ns()) < due_ns:
            pass
        while due_ns <= moment:
            skipped = (moment - due_ns > LATE_NS or bool(self._unheard)) and self._skips(due_ns, data, moment)
            if not skipped:
                send(data, due_ns or moment)
            gone.append((moment, skipped))
            if len(gone) == len(waiting):
                break
            due_ns, data = waiting[len(gone)]
            moment = now_ns()
        return [self._settle(*waiting.popleft(), *how) for how in gone]

    def _skips(self, due_ns: int, data: tuple[int, ...], moment: int) -> bool:
        """Whether it is a note that would begin far too late, or the end of one that did not begin."""
        kind, key = data[0] & 0xF0, (data[0] & 0x0F, data[1] if len(data) > 1 else 0)
        if kind == NOTE_ON and due_ns != AT_ONCE and moment - due_ns > LATE_NS:
            self._unheard[key] = None
            return True
        if kind in (NOTE_ON, NOTE_OFF) and key in self._unheard:
            del self._unheard[key]
            return kind == NOTE_OFF
        return False

    def _settle(self, due_ns: int, data: tuple[int, ...], moment: int, skipped: bool) -> int:
        """Remember what sounds; the answer."""
        kind = data[0] & 0xF0
        if skipped:
            return DROPPED if kind == NOTE_ON else UNTIMED
        if kind == NOTE_ON:
            self._sounding[data[0] & 0x0F, data[1]] = None
        elif kind == NOTE_OFF:
            self._sounding.pop((data[0] & 0x0F, data[1]), None)
        return moment - due_ns if due_ns != AT_ONCE else UNTIMED

    def release(self) -> None:
        """End what sounds."""
        for channel, pitch in self._sounding:
            self._port.send((NOTE_OFF | channel, pitch, 64), now_ns())
