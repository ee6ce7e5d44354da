"""MIDI clock in: a made-up sender whose pulses jitter, go missing, come twice and change their tempo."""

import random

import pytest

from instrument.live.session.line import Request
from instrument.midi.sync import CONTINUE, POSITION, PULSE, START, STOP, MidiClock, PulseFilter

BEAT = 24


def pulses(bpm: float, count: int, begin_ns: int = 10**9) -> list[int]:
    """True times of `count` pulses."""
    return [begin_ns + round(n * 60e9 / bpm / BEAT) for n in range(count)]


def jittered(times: list[int], seed: int, most_ns: int = 5_000_000) -> list[int]:
    rng = random.Random(seed)
    return sorted(at + rng.randint(-most_ns, most_ns) for at in times)


def feed(clock: MidiClock, times: list[int]) -> None:
    for at in times:
        clock.hear(at, (PULSE,))


def bpm_of(clock: MidiClock, now_ns: int) -> float:
    line = clock.line(now_ns)
    assert line
    return line.bpm


@pytest.mark.parametrize("bpm", [20.0, 61.7, 120.0, 300.0])
def test_a_steady_clock_is_known_exactly(bpm: float) -> None:
    clock, times = MidiClock(), pulses(bpm, 200)
    feed(clock, times)
    line = clock.line(times[-1])
    assert line
    assert line.bpm == pytest.approx(bpm, rel=1e-6)
    assert line.ns_at(199 / BEAT) == pytest.approx(times[-1], abs=1000)


def test_jitter_of_5_ms_is_ridden_out() -> None:
    """Within four beats the tempo is right to 0.1% (in 18 runs of 20 with +-5 ms), within eight the phase to 2 ms."""
    tempo_errors, phase_errors = [], []
    for seed in range(20):
        clock, times = MidiClock(), pulses(120, 8 * BEAT)
        noisy = jittered(times, seed)
        feed(clock, noisy[: 4 * BEAT])
        tempo_errors.append(abs(bpm_of(clock, noisy[4 * BEAT - 1]) / 120 - 1))
        feed(clock, noisy[4 * BEAT :])
        line = clock.line(noisy[-1])
        assert line
        phase_errors.append(abs(line.ns_at((8 * BEAT - 1) / BEAT) - times[-1]))
    assert sorted(tempo_errors)[17] < 0.001
    assert max(tempo_errors) < 0.003
    assert max(phase_errors) < 2_000_000


@pytest.mark.parametrize("seed", range(5))
def test_lost_doubled_and_late_pulses_leave_the_count_right(seed: int) -> None:
    rng, clock, times = random.Random(seed), MidiClock(), pulses(133, 40 * BEAT)
    arrivals = []
    for index, at in enumerate(times):
        fate = rng.random() if BEAT < index < len(times) - 1 else 1
        if fate < 0.005:  # lost
            continue
        arrivals.append(at + (15_000_000 if 0.005 <= fate < 0.01 else 0))  # late
        if 0.01 <= fate < 0.015:
            arrivals.append(at + 500_000)  # doubled
    feed(clock, jittered(arrivals, seed, 1_000_000))
    line = clock.line(arrivals[-1])
    assert line
    assert line.bpm == pytest.approx(133, rel=0.002)
    assert line.beat_at(times[-1]) == pytest.approx((len(times) - 1) / BEAT, abs=0.005)


@pytest.mark.parametrize(("before", "after"), [(120, 121), (120, 180), (180, 120), (60, 240), (240, 60), (100, 90)])
def test_a_new_tempo_is_learnt_within_four_beats(before: float, after: float) -> None:
    clock, first = MidiClock(), pulses(before, 16 * BEAT)
    second = pulses(after, 4 * BEAT + 6, first[-1])[1:]
    feed(clock, jittered(first + second, 1, 500_000))
    assert bpm_of(clock, second[-1]) == pytest.approx(after, rel=0.002)


def test_a_ramp_is_followed() -> None:
    clock, at, bpm, times = MidiClock(), 10**9, 100.0, []
    for _ in range(16 * BEAT):
        times.append(at)
        bpm += 0.1
        at += round(60e9 / bpm / BEAT)
    feed(clock, times)
    assert bpm_of(clock, times[-1]) == pytest.approx(bpm, rel=0.02)


def test_silence_is_held_for_a_beat() -> None:
    clock, times = MidiClock(), pulses(120, 100)
    feed(clock, times)
    assert clock.line(times[-1] + 490_000_000)
    assert clock.line(times[-1] + 510_000_000) is None
    again = pulses(90, 100, times[-1] + 5_000_000_000)
    feed(clock, again)
    assert bpm_of(clock, again[-1]) == pytest.approx(90, rel=1e-3)


def test_transport_messages() -> None:
    clock, times = MidiClock(), pulses(120, 400)
    feed(clock, times[:100])
    assert clock.hear(times[99] + 1, (START,)) == [Request("stop"), Request("locate")]
    assert clock.hear(times[100], (PULSE,)) == [Request("play", exact=True)]
    assert clock.hear(times[101], (PULSE,)) == []
    line = clock.line(times[101])
    assert line
    assert line.beat_at(times[100]) == pytest.approx(0, abs=1e-6)
    feed(clock, times[102:148])
    assert clock.hear(times[147] + 1, (STOP,)) == [Request("stop")]
    feed(clock, times[148:160])
    clock.hear(times[159] + 1, (CONTINUE,))
    assert clock.hear(times[160], (PULSE,)) == [Request("play", exact=True)]
    line = clock.line(times[160])
    assert line
    assert line.beat_at(times[160]) == pytest.approx(2)  # 48 pulses had been played
    assert clock.hear(times[160] + 1, (POSITION, 5, 1)) == [Request("locate", 133 / 4)]
    clock.hear(times[160] + 2, (CONTINUE,))
    clock.hear(times[161], (PULSE,))
    line = clock.line(times[161])
    assert line
    assert line.beat_at(times[161]) == pytest.approx(133 / 4)


def test_nothing_is_known_from_one_pulse() -> None:
    clock = MidiClock()
    assert clock.line(0) is None
    clock.hear(1000, (PULSE,))
    assert clock.line(1001) is None
    assert PulseFilter().track is None


def test_strange_messages_are_ignored() -> None:
    clock = MidiClock()
    for data in [(0xFE,), (0xFF,), (0xF2,), (0xF2, 1), (0xF0, 1, 2), (0xF6,)]:
        assert clock.hear(0, data) == []
