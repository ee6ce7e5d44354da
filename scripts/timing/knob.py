"""How soon a knob is heard, and what the engine costs as it comes."""

import json
import time
from pathlib import Path

from instrument import bank
from instrument.live.session.process import EngineProcess
from instrument.messages import Set
from instrument.tempo import PPQN
from scripts.timing.music import STEP_S, TOP, told
from scripts.timing.rows import NOTE_ON


def _beat_in_s(engine: EngineProcess) -> float:
    """Time until the next beat but some 100 ms at the least, by a status that has just come."""
    before = engine.latest()
    while (now := engine.latest()) is before or now is None:
        time.sleep(0.0005)
    left_s = (PPQN - now.tick % PPQN) / PPQN * STEP_S
    return left_s if left_s > 0.1 else left_s + STEP_S


def beyond_a_step_ms(preset: Path, folder: Path, times: int) -> list[float]:
    """From a key in the screen's process to the first note that it changed, less the beat that a step lasts; sorted.

    `preset` is one of unbroken sixteenths. Keys come anywhere in the beat, and every other one 1 to 14 ms before its
    end, about where the next step is just decided: there nearly a whole step passes until the one after it.
    """
    out = folder / "knob.json"
    engine = EngineProcess(told([str(preset)], f"probe:{out}", None))
    engine.wait_ready(20)
    moved: list[int] = []
    for index in range(times):
        time.sleep(2 * STEP_S + 0.1 + index / times * STEP_S)
        if index % 2:
            time.sleep(max(0.0, _beat_in_s(engine) - 0.001 - 0.013 * index / times))
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
