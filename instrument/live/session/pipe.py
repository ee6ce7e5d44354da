"""The engine process's end of the line to its screen.

In: lines of JSON on a descriptor, one a message, put into the inbox with the time of their coming; the end of the
file becomes `quit`. Out: statuses and notices as lines. Writing never blocks: a screen that hangs or is gone costs
the music nothing, it only misses statuses.
"""

import contextlib
import json
import os
import threading
import time
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Any

from instrument.controls import ControlError
from instrument.messages import MessageError, command, from_json

Inbox = SimpleQueue[tuple[int, Any]]  # (time of arrival in ns, what arrived)


def lines(descriptor: int) -> Iterator[bytes]:
    """The lines that come on `descriptor` until its end. (A buffered file would abort Python, were it left while
    a daemon thread waits in it.)"""
    rest = b""
    while data := os.read(descriptor, 65536):
        *whole, rest = (rest + data).split(b"\n")
        yield from whole


def read_messages(source: Iterator[bytes], inbox: Inbox, writer: "LineWriter") -> threading.Thread:
    """Start the thread that puts what the lines of `source` say into `inbox` until their end."""

    def read() -> None:
        for line in source:
            try:
                inbox.put((time.perf_counter_ns(), from_json(json.loads(line))))
            except (MessageError, ControlError, ValueError) as error:
                writer.notice(str(error))
        inbox.put((time.perf_counter_ns(), command("quit")))

    thread = threading.Thread(target=read, name="messages", daemon=True)
    thread.start()
    return thread


class LineWriter:
    """Writes lines to a descriptor without ever waiting for its reader."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._rest = b""
        self._lock = threading.Lock()
        os.set_blocking(descriptor, False)

    def status(self, text: str) -> None:
        """Write a status, or drop it while an earlier line still stands in the way."""
        with self._lock:
            if not self._flush():
                self._rest = text.encode() + b"\n"
                self._flush()

    def notice(self, text: str) -> None:
        """Queue a line for the performer; never dropped."""
        self._queue({"notice": text})

    def log(self, path: str) -> None:
        """Say where the session's log lies, for whoever takes the performance up."""
        self._queue({"log": path})

    def error(self, text: str) -> None:
        """Queue the line that says why the engine ends."""
        self._queue({"error": text})

    def _queue(self, data: dict[str, str]) -> None:
        with self._lock:
            self._rest += json.dumps(data).encode() + b"\n"
            self._flush()

    def _flush(self) -> bool:
        """Write what fits; whether something is left."""
        with contextlib.suppress(BlockingIOError):
            try:
                while self._rest:
                    self._rest = self._rest[os.write(self._descriptor, self._rest) :]
            except BrokenPipeError:
                self._rest = b""
        return bool(self._rest)
