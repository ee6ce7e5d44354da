"""An engine that is killed while it plays: the receiver is released, and the performance taken up where it stood."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from instrument.cli.mourning import mourning
from instrument.live.session.process import EngineProcess
from instrument.messages import Set, command
from tests.jack import Dump, jack_server, ports, until
from tests.support import tiny_preset

__all__ = ["jack_server"]


def config(folder: Path, out: str | None) -> dict[str, Any]:
    path = folder / "tiny.safetensors"
    tiny_preset().save(path)
    options: dict[str, Any] = dict.fromkeys(("bars", "in", "api", "placed", "clock_port", "record"))
    return {**options, "presets": [str(path)], "seed": 1, "settings": {"tempo": 240.0}, "out": out, "play": True}


def test_it_is_taken_up_at_the_same_place(tmp_path: Path) -> None:
    engine = EngineProcess(config(tmp_path, "none"))
    try:
        until("two bars", lambda: (s := engine.latest()) is not None and s.position[0] >= 3)
        engine.send(Set("step", 0.9))
        until("the control", lambda: (s := engine.latest()) is not None and s.parts[0].controls["step"] == 0.9)
        os.kill(engine.pid, signal.SIGKILL)
        assert engine.wait(10) == -signal.SIGKILL
        last = engine.latest()
        assert last
        engine.restart()
        until("a status", lambda: (s := engine.latest()) is not None and s is not last)
        now = engine.latest()
        assert now
        assert now.tick >= last.tick
        assert now.parts[0].controls["step"] == 0.9
        shared = now.parts[0].trail[: len(last.parts[0].trail)]
        assert shared == last.parts[0].trail[: len(shared)]
        until("a bar more", lambda: (s := engine.latest()) is not None and s.playing and s.tick > last.tick + 1920)
    finally:
        assert engine.close() == 0


@pytest.mark.jack
def test_what_sounded_is_released_at_the_receiver(tmp_path: Path, jack_server: str) -> None:
    options = config(tmp_path, None)
    engine, dump = EngineProcess(options), Dump()
    try:
        with mourning(engine, options):
            dump.connect("eigenwalk:out")
            until("notes", lambda: len(dump.heard()) > 10)
            until("its listener", lambda: (s := engine.latest()) is not None and bool(s.health.connected))
            engine.send(command("stop"))
            engine.send(Set("tempo", 20.0))
            engine.send(command("play"))
            until("a chord", lambda: (s := engine.latest()) is not None and s.playing and bool(s.parts[0].sounding))
            os.kill(engine.pid, signal.SIGKILL)
            until("the farewell", lambda: any(m.data[0] & 0xF0 == 0xB0 and m.data[1] == 123 for m in dump.heard()))
        until("its port's end", lambda: not any("farewell" in port for port in ports()))
        sounding: set[tuple[int, int]] = set()
        for message in dump.close():
            key = (message.data[0] & 0x0F, message.data[1])
            if message.data[0] & 0xF0 == 0x90:
                sounding.add(key)
            elif message.data[0] & 0xF0 == 0x80:
                sounding.discard(key)
            elif message.data[1] == 123:
                sounding = {(channel, pitch) for channel, pitch in sounding if channel != key[0]}
        assert not sounding
    finally:
        engine.close()
