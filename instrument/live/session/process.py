"""The screen's handle on the engine: a process of its own, spoken to in lines of JSON.

In: messages for the engine. Out: its latest status, its notices, how it ended. The engine lives in another process
because a full-screen program stops all its threads for 45 ms and more at every garbage collection. It is no
member of the terminal's process group (a Ctrl-C is the screen's), and ends by itself, every note released, when its
standard input closes: so however this process dies, the music does not hang.
"""

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import instrument
from instrument.messages import Message, MessageError, Status, command, status_from_text, to_json

NOTICE, ERROR, LOG = '{"notice":', '{"error":', '{"log":'
GOODBYE_S = 3.0  # what releasing, recording and closing the ports may take before it is forced


class EngineProcess:
    """A running engine. `config` is the JSON object that `midi.engine_process` documents."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._config = dict(config)
        self._start()

    def restart(self) -> None:
        """Take up a performance whose engine was killed: a new one, at the tick of the last status."""
        if self.alive:
            return
        tick = self._status.tick if self._status else 0
        self._start({"log": self._log, "tick": tick} if self._log else None)

    def _start(self, resume: Mapping[str, Any] | None = None) -> None:
        home = str(Path(instrument.__file__).parent.parent)  # so that no folder called `instrument` shadows ours
        paths = os.pathsep.join(filter(None, (home, os.environ.get("PYTHONPATH"))))
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "instrument", "engine-process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": paths},
        )
        self._lock = threading.Lock()
        self._line: bytes | None = None
        self._status: Status | None = None
        self._notices: list[str] = []
        self._log: str | None = None
        self.error: str | None = None
        self._heard = threading.Event()
        self._reader = threading.Thread(target=self._read, name="engine-status", daemon=True)
        self._write({**self._config, "resume": resume})
        self._reader.start()

    @property
    def pid(self) -> int:
        """Its process number."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def send(self, message: Message) -> None:
        """Pass `message` on; one that comes after the end is dropped."""
        self._write(to_json(message))

    def latest(self) -> Status | None:
        """The newest status, or None before the first."""
        line, self._line = self._line, None
        if line is not None:
            with contextlib.suppress(MessageError):
                self._status = status_from_text(line.decode())
        return self._status

    def notices(self) -> list[str]:
        """Lines for the performer since the last call."""
        taken, self._notices = self._notices, []
        return taken

    def wait_ready(self, timeout_s: float) -> bool:
        """Wait for the first status; False when it ended or took longer."""
        self._heard.wait(timeout_s)
        return self._line is not None or self._status is not None

    def wait(self, timeout_s: float | None = None) -> int | None:
        """Wait for its end; its exit status, or None when it still runs after `timeout_s`."""
        try:
            status = self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None
        self._reader.join(1.0)
        return status

    def close(self) -> int:
        """Ask it to release what sounds and end, insist if it must be; its exit status."""
        self.send(command("quit"))
        with contextlib.suppress(OSError):
            assert self._process.stdin
            self._process.stdin.close()
        for insist in (self._process.terminate, self._process.kill):
            if (status := self.wait(GOODBYE_S)) is not None:
                return status
            insist()
        return self._process.wait()

    def _write(self, data: Mapping[str, Any]) -> None:
        assert self._process.stdin
        with self._lock, contextlib.suppress(OSError, ValueError):
            self._process.stdin.write(json.dumps(data).encode() + b"\n")
            self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            if line.startswith(NOTICE.encode()):
                self._notices = [*self._notices, str(json.loads(line)["notice"])]
            elif line.startswith(LOG.encode()):
                self._log = str(json.loads(line)["log"])
            elif line.startswith(ERROR.encode()):
                self.error = str(json.loads(line)["error"])
            else:
                self._line = line
                self._heard.set()
        self._heard.set()
