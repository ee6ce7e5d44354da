"""A performer at a real port: how long a played note takes to the walk's, and whether a flood of notes delays any.

In: presets' paths. Out: milliseconds from a note's hand-over to rtmidi in this process to the answer's arrival at our
own input port, through a JACK server of our own and the engine's process; lateness of the engine's notes at its port.
"""

import json
import random
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import rtmidi

from instrument.live.session.process import EngineProcess
from instrument.messages import Set, command
from instrument.notes import NOTE_OFF, NOTE_ON
from tests.jack import until

BPM = 100.0
BEAT_S = 60 / BPM
BEHIND_S = (0.004, 0.014)  # after the beat: within the grace
LISTENED_S = 0.06  # an answer that takes longer is none
SETTLE_S = 3.0  # the deaf walk's beat is learnt in this time
LOUDNESS = 80


@contextmanager
def playing(presets: Sequence[Path], out: str, follow: float) -> Iterator[EngineProcess]:
    """An engine's process that plays `presets`, each in a part that follows."""
    config: dict[str, Any] = dict.fromkeys(("bars", "in", "api", "placed", "clock_port", "record"))
    settings = {"tempo": BPM, "follow": follow, "follow_key": 2}
    config |= {"presets": [str(p) for p in presets], "seed": 1, "settings": settings, "out": out, "play": True}
    engine = EngineProcess(config)
    try:
        assert engine.wait_ready(20.0), engine.error
        yield engine
    finally:
        engine.close()


@contextmanager
def performer(listen: bool) -> Iterator[tuple[Any, list[tuple[float, tuple[int, ...]]]]]:
    """A port that plays into the engine, and what comes from it, with the time (s, monotonic)."""
    port, came = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name="performer"), list[tuple[float, tuple[int, ...]]]()
    ear = rtmidi.MidiIn(rtmidi.API_UNIX_JACK, name="audience") if listen else None
    port.open_port(_of(port, "eigenwalk-in"))
    if ear:
        ear.set_callback(lambda event, _: came.append((time.perf_counter(), tuple(event[0]))))
        ear.open_port(_of(ear, "eigenwalk:out"))
    yield port, came
    for one in (port, ear):
        if one:
            one.close_port()
            one.delete()


def _of(end: Any, name: str) -> int:
    """The number of the port called so, waiting for it to appear."""
    until(name, lambda: any(found.startswith(name) for found in end.get_ports()))
    return next(n for n, found in enumerate(end.get_ports()) if found.startswith(name))


def latency(preset: Path, beats: int) -> dict[str, Any]:
    """Notes a little behind the beat, and contradictions in mid-beat: how long the walk's answers take."""
    dice, found = random.Random(1), {"on the beat": list[float](), "in mid-beat": list[float]()}
    with playing([preset], "virtual", 0.0) as engine, performer(True) as (port, came):
        time.sleep(SETTLE_S)
        phase = _phase([at for at, data in came if data[0] & 0xF0 == NOTE_ON])
        engine.send(Set("follow", 1.0, 0))
        number = int((time.perf_counter() - phase) / BEAT_S) + 2
        for _ in range(beats):
            for kind, share in (("on the beat", 0.0), ("in mid-beat", 0.5)):
                pitch = dice.choice((71, 72, 74, 76, 77, 79, 81, 83))
                _sleep_until(phase + (number + share) * BEAT_S + dice.uniform(*BEHIND_S))
                sent = time.perf_counter()
                port.send_message((NOTE_ON, pitch, LOUDNESS))
                time.sleep(BEAT_S / 3)
                port.send_message((NOTE_OFF, pitch, 0))
                answers = [at - sent for at, data in came if data[0] & 0xF0 == NOTE_ON and 0 < at - sent < LISTENED_S]
                found[kind] += [1e3 * min(answers)] if answers else []
            number += 1
    both = found["on the beat"] + found["in mid-beat"]
    return {
        "answers_on_beat": len(found["on the beat"]),
        "answers_mid_beat": len(found["in mid-beat"]),
        "p50_ms": float(np.percentile(both, 50)),
        "p99_ms": float(np.percentile(both, 99)),
        "max_ms": max(both),
    }


def _phase(times: Sequence[float]) -> float:
    """When a beat lies, from the onsets of a walk that is on it."""
    turns = [at % BEAT_S for at in times]
    near = [t for t in turns if min(abs(t - u) for u in turns if u is not t) < 0.01]
    most = max(near, key=lambda t: sum(abs(t - u) < 0.01 for u in near))
    return median(t for t in near if abs(t - most) < 0.01)


def _sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.perf_counter()))


def flooded(presets: Sequence[Path], seconds: float, notes_a_second: int) -> dict[str, Any]:
    """Lateness (ms) of the notes of parts that all follow, while so many notes a second come in.

    Raises RuntimeError when the engine had to be killed: it tells nothing then.
    """
    with tempfile.TemporaryDirectory() as folder:
        seen, over = Path(folder) / "seen.json", threading.Event()
        with playing(presets[:1], f"probe:{seen}", 1.0) as engine, performer(False) as (port, _):
            for number, path in enumerate(presets[1:], 1):
                engine.send(command("add", str(path), part=number))
            time.sleep(SETTLE_S)
            for number in range(len(presets)):
                engine.send(Set("follow", 1.0, number))
            pour = threading.Thread(target=_pour, args=(port, notes_a_second, over))
            pour.start()
            time.sleep(seconds)
            over.set()
            pour.join()
            status = engine.latest()
        if not seen.exists():
            raise RuntimeError(f"the engine ended with {engine.wait(0)}: {engine.error or engine.notices()}")
        return _lateness(seen) | {"dropped": status.health.dropped if status else -1}


def _pour(port: Any, notes_a_second: int, over: threading.Event) -> None:
    dice, due, burst = random.Random(1), time.perf_counter(), 4
    while not over.is_set():
        for _ in range(burst if notes_a_second else 0):
            pitch = dice.randrange(36, 84)
            port.send_message((NOTE_ON, pitch, LOUDNESS))
            port.send_message((NOTE_OFF, pitch, 0))
        due += burst / (notes_a_second or 1000)
        time.sleep(max(0.0, due - time.perf_counter()))


def _lateness(seen: Path) -> dict[str, float]:
    data = json.loads(seen.read_text())
    on = np.array(data["status"]) & 0xF0 == NOTE_ON
    late = (np.array(data["sent_ns"])[on] - np.array(data["due_ns"])[on]) / 1e6
    p50, p99 = np.percentile(late, [50, 99]).tolist()
    return {"notes": int(on.sum()), "late_ms_p50": p50, "late_ms_p99": p99, "late_ms_max": float(late.max())}
