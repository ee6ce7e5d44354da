"""Ports that outlive their MIDI system: owed note_offs, a JACK server that is stopped, or killed and restarted."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from instrument.live.session.process import EngineProcess
from instrument.messages import command
from instrument.midi.lasting import LastingOutput
from instrument.midi.output import SendsNow
from tests.jack import Dump, ports, private_jack, start_jack, stop, until
from tests.support import tiny_preset


class Tape(SendsNow):
    """A port that remembers."""

    name, alive = "tape", True

    def __init__(self) -> None:
        self.sent: list[tuple[int, ...]] = []

    def abandon(self) -> None:
        self.alive = False

    def send(self, data: tuple[int, ...], due_ns: int) -> None:
        self.sent.append(data)

    def close(self) -> None:
        self.sent.append(())


def test_an_end_that_could_not_be_sent_is_sent_on_return() -> None:
    first, second = Tape(), Tape()
    port = LastingOutput(first)
    port.send((0x90, 60, 80), 0)
    port.send((0x82, 50, 64), 0)  # may have been on its way
    port.leave()
    port.send((0x91, 61, 80), 0)
    port.send((0x80, 60, 64), 0)
    port.send((0x91, 61, 0), 0)
    assert first.sent == [(0x90, 60, 80), (0x82, 50, 64)]
    assert (port.dropped, port.missed) == (3, 1)
    port.come_back(second)
    assert second.sent == [(0x80, 60, 64), (0x81, 61, 64), (0x82, 50, 64)]
    port.send((0x90, 62, 80), 0)
    assert second.sent[-1] == (0x90, 62, 80)


def test_a_port_that_is_away_is_ended_not_closed() -> None:
    tape = Tape()
    port = LastingOutput(tape)
    port.leave()
    port.close()
    assert tape.sent == []
    assert not port.alive


def engine(folder: Path) -> EngineProcess:
    path = folder / "tiny.safetensors"
    tiny_preset().save(path)
    options: dict[str, Any] = dict.fromkeys(("bars", "in", "api", "placed", "clock_port", "record"))
    settings = {"tempo": 240.0}
    return EngineProcess(
        {**options, "presets": [str(path)], "seed": 1, "settings": settings, "out": None, "play": True}
    )


def sent(process: EngineProcess) -> int:
    status = process.latest()
    return status.health.sent if status else 0


@pytest.mark.jack
@pytest.mark.parametrize("fault", ["killed", "stopped"])
def test_the_music_survives_its_server(fault: str, tmp_path: Path) -> None:
    with private_jack() as server:
        process = engine(tmp_path)
        try:
            until("the first notes", lambda: sent(process) > 10)
            if fault == "killed":
                os.kill(server.pid, signal.SIGKILL)
            else:
                os.kill(server.pid, signal.SIGSTOP)
            # more than rtmidi's ring holds: without the watch the process would spin there for ever
            for _ in range(60):  # of 32 messages each
                process.send(command("panic"))
            before = sent(process)
            until("notes without a server", lambda: sent(process) > before + 100)
            assert process.alive
            if fault == "killed":
                server.wait()
                again = start_jack()
            else:
                os.kill(server.pid, signal.SIGCONT)
                again = None
            until("the port's return", lambda: "eigenwalk:out" in ports())
            dump = Dump()
            dump.connect("eigenwalk:out")
            until("notes again", lambda: len(dump.heard()) > 20)
            assert process.close() == 0
            balance: dict[tuple[int, int], int] = {}
            for message in dump.close():
                if message.data[0] & 0xE0 == 0x80:
                    key = (message.data[0] & 0x0F, message.data[1])
                    balance[key] = 1 if message.data[0] & 0xF0 == 0x90 else 0
            assert not any(balance.values())
            if again:
                stop(again)
        finally:
            process.close()


def output_processes(parent: int) -> list[int]:
    """The processes of outputs that a process has started."""
    children = " ".join(path.read_text() for path in Path(f"/proc/{parent}/task").glob("*/children")).split()
    return [int(pid) for pid in children if b"output-process" in Path(f"/proc/{pid}/cmdline").read_bytes()]


@pytest.mark.jack
def test_an_output_s_process_that_is_killed_comes_back_with_its_connections(tmp_path: Path) -> None:
    with private_jack():
        process = engine(tmp_path)
        try:
            until("the first notes", lambda: sent(process) > 10)
            dump = Dump()
            dump.connect("eigenwalk:out")
            until("its being seen", lambda: (status := process.latest()) and status.health.connected)
            assert process.pid
            (sender,) = output_processes(process.pid)
            os.kill(sender, signal.SIGKILL)
            until("another", lambda: output_processes(process.pid or 0) not in ([], [sender]))
            heard = len(dump.heard())
            until("notes again", lambda: len(dump.heard()) > heard + 20)
            assert process.close() == 0
            balance: dict[tuple[int, int], int] = {}
            for message in dump.close():
                if message.data[0] & 0xE0 == 0x80:
                    balance[message.data[0] & 0x0F, message.data[1]] = int(message.data[0] & 0xF0 == 0x90)
            assert not any(balance.values())
        finally:
            process.close()


@pytest.mark.jack
def test_what_is_to_be_written_is_written_though_the_server_stands_still(tmp_path: Path) -> None:
    path, seen, record = tmp_path / "tiny.safetensors", tmp_path / "seen.json", tmp_path / "take.mid"
    tiny_preset().save(path)
    options: dict[str, Any] = dict.fromkeys(("bars", "in", "api", "placed", "clock_port"))
    options |= {"presets": [str(path)], "seed": 1, "settings": {"tempo": 240.0}, "play": True}
    with private_jack() as server:
        process = EngineProcess({**options, "out": f"probe:{seen}", "record": str(record)})
        try:
            until("the first notes", lambda: sent(process) > 10)
            os.kill(server.pid, signal.SIGSTOP)
            until("its being noticed", lambda: any("stands still" in line for line in process.notices()))
            assert process.close() == 0
            assert seen.exists()
            assert record.exists()
        finally:
            os.kill(server.pid, signal.SIGCONT)
            process.close()
