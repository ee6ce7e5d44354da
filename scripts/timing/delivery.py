"""What arrives: MIDI clock at an independent JACK receiver, sent through rtmidi, placed by JACK, and by a native
program.

A JACK server of its own with the dummy driver, a short period and, where allowed, real time; it waits for its clients
(-S): one that does not leaves out whom it finds late, and the receiver then names frames that are whole periods off,
for the native sender's pulses too (measured on a busy machine). The receiver is jack_midi_dump, which names each
event's frame. The deviation is that of the intervals between pulses.
"""

import itertools
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from scripts.timing.screen import in_terminal

RATE, PERIOD = 48_000, 128
PULSE_FRAMES = RATE * 60 / 120 / 24
OUT = "eigenwalk:out"
TRIES = 5
QUIET: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


@contextmanager
def _server() -> Iterator[None]:
    name = f"eigenwalk-bench-{os.getpid()}"
    os.environ |= {"JACK_DEFAULT_SERVER": name, "JACK_NO_AUDIO_RESERVATION": "1", "JACK_NO_START_SERVER": "1"}
    real_time = ["-R", "-P", "70"] if os.geteuid() == 0 else ["-r"]
    server = subprocess.Popen(
        ["jackd", "-n", name, *real_time, "-S", "-d", "dummy", "-r", str(RATE), "-p", str(PERIOD)], **QUIET
    )
    try:
        _wait(lambda: any(port.startswith("system:") for port in _ports()))
        yield
    finally:
        server.terminate()
        server.wait(10)


def _ports() -> list[str]:
    return subprocess.run(["jack_lsp"], capture_output=True, text=True, check=False).stdout.split("\n")


def _wait(holds: Any, patience_s: float = 20.0) -> bool:
    end = time.monotonic() + patience_s
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


class _Receiver:
    """jack_midi_dump, listening to one port, under a name of its own: JACK knows the last one for a while yet."""

    _count = itertools.count()

    def __init__(self, folder: Path) -> None:
        name = f"rx{next(self._count)}"
        self.port = f"{name}:input"
        self._file = (folder / "received.txt").open("w+")
        self._process = subprocess.Popen(
            ["stdbuf", "-oL", "jack_midi_dump", "-a", name], stdout=self._file, stderr=subprocess.DEVNULL
        )
        _wait(lambda: self.port in _ports())

    def frames(self) -> np.ndarray:
        """Frames of the pulses that came; ends it."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(10)
        self._file.seek(0)
        found = re.findall(r"^\s*(\d+):\s+f8", self._file.read(), re.MULTILINE)
        self._file.close()
        return np.array(found, np.int64)


def _pin(pid: int, core: int) -> None:
    for task in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), {core})


def _children(pid: int) -> list[int]:
    """Processes that descend from `pid`, itself first."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += _children(int(child))
    return found


def _apart() -> None:
    """Put the engine that runs below this process on core 1, and the screen that started it on core 0."""
    for pid in _children(os.getpid())[1:]:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if b"instrument" in words:
            _pin(pid, 1 if b"engine-process" in words else 0)


def _row(name: str, frames: np.ndarray) -> dict[str, Any]:
    steady = np.diff(frames)[24:]  # the first beat is for connecting
    gaps = steady[steady < 1.5 * PULSE_FRAMES]
    deviation = float(np.sqrt(np.mean((gaps - PULSE_FRAMES) ** 2)) / RATE * 1e6) if len(gaps) else float("nan")
    lost = int(np.round(steady[steady >= 1.5 * PULSE_FRAMES] / PULSE_FRAMES - 1).sum())
    worst = float(np.abs(gaps - PULSE_FRAMES).max() / RATE * 1e6) if len(gaps) else float("nan")
    print(f"{name:40}{len(frames):8} pulses{deviation:9.1f} us{worst:9.0f} us worst{lost:5} lost", flush=True)
    return {"name": name, "n": len(frames), "deviation_us": deviation, "worst_us": worst, "lost": lost}


def _ours(preset: Path, seconds: float, folder: Path, placed: bool, together: bool) -> dict[str, Any]:
    receiver = _Receiver(folder)
    _wait(lambda: OUT not in _ports())  # the last one's, which JACK knows for a while yet

    def connect() -> None:
        if not _wait(lambda: OUT in _ports()):
            return
        for _ in range(TRIES):  # a server that waits for its clients sometimes refuses one that comes
            if subprocess.run(["jack_connect", OUT, receiver.port], check=False, **QUIET).returncode == 0:
                break
        with suppress(OSError):  # a process that ends meanwhile
            if not together:
                _apart()

    threading.Thread(target=connect, daemon=True).start()
    words = ["-m", "instrument", "play", preset, "--tempo", "120", "--bars", str(round(seconds / 2) + 1)]
    more = ["--out", "virtual", "--midi-api", "jack", "--set", "clock_out=on", *(["--placed"] if placed else [])]
    in_terminal([*words, *more], seconds + 30, core=0 if together else None)
    how, where = "placed by JACK" if placed else "through rtmidi", "same core" if together else "other core"
    return _row(f"eigenwalk {how}, screen on {where}", receiver.frames())


def _native(seconds: float, folder: Path) -> dict[str, Any]:
    receiver = _Receiver(folder)
    native = subprocess.Popen(["jack_midi_clock", "-b", "120"], **QUIET)
    _wait(lambda: any(port.startswith("jack_midi_clock:") for port in _ports()))
    source = next((port for port in _ports() if port.startswith("jack_midi_clock:")), "")
    subprocess.run(["jack_connect", source, receiver.port], check=False, **QUIET)
    subprocess.run(["jack_transport"], input="play\nquit\n", text=True, check=False, **QUIET)
    time.sleep(seconds)
    native.terminate()
    native.wait(10)
    return _row("jack_midi_clock (native)", receiver.frames())


def measure(preset: Path, seconds: float, folder: Path, result: list[dict[str, Any]]) -> None:
    """A row a way of sending, added to `result`; none where JACK is not installed."""
    if not (shutil.which("jackd") and shutil.which("jack_midi_dump") and shutil.which("stdbuf")):
        return
    from instrument.midi.jackport import is_installed

    print(f"\nMIDI clock at an independent JACK receiver ({PERIOD} frames a period)", flush=True)
    with _server():
        for placed in (False, True) if is_installed() else (False,):
            for together in (False, True):
                result.append(_ours(preset, seconds, folder, placed, together))
        if shutil.which("jack_midi_clock"):
            result.append(_native(seconds, folder))
