import pytest

from instrument.live.session.line import Line, begin, song_beat, steer, wrapped
from instrument.tempo import TempoMap

S = 10**9


@pytest.mark.parametrize(("error", "cycle", "left"), [(0.6, 1, -0.4), (-0.6, 1, 0.4), (3.9, 4, -0.1), (0.2, 1, 0.2)])
def test_the_nearest_way_round(error: float, cycle: float, left: float) -> None:
    assert wrapped(error, cycle) == pytest.approx(left)


@pytest.mark.parametrize("apart", [-0.45, -0.1, 0.001, 0.3])
@pytest.mark.parametrize("bpm", [90.0, 120.0, 127.0])
def test_steering_closes_in_without_a_jump(apart: float, bpm: float) -> None:
    line = Line(7.0 + apart, 0, bpm)
    tempo = TempoMap(480 * 7, 0, 120.0)
    now = 0
    for _ in range(1000):
        now += 20_000_000
        before = song_beat(tempo, 0, now)
        tempo = steer(tempo, line, 0, 1.0, now)
        assert song_beat(tempo, 0, now) == pytest.approx(before, abs=1e-5)
        assert bpm * 0.9 - 1e-6 <= tempo.bpm <= bpm * 1.1 + 1e-6
    assert abs(wrapped(line.beat_at(now) - song_beat(tempo, 0, now), 1.0)) * 60 / bpm < 0.002
    assert tempo.bpm == pytest.approx(bpm, rel=0.001)


def test_begin_waits_for_the_bar() -> None:
    line = Line(10.5, 0, 120.0)
    tempo = begin(480 * 2, 0, line, 4.0, 100)
    assert tempo.bpm == 120.0
    assert (line.beat_at(tempo.ns_at(480 * 2)) - 2) % 4 == pytest.approx(0, abs=1e-6)
    assert 100 <= tempo.ns_at(480 * 2) <= 100 + 2 * S


def test_begin_at_the_very_moment() -> None:
    line = Line(4.0, 5 * S, 120.0)
    assert begin(0, 0, line, 1.0, 5 * S).time_ns == 5 * S
    assert begin(0, 0, line, 1.0, 5 * S + 10_000).time_ns == 5 * S + S // 2
