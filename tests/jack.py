"""A MIDI system for tests on machines without one: a private JACK server with its dummy driver.

`jack_server` (a fixture, one server a module) sets the environment that makes libjack find that server and nothing
else, and skips where jackd is not installed. A long period, because under load an asynchronous server with short
ones loses events by itself. `Dump` is an independent receiver: the jack_midi_dump that comes with JACK.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import IO, NamedTuple

import pytest

PERIOD, RATE = 1024, 48_000
PATIENCE_S = 20.0
MARKER = (0xF3, 93)  # song select: nothing of ours sends it


class Heard(NamedTuple):
    """A message as the receiver had it, with JACK's frame time."""

    frame: int
    data: tuple[int, ...]


def until(what: str, holds: object, patience_s: float = PATIENCE_S) -> None:
    """Wait until the callable `holds` is true, or fail saying `what` did not come."""
    assert callable(holds)
    end = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < end, f"waited {patience_s} s in vain: {what}"
        time.sleep(0.02)


def ports() -> list[str]:
    """The ports of the server."""
    return subprocess.run(["jack_lsp"], capture_output=True, text=True, check=False).stdout.split("\n")


def jack_name() -> str:
    """What this process calls its server."""
    return f"eigenwalk-test-{os.getpid()}"


# Measured with three busy loops beside it: an asynchronous server of ordinary priority passes over a receiver that is
# late (an xrun): what was for it is lost, 21 of 150 notes in 10 s. One of real-time priority lost none, nor did one
# that waits for its clients. The latter waits for those that were killed, too.
PROMPT = ("-R", "-P60")
SOUND = (*PROMPT, "-S", "-t", "5000")


def start_jack(
    period: int = PERIOD, options: Sequence[str] = PROMPT, said: IO[bytes] | None = None
) -> "subprocess.Popen[bytes]":
    """Start a server of that name; what it says goes to `said`."""
    command = ["jackd", "-n", jack_name(), *options, "-d", "dummy", "-r", str(RATE), "-p", str(period)]
    return subprocess.Popen(command, stdout=said or subprocess.DEVNULL, stderr=said or subprocess.DEVNULL)


@cache
def sweep() -> None:
    """Remove what servers left that were killed: JACK's registry has room for eight, and keeps the dead.

    Once a process, before it first asks for a server: libjack reads the registry that it found then, for ever. Not
    when a server lives, whoever's it is; files of others stay.
    """
    living = set()
    for comm in Path("/proc").glob("[0-9]*/comm"):
        with contextlib.suppress(OSError):
            living.add(comm.read_text().strip())
    if living & {"jackd", "jackdbus"}:
        return
    for pattern in ("jack-*", "jack_*"):
        for left in Path("/dev/shm").glob(pattern):
            with contextlib.suppress(OSError):
                left.unlink()


@contextlib.contextmanager
def private_jack(
    period: int = PERIOD, options: Sequence[str] = PROMPT, said: IO[bytes] | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    """A JACK server of our own, which the environment points to while it runs; its process."""
    sweep()
    ours = {"JACK_DEFAULT_SERVER": jack_name(), "JACK_NO_AUDIO_RESERVATION": "1", "JACK_NO_START_SERVER": "1"}
    with pytest.MonkeyPatch.context() as patch:
        for key, value in ours.items():
            patch.setenv(key, value)
        server = start_jack(period, options, said)
        try:
            until("the JACK server", lambda: any(port.startswith("system:") for port in ports()))
            yield server
        finally:
            stop(server)


@pytest.fixture(scope="module")
def jack_server(request: pytest.FixtureRequest) -> Iterator[str]:
    """A JACK server of this module's own; its name. A module's `JACK_PERIOD` replaces the long period."""
    if not shutil.which("jackd") or not shutil.which("jack_midi_dump"):
        pytest.skip("jackd is not installed")
    with private_jack(getattr(request.module, "JACK_PERIOD", PERIOD)):
        yield jack_name()


def stop(process: "subprocess.Popen[bytes]", number: int = signal.SIGTERM) -> None:
    """End a process that a test started."""
    process.send_signal(number)
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Dump:
    """An independent receiver, connected to `source` (a port's whole name) as soon as that exists."""

    def __init__(self, name: str = "dump") -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115
        self.name = name
        self._process = subprocess.Popen(
            ["stdbuf", "-oL", "jack_midi_dump", "-a", name], stdout=self._file, stderr=subprocess.DEVNULL
        )
        until("jack_midi_dump", lambda: self.port in ports())

    @property
    def port(self) -> str:
        """Its input's whole name."""
        return f"{self.name}:input"

    def connect(self, source: str) -> None:
        """Listen to `source`, waiting for it to appear."""
        until(f"the port {source}", lambda: source in ports())
        subprocess.run(["jack_connect", source, self.port], check=True, capture_output=True)

    def heard(self) -> list[Heard]:
        """All messages so far."""
        self._file.seek(0)
        lines = self._file.read().decode(errors="replace").splitlines()
        return [Heard(frame, data) for line in lines if (found := _parse(line)) for frame, data in [found]]

    def settle(self) -> None:
        """Wait until all that was sent before is heard: until a marker of a third party's has come through."""
        import rtmidi

        marker = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name=f"{self.name}-marker")
        marker.open_virtual_port("out")
        self.connect(f"{self.name}-marker:out")
        marker.send_message(MARKER)
        until("the marker", lambda: MARKER in (message.data for message in self.heard()[-9:]))
        marker.close_port()
        marker.delete()

    def close(self) -> list[Heard]:
        """End it; all messages."""
        stop(self._process, signal.SIGINT)
        heard = self.heard()
        self._file.close()
        return heard


def _parse(line: str) -> tuple[int, tuple[int, ...]] | None:
    match = re.match(r"\s*(\d+)\s*:\s*((?:[0-9a-f]{2}\s)+)", line + " ")
    return (int(match[1]), tuple(int(byte, 16) for byte in match[2].split())) if match else None


def wav_peak(path: Path) -> int:
    """The loudest 16-bit sample of a .wav file."""
    import wave

    with wave.open(str(path)) as file:
        frames = file.readframes(file.getnframes())
    return max(
        (abs(int.from_bytes(frames[i : i + 2], "little", signed=True)) for i in range(0, len(frames), 2)), default=0
    )
