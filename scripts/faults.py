"""What goes wrong while `scripts/soak --jack` listens, and the count of what arrived all the same.

In: a running engine under a private JACK server. Out: faults, one at a time and from a seed, none of which may cost a
note that was not dropped by rule; and the receiver's notes against the recording's.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import mido
import rtmidi

from instrument.live.session.process import EngineProcess
from instrument.messages import command
from tests.jack import Dump

EVERY_S = 15.0  # between faults
SLEEP_S = 0.4  # shorter than the receiver's server waits, longer than a note may be late
BUSY_S = 3.0
RECALLED = 5  # ticks: no longer is a note that a panic took back before it was sent (2 ms at 300 BPM)
Pair = tuple[int, ...]  # status and pitch


class Faults:
    """`folder` is for files that are wrong. `done` counts the faults by name."""

    def __init__(self, seed: int, folder: Path) -> None:
        self._dice, self._folder = random.Random(seed), folder
        self._next = time.monotonic() + EVERY_S
        self.done: Counter[str] = Counter()

    def turn(self, engine: EngineProcess) -> None:
        """Inject one, if it is time."""
        if time.monotonic() < self._next:
            return
        kinds: tuple[Callable[[EngineProcess], None], ...] = (
            self.broken_preset,
            self.vanished_preset,
            self.guest,
            self.wild_bytes,
            self.sleep,
            self.busy,
        )
        kind = self._dice.choice(kinds)
        kind(engine)
        self.done[kind.__name__] += 1
        self._next = time.monotonic() + EVERY_S

    def broken_preset(self, engine: EngineProcess) -> None:
        """A preset that is noise."""
        path = self._folder / "noise.safetensors"
        path.write_bytes(self._dice.randbytes(5000))
        engine.send(command("load", str(path), part=self._dice.randrange(4)))

    def vanished_preset(self, engine: EngineProcess) -> None:
        """A preset that is not there."""
        engine.send(command("morph", str(self._folder / "gone.safetensors"), part=self._dice.randrange(4)))

    def guest(self, engine: EngineProcess) -> None:
        """Another receiver comes, listens and goes: JACK orders its clients anew."""
        other = Dump("guest")
        other.connect("eigenwalk:out")
        time.sleep(0.5)
        other.close()

    def wild_bytes(self, engine: EngineProcess) -> None:
        """Two seconds of noise at the input, 500 messages a second."""
        port = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name="wild")
        port.open_port(next(n for n, name in enumerate(port.get_ports()) if name.startswith("eigenwalk-in")))
        for _ in range(100):
            for _ in range(10):
                status = self._dice.choice((0x80, 0x90, 0xA0, 0xB0, 0xC0, 0xD0, 0xE0)) | self._dice.randrange(16)
                length = 1 if status & 0xE0 == 0xC0 else 2
                port.send_message([status, *(self._dice.randrange(128) for _ in range(length))])
            time.sleep(0.02)
        port.close_port()
        port.delete()

    def sleep(self, engine: EngineProcess) -> None:
        """The engine's process stands still."""
        os.kill(engine.pid, signal.SIGSTOP)
        time.sleep(SLEEP_S)
        os.kill(engine.pid, signal.SIGCONT)

    def busy(self, engine: EngineProcess) -> None:
        """Other programs want every core."""
        loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)]
        time.sleep(BUSY_S)
        for loop in loops:
            loop.kill()
            loop.wait()


def compare(record: Path, heard_all: Sequence[tuple[int, ...]], dropped: int) -> dict[str, int]:
    """Notes of the recording against those that arrived; `dropped` note_ons were told to be left out by rule."""
    heard = Counter(data[:2] for data in heard_all if data[0] & 0xE0 == 0x80)
    played, brief = recorded(record)
    balance: Counter[tuple[int, int]] = Counter()
    for (status, pitch), count in heard.items():
        balance[status & 15, pitch] += count if status & 0xF0 == 0x90 else -count
    missing, doubled = played - heard, (heard - played).total()
    unexplained = missing.total() - 2 * dropped
    recalled = min(unexplained, sum(min(count, brief[pair]) for pair, count in missing.items()))
    lost = unexplained - recalled
    hung = sum(abs(count) for count in balance.values())
    print(f"{played.total()} played, {heard.total()} arrived, {dropped} notes too late and dropped by rule,")
    print(f"{recalled // 2} taken back by a panic before they sounded: {lost} lost, {doubled} doubled, {hung} hung")
    counts = {"played": played.total(), "dropped": dropped, "recalled": recalled // 2}
    return counts | {"lost": lost, "doubled": doubled, "hung": hung}


def recorded(record: Path) -> tuple[Counter[Pair], Counter[Pair]]:
    """Status and pitch of all that the engine played, and of the notes so short that they may have been recalled."""
    played: Counter[Pair] = Counter()
    brief: Counter[Pair] = Counter()
    for track in mido.MidiFile(record).tracks:
        now, since = 0, {}
        for message in track:
            now += message.time
            if message.type not in {"note_on", "note_off"}:
                continue
            pair = tuple(message.bytes()[:2])
            played[pair] += 1
            if message.type == "note_on":
                since[message.note] = pair, now
            elif message.note in since:
                begun, tick = since.pop(message.note)
                if now - tick <= RECALLED:
                    brief.update((begun, pair))
    return played, brief
