"""In step with others: clock in and out, notes placed by JACK, and a process that was stopped for a while."""

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import rtmidi

from instrument.live.session.process import EngineProcess
from instrument.messages import Set, Status, command
from tests.jack import RATE, Dump, Heard, jack_server, ports, until
from tests.support import tiny_preset
from tests.test_play import config, only_notes, unended

__all__ = ["jack_server"]
Start = Callable[..., EngineProcess]


@pytest.fixture(scope="module")
def preset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small preset on disk."""
    path = tmp_path_factory.mktemp("presets") / "tiny.safetensors"
    tiny_preset().save(path)
    return path


@pytest.fixture
def start(jack_server: str, preset: Path) -> Iterator[Start]:
    """Starts engines that play `preset`, and sees to it that none outlives its test."""
    started: list[EngineProcess] = []

    def begin(**options: Any) -> EngineProcess:
        started.append(EngineProcess(config(preset, **options)))
        return started[-1]

    yield begin
    for engine in started:
        engine.close()


class Sender:
    """An independent sender of MIDI clock: a thread, a port of its own, and jitter of a few milliseconds."""

    def __init__(self, bpm: float, jitter_ms: float = 3.0) -> None:
        self._port = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name="sender")
        self._port.open_virtual_port("clock")
        self.bpm, self._jitter_s = bpm, jitter_ms / 1000
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def send(self, *data: int) -> None:
        self._port.send_message(data)

    def _run(self) -> None:
        rng, due = random.Random(1), time.monotonic()
        while not self._ends.is_set():
            due += 60 / self.bpm / 24
            time.sleep(max(0.0, due + rng.uniform(0, self._jitter_s) - time.monotonic()))
            self._port.send_message([0xF8])

    def close(self) -> None:
        if self._ends.is_set():
            return
        self._ends.set()
        self._thread.join()
        self._port.close_port()
        self._port.delete()


@pytest.fixture
def sender(jack_server: str) -> Iterator[Sender]:
    made = Sender(133.0)
    until("the sender's port", lambda: "sender:clock" in ports())
    yield made
    made.close()


def status(engine: EngineProcess) -> Status:
    """The newest status there is."""
    until("a status", lambda: engine.latest() is not None or not engine.alive)
    latest = engine.latest()
    assert latest, engine.error
    return latest


@pytest.mark.jack
def test_the_clock_that_comes_in_leads(start: Start, sender: Sender) -> None:
    """Tempo, start, song position and stop are the sender's; its silence is noticed."""
    settings = {"tempo": 90.0, "source": 1.0}
    engine = start(settings=settings, **{"in": ["sender:clock"]})
    until("its tempo", lambda: abs(status(engine).controls["tempo"] - 133) < 1.5)
    assert status(engine).health.source == "MIDI clock"
    assert not status(engine).playing
    sender.send(0xFA)
    until("the start", lambda: status(engine).playing)
    until("the second bar", lambda: status(engine).position[0] >= 2)
    sender.send(0xFC)
    until("the stop", lambda: not status(engine).playing)
    sender.send(0xF2, 16 * 6, 0)  # bar 7 of 4/4
    until("the place", lambda: status(engine).position[:2] == (7, 1))
    sender.send(0xFB)
    until("going on", lambda: status(engine).playing and status(engine).position[0] >= 7)
    sender.bpm = 150.0
    until("the new tempo", lambda: abs(status(engine).controls["tempo"] - 150) < 2)
    sender.close()
    until("that it fell silent", lambda: not status(engine).health.following)
    assert status(engine).playing
    assert any("fell silent: going on alone" in line for line in engine.notices())
    assert engine.close() == 0


def frames(heard: list[Heard], status_byte: int) -> list[int]:
    return [message.frame for message in heard if message.data[0] == status_byte]


@pytest.mark.jack
@pytest.mark.parametrize("placed", [False, True])
def test_our_clock_at_an_independent_receiver(start: Start, placed: bool) -> None:
    """Start before the first pulse, 24 pulses a beat, the tempo right, stop last; every note with its end."""
    if placed:
        pytest.importorskip("jack")
    dump = Dump("clock-dump")
    settings = {"tempo": 150.0, "clock_out": 1.0}
    engine = start(settings=settings, bars=4, placed=placed)
    dump.connect("eigenwalk:out")
    if placed:
        assert "eigenwalk:in" in ports()
    engine.send(command("play"))
    assert engine.wait(60) == 0, engine.error
    heard = dump.close()
    system = [message.data[0] for message in heard if message.data[0] >= 0xF0]
    assert system[0] == 0xFA
    assert system[-1] == 0xFC
    pulses = frames(heard, 0xF8)
    assert abs(len(pulses) - 4 * 4 * 24) <= 2
    beats = (len(pulses) - 1) / 24
    assert (pulses[-1] - pulses[0]) / RATE == pytest.approx(
        beats * 60 / 150, rel=0.1
    )  # frames of a busy server stand still at times
    assert only_notes(heard)
    assert not unended(heard)


@pytest.mark.jack
def test_a_stop_within_the_lead_leaves_nothing_behind(start: Start) -> None:
    """Notes that JACK holds but has not placed are taken back, or end."""
    pytest.importorskip("jack")
    dump = Dump("lead-dump")
    engine = start(settings={"tempo": 300.0, "lead": 50.0}, placed=True)
    dump.connect("eigenwalk:out")
    for _ in range(6):
        engine.send(command("play"))
        until("notes", lambda: bool(unended(dump.heard())))
        engine.send(command("stop"))
        until("the stop", lambda: not status(engine).playing)
        until("quiet", lambda: not unended(dump.heard()))
    engine.send(command("play"))
    engine.send(Set("step", 0.5))
    assert engine.close() == 0
    assert not unended(dump.close())


@pytest.mark.jack
def test_no_burst_after_being_stopped(start: Start) -> None:
    """SIGSTOP and SIGCONT: late notes are dropped and counted, and it goes on where it would have been."""
    dump = Dump("burst-dump")
    engine = start(settings={"tempo": 120.0}, play=True)
    dump.connect("eigenwalk:out")
    until("notes", lambda: len(only_notes(dump.heard())) > 4)
    tick = status(engine).tick
    os.kill(engine.pid, signal.SIGSTOP)
    time.sleep(5.0)
    before = len(ons(dump))
    os.kill(engine.pid, signal.SIGCONT)
    until("dropped notes", lambda: status(engine).health.dropped > 0)
    burst = len(ons(dump)) - before
    assert status(engine).health.dropped >= 10
    assert burst < status(engine).health.dropped
    assert status(engine).tick - tick > 4 * 2 * 480
    until("notes again", lambda: len(ons(dump)) > before + burst + 6)
    assert engine.close() == 0
    assert not unended(dump.close())


def ons(dump: Dump) -> list[Heard]:
    return [message for message in dump.heard() if message.data[0] & 0xF0 == 0x90]
