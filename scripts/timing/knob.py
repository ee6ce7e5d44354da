"""How soon a knob is heard, and what the engine costs as it comes."""

import json
import time
from pathlib import Path

from instrument import bank
from instrument.live.session.process import EngineProcess
from instrument.messages import Set
from scripts.timing.music import STEP_S, TOP, told
from scripts.timing.rows import NOTE_ON


def beyond_a_step_ms(preset: Path, folder: Path, times: int) -> list[float]:
    """From a key in the screen's process to the first note that it changed, less the beat that a step lasts; sorted.

    `preset` is one of unbroken sixteenths. The key comes at another place of the beat each time, the end of it, where
    the next step is just decided, included: there nearly a whole step passes until the next.
    """
    out = folder / "knob.json"
    engine = EngineProcess(told([str(preset)], f"probe:{out}", None))
    engine.wait_ready(20)
    moved: list[int] = []
    for index in range(times):
        time.sleep(2 * STEP_S + 0.1 + index / times * STEP_S)
        moved.append(time.perf_counter_ns())
        engine.send(Set("transpose", 24.0 if index % 2 == 0 else 0.0))
    time.sleep(2 * STEP_S + 0.2)
    engine.close()
    seen = json.loads(out.read_text())
    notes = [
        (at, pitch >= TOP)
        for at, status, pitch in zip(seen["sent_ns"], seen["status"], seen["data1"], strict=True)
        if status & 0xF0 == NOTE_ON
    ]
    heard = [
        next(at for at, high in notes if at > since and high == (index % 2 == 0)) for index, since in enumerate(moved)
    ]
    return sorted((at - since) / 1e6 - STEP_S * 1e3 for at, since in zip(heard, moved, strict=True))


def cpu_at_defaults(folder: Path, seconds: float) -> float:
    """The share of a core that the engine takes with the default preset and no control touched."""
    out = folder / "defaults.json"
    engine = EngineProcess(told([str(bank.resolve(bank.DEFAULT).absolute())], f"probe:{out}", None, {}))
    engine.wait_ready(20)
    engine.wait(seconds)
    engine.close()
    return float(json.loads(out.read_text())["cpu"])
