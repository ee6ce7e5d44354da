"""What listening costs: a step among many segments, and a note in a flood. Microseconds of the thread's own CPU.

In: presets. Out: figures, with the cost of a plain loop beside them, by which another or a busier machine is judged.
"""

import gc
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from accompanist import performer
from instrument.controls import PartControls
from instrument.live.advisor import Advisor
from instrument.live.ears import Ears
from instrument.live.engine import Engine
from instrument.live.listener import Listener
from instrument.messages import Heard, command
from instrument.notes import NOTE_ON, Event
from instrument.preset import ARRAYS, Preset
from instrument.tempo import PPQN

Figures = dict[str, Any]
LATEST_TICKS = 16  # after the beat: the grace


def repeated(preset: Preset, segments: int) -> Preset:
    """`preset` again and again until it has `segments`."""
    times = -(-segments // len(preset))
    arrays: Any = {}
    for name, (_, shape) in ARRAYS.items():
        array = getattr(preset, name)
        if name == "note_start":
            steps = np.tile(np.diff(array.astype(np.int64)), times)
            arrays[name] = np.concatenate([[0], np.cumsum(steps)]).astype(array.dtype)
        else:
            arrays[name] = np.concatenate([array] * times) if shape[0] in ("N", "M") else array
    copies = np.arange(times * len(preset)) // len(preset) * len(preset)
    last = arrays["successor"] < 0
    arrays["successor"] = np.where(last, -1, arrays["successor"] + copies).astype(arrays["successor"].dtype)
    return replace(preset, **arrays)


def cost(preset: Preset, line: Any, segments: int) -> Figures:
    """Microseconds of CPU that listening takes a step: the advice, and the pull on what the walk weighs."""
    large = repeated(preset, segments)
    begin = time.perf_counter()
    ears = Ears(large)
    made = time.perf_counter() - begin
    controls, took = PartControls(follow=1), []
    listener, here = Listener(ears), 100
    advisor = Advisor(listener)
    notes = performer.performance(line, "human", 0)
    weighed = np.arange(200, 241)
    gc.disable()
    for at, note in enumerate(notes):
        listener.hear((NOTE_ON, note.pitch, 80 if note.on else 0), note.tick)
        beat = round(note.tick / preset.hop) * preset.hop
        if note.on and abs(note.tick - beat) < 30:
            start = time.thread_time_ns()
            advice = advisor.advise(beat, note.tick, here, beat // preset.hop % 4, controls)
            if advice.pull is not None:
                advice.pull(weighed)
            took.append((time.thread_time_ns() - start) / 1e3)
            here = (here + 7 * at) % (len(large) - 1)
    gc.enable()
    return {
        "segments": len(large),
        "tables_s": made,
        "step_us_median": float(np.median(took)),
        "step_us_p99": float(np.percentile(took, 99)),
        "loop_us": loop_us(),
    }


def loop_us() -> float:
    """Microseconds of CPU of 1,000 turns of a Python loop: by which another, or a busier, machine can be judged."""
    begin = time.thread_time_ns()
    x = 0
    for i in range(20_000):
        x = (x * 31 + i) & 0xFFFF
    return (time.thread_time_ns() - begin) / 20 / 1e3


def flood(presets: Sequence[Preset], seconds: int) -> Figures:
    """1,000 notes a second into parts that all follow: microseconds of CPU a message, and steps without a note."""
    engine = Engine(presets, 1, {"follow": 1, "tempo": performer.BPM})
    engine.handle(command("play"), 0)
    dice, took, steps = np.random.default_rng(1), list[float](), set[int]()
    for number, pitch in enumerate(dice.integers(36, 84, 1000 * seconds).tolist()):
        for half, data in enumerate(((NOTE_ON, pitch, 80), (NOTE_ON, pitch, 0))):
            tick = round((number + half / 2) * performer.TICKS_A_MS)
            begin = time.thread_time_ns()
            engine.handle(Heard(data), tick)
            outputs = engine.advance(tick)
            took.append((time.thread_time_ns() - begin) / 1e3)
            steps |= {o.tick // PPQN for o in outputs if isinstance(o, Event) and o.tick % PPQN <= LATEST_TICKS}
    return {
        "parts": len(presets),
        "message_us_median": float(np.median(took)),
        "message_us_mean": float(np.mean(took)),
        "share_of_a_core": 2000 * float(np.mean(took)) / 1e6,
        "silent_steps": len(set(range(engine.tick // PPQN)) - steps),
    }
