"""A port in a process of its own: the clock never waits for its driver, whatever that does."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import cast

import pytest

from instrument.live.session.outbox import AT_ONCE, LATE_NS
from instrument.messages import command
from instrument.midi import apart
from instrument.midi.apart import PROCESS, ApartOutput, open_apart
from instrument.midi.output import Silent
from instrument.midi.systems import CLIENT, SYSTEMS, PortError
from tests.jack import Dump, jack_server, until
from tests.live.session.fakes import ListEngine, Memory, scale, sounding
from tests.live.session.test_clock import Stage

__all__ = ["jack_server"]

# A driver that writes down what it takes, and at pitch 67 blocks for some seconds with the interpreter's lock held.
DRIVER = """
import ctypes, sys
from instrument.midi.sender import serve
from instrument.midi.output import SendsNow
class Driver(SendsNow):
    name, blocked = "driver", False
    def send(self, data, due_ns):
        if data[1] == 67 and not self.blocked:
            self.blocked = True
            ctypes.PyDLL(None).usleep(int(float(sys.argv[2]) * 1e6))
        with open(sys.argv[1], "a") as file:
            print(*data, file=file)
    def close(self):
        pass
serve(Driver(), 0, 1)
"""


def port(tmp_path: Path, blocks_s: float) -> tuple[ApartOutput, Path]:
    taken = tmp_path / "taken"
    return ApartOutput([sys.executable, "-c", DRIVER, str(taken), str(blocks_s)]), taken


def numbers(taken: Path) -> list[tuple[int, ...]]:
    return [tuple(map(int, line.split())) for line in taken.read_text().splitlines()]


def test_a_driver_that_blocks_for_ever_does_not_stop_the_clock(tmp_path: Path) -> None:
    out, taken = port(tmp_path, 1000)
    stage = Stage(
        ListEngine(scale(60)), cast(Memory, out)
    )  # 1.5 s of music; the eighth note is the last that is taken
    stage.post(command("play"))
    began = time.monotonic()
    stage.session.run()
    assert time.monotonic() - began < 10
    out.close()
    assert len(stage.played) == 120
    assert len(numbers(taken)) == 14
    assert stage.statuses[-1].health.sent < 60
    assert sum("the output fails (TimeoutError('it has taken nothing" in line for line in stage.alerts) == 1


def test_a_driver_that_blocked_a_while_has_no_note_without_its_end(tmp_path: Path) -> None:
    out, taken = port(tmp_path, 0.6)
    stage = Stage(ListEngine(scale(80)), cast(Memory, out))
    stage.post(command("play"))
    stage.session.run()
    out.close()
    heard = numbers(taken)
    assert not sounding(heard)
    assert 30 < len(heard) < 160
    assert heard[-2:] == [event.data for event in scale(80)[-2:]]
    assert any("the output works again" in line for line in stage.alerts)


def test_a_note_that_comes_through_too_late_is_dropped_and_counted(tmp_path: Path) -> None:
    out, taken = port(tmp_path, 0.3)
    now = time.perf_counter_ns()
    for pitch in (67, 60):
        out.send((0x90, pitch, 90), now)
        out.send((0x80, pitch, 64), now)
    out.send((0x91, 62, 90), now + 10 * LATE_NS)
    out.close()
    assert numbers(taken) == [(0x90, 67, 90), (0x80, 67, 64), (0x91, 62, 90), (0x81, 62, 64)]
    assert out.missed == 1


def test_a_process_that_ended_is_an_output_that_fails(tmp_path: Path) -> None:
    out, _ = port(tmp_path, 0)
    out._process.kill()
    out._process.wait()
    with pytest.raises(BrokenPipeError):
        out.send((0x90, 60, 90), 0)
    out.close()


def test_ports_of_a_midi_system_are_set_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(apart, "find", lambda api: SYSTEMS[api or "alsa"])
    monkeypatch.setattr(apart, "ApartOutput", lambda command: asked.append(command[-4:]))
    monkeypatch.setattr(apart, "open_output", lambda *asked: (Silent(), None))
    for spec, api in (
        (None, None),
        ("port:x", "coremidi"),
        ("none", "alsa"),
        ("synth", "alsa"),
        ("port:x", "windows"),
    ):
        open_apart(spec, api)
    open_apart("probe:file", None, realtime=False)
    assert asked == [
        ["", "alsa", CLIENT, ""],
        ["port:x", "coremidi", CLIENT, ""],
        ["probe:file", "", CLIENT, "ordinary"],
    ]


def test_what_sounds_when_the_engine_is_killed_is_released(tmp_path: Path) -> None:
    out, taken = port(tmp_path, 0)
    for number, (status, pitch) in enumerate([(0x90, 60), (0x92, 62), (0x90, 64), (0x80, 60)]):
        out.send((status, pitch, 90), time.perf_counter_ns() + number)
    out._process.stdin.close()  # type: ignore[union-attr]  # what its end is to the other process
    out._process.wait(10)
    assert numbers(taken)[4:] == [(0x82, 62, 64), (0x80, 64, 64)]


def test_it_tells_how_late_each_went_but_what_is_to_go_at_once(tmp_path: Path) -> None:
    out, taken = port(tmp_path, 0)
    due_ns = time.perf_counter_ns() + 60_000_000
    for pitch in (60, 62, 64):
        out.send((0x90, pitch, 90), due_ns)
    out.send((0xB0, 123, 0), AT_ONCE)
    out.close()
    late_ns = out.lateness()
    assert len(numbers(taken)) == 7  # and the three releases
    assert len(late_ns) == 3
    assert 0 <= late_ns[0] <= late_ns[1] <= late_ns[2] < 10**9
    assert out.lateness() == []


def test_a_session_sends_nothing_early_through_it(tmp_path: Path) -> None:
    probe = tmp_path / "seen.json"
    out, _ = open_apart(f"probe:{probe}", None)
    stage = Stage(ListEngine(scale(40, step=20)), cast(Memory, out))
    stage.post(command("play"))
    stage.session.run()
    out.close()
    seen = json.loads(probe.read_text())
    assert len(seen["status"]) == 80
    assert seen["due_ns"] == sorted(seen["due_ns"])
    assert all(sent >= due for sent, due in zip(seen["sent_ns"], seen["due_ns"], strict=True))
    assert stage.statuses[-1].health.sent > 70


@pytest.mark.jack
def test_a_real_port_in_a_process_of_its_own(jack_server: str) -> None:
    dump = Dump("apart-dump")
    out = ApartOutput([*PROCESS, "virtual:apart", "jack", CLIENT, ""])
    assert out.name == "eigenwalk:apart"
    dump.connect(out.name)
    with pytest.raises(PortError, match="eigenwalk:apart is there already"):
        ApartOutput([*PROCESS, "virtual:apart", "jack", CLIENT, ""])
    out.send((0x90, 60, 90), time.perf_counter_ns())
    out.send((0x80, 60, 64), time.perf_counter_ns())
    until("both", lambda: len(dump.heard()) == 2)
    out.send((0xC0, 5), 0)
    out.close()
    assert [message.data for message in dump.close()] == [(0x90, 60, 90), (0x80, 60, 64), (0xC0, 5)]


def test_its_process_loads_neither_numpy_nor_the_engine() -> None:
    """It starts while the performer waits, and is there once a port."""
    code = "import sys, instrument.midi.sender; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "instrument.live.engine", "instrument.preset", "prompt_toolkit"}.intersection(loaded)
