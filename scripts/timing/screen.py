"""eigenwalk's own screen beside something else, and the 200x50 terminal that either runs in."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from instrument.live.engine import Engine
from instrument.messages import Message, Status, command
from instrument.preset import Preset

COLUMNS, ROWS = 200, 50
ROOT = Path(__file__).parent.parent.parent
STATUSES = 400


class Recorded:
    """An EngineLink that shows what an engine did, over and over, at fifteen statuses a second."""

    alive, error = True, None

    def __init__(self, preset: Path) -> None:
        engine = Engine([Preset.load(preset)], 1)
        engine.handle(command("play"), 0)
        self._statuses: list[Status] = []
        for index in range(STATUSES):
            engine.advance(index * 64)
            self._statuses.append(engine.status())

    def send(self, message: Message) -> None:
        """Takes what the screen says at its end."""

    def notices(self) -> list[str]:
        """It has nothing to say."""
        return []

    def latest(self) -> Status:
        """The status of this moment."""
        return self._statuses[int(time.monotonic() * 15) % STATUSES]


def beside(work: Callable[[], None], preset: Path) -> None:
    """Run `work` in a thread beside the screen of `preset`, in this process; both end when it is done."""
    from instrument.ui.app import run_screen

    def run() -> None:
        time.sleep(1.0)
        try:
            work()
        finally:
            os.kill(os.getpid(), signal.SIGTERM)  # the screen's own way to leave

    threading.Thread(target=run, daemon=True).start()
    run_screen(Recorded(preset))


def in_terminal(arguments: Sequence[str | Path], patience_s: float, core: int | None = None) -> int:
    """Run a Python program in a terminal of 200x50 that is read all the while; its exit status."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)}
    command_line = [sys.executable, *map(str, arguments)]
    if core is not None:
        command_line = ["taskset", "-c", str(core), *command_line]
    process = subprocess.Popen(
        command_line, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True, env=environment
    )
    os.close(theirs)
    end = time.monotonic() + patience_s
    while process.poll() is None and time.monotonic() < end:
        if select.select([ours], [], [], 0.2)[0]:
            try:
                os.read(ours, 1 << 16)
            except OSError:
                break
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    os.close(ours)
    return process.returncode
