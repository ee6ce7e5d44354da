"""Long uptimes, the slowest and the fastest tempo, and every control at either end."""

import gc
from weakref import ref

import pytest

from instrument.controls import PART, TABLE
from instrument.live.engine import Engine, LoadPreset
from instrument.live.past import PRESETS
from instrument.messages import Heard, Set, command
from instrument.notes import NOTE_ON, Event
from instrument.tempo import MAX_BPM, MIN_BPM, PPQN, TempoMap
from tests.live.checks import Receiver
from tests.support import tiny_preset

DAY_NS = 86_400 * 10**9
BAR = 4 * PPQN


@pytest.mark.parametrize("days", [49, 50, 500])
@pytest.mark.parametrize("bpm", [MIN_BPM, 127.3, MAX_BPM])
def test_ticks_are_exact_after_days(days: int, bpm: float) -> None:
    """Beyond 2**32 milliseconds (49.7 days) and 2**53 nanoseconds (104 days): even to some nanoseconds."""
    line = TempoMap(0, 0, bpm)
    now_ns = days * DAY_NS
    tick = line.tick_at(now_ns)
    assert line.ns_at(tick) <= now_ns < line.ns_at(tick + 1)
    assert [line.tick_at(line.ns_at(tick + n)) - tick for n in range(200)] == list(range(200))
    steps = {line.ns_at(tick + n + 1) - line.ns_at(tick + n) for n in range(200)}
    assert max(steps) - min(steps) <= 16  # a float of nanoseconds, after 500 days


@pytest.mark.parametrize("end", [0.0, 1.0])
@pytest.mark.parametrize("name", sorted(TABLE))
def test_a_control_at_its_end(name: str, end: float) -> None:
    engine, receiver = Engine([tiny_preset()], 1), Receiver()
    engine.handle(command("play"), 0)
    receiver.take(engine.advance(BAR))
    engine.handle(Set(name, TABLE[name].at(end)), engine.tick)
    receiver.take(engine.advance(3 * BAR))
    assert engine.tick == 3 * BAR
    engine.handle(command("stop"), engine.tick)
    receiver.take(engine.advance(engine.tick))
    assert not receiver.sounding


@pytest.mark.parametrize("end", [0.0, 1.0])
def test_all_controls_at_their_ends_and_0_and_127_everywhere(end: float) -> None:
    engine, receiver = Engine([tiny_preset()], 1), Receiver()
    engine.handle(command("play"), 0)
    for name in sorted(TABLE, key=lambda name: name in PART):
        engine.handle(Set(name, TABLE[name].at(end)), 0)
    for beat in range(16):
        for status in range(0x80, 0xF0, 0x10):
            for data in ((status, 0, 0), (status, 127, 127), (status | 15, 0, 127), (status | 15, 127, 0)):
                engine.handle(Heard(data), engine.tick)
        receiver.take(engine.advance((beat + 1) * PPQN))
    assert not any("stumbled" in alert for alert in engine.status().alerts)
    engine.handle(command("stop"), engine.tick)
    receiver.take(engine.advance(engine.tick))
    assert not receiver.sounding


@pytest.mark.parametrize("bpm", [MIN_BPM, MAX_BPM])
def test_the_engine_plays_at_2_to_the_40_ticks(bpm: float) -> None:
    """Five years at 300 BPM; ticks are integers of any size, and nothing is queued in less."""
    engine, receiver = Engine([tiny_preset()], 1, {"tempo": bpm}), Receiver()
    far = 2**40 // BAR * BAR
    engine.transport.tick = far
    engine.handle(command("play"), far)
    outputs = engine.advance(far + 4 * BAR)
    receiver.take(outputs)
    assert sum(isinstance(output, Event) and output.kind == NOTE_ON for output in outputs) > 8
    assert all(far <= output.tick <= far + 4 * BAR for output in outputs)
    engine.handle(command("stop"), engine.tick)
    receiver.take(engine.advance(engine.tick))
    assert not receiver.sounding


def test_presets_of_long_ago_are_let_go_while_no_garbage_is_collected() -> None:
    """Neither undo nor a bookmark keeps them, and the trail a few: a set of eight hours changes presets often."""
    engine, loaded = Engine([tiny_preset()], 1), []
    engine.handle(command("play"), 0)
    gc.disable()
    try:
        for number in range(PRESETS + 3):
            message = LoadPreset(tiny_preset(title=f"Tiny {number}"))
            loaded.append(ref(message.material))
            engine.handle(message, engine.tick)
            del message
            engine.advance(engine.tick + 16 * BAR)
            engine.handle(command("mark", "abcdefghijklmnopqrstuvwxyz"[number]), engine.tick)
            engine.handle(Set("step", number / 100), engine.tick)
        assert [held() is not None for held in loaded] == [False] * 2 + [True] * (PRESETS + 1)
    finally:
        gc.enable()


def test_a_preset_that_comes_again_takes_no_memory() -> None:
    engine, loaded = Engine([tiny_preset()], 1), []
    for _ in range(5):
        for title in ("Tiny", "Other"):
            message = LoadPreset(tiny_preset(title=title))
            loaded.append(ref(message.material))
            engine.handle(message, 0)
    del message
    gc.collect()
    assert sum(held() is not None for held in loaded) == 1, "the engine had the first from its beginning"
