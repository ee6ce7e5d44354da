"""Ticks, seconds and bars."""

from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.tempo import MAX_BPM, MIN_BPM, PPQN, Metre, Position, TempoMap, next_grid, position

maps = st.builds(
    TempoMap, st.integers(0, 10**7), st.integers(0, 10**17), st.floats(MIN_BPM, MAX_BPM, allow_nan=False)
)


@given(maps, st.integers(-(10**6), 10**7))
def test_a_tick_falls_when_it_says(line: TempoMap, offset: int) -> None:
    tick = line.tick + offset
    assert line.tick_at(line.ns_at(tick)) == tick
    assert line.tick_at(line.ns_at(tick) - 1) == tick - 1


@given(maps, st.integers(0, 10**6), st.floats(MIN_BPM, MAX_BPM))
def test_a_change_of_tempo_moves_nothing_before_it(line: TempoMap, offset: int, bpm: float) -> None:
    tick = line.tick + offset
    changed = line.at_tempo(tick, bpm)
    assert changed.ns_at(tick) == line.ns_at(tick)
    assert changed.ns_per_tick == pytest.approx(60e9 / bpm / PPQN)


@given(maps, st.integers(-(10**12), 10**15))
def test_a_moment_lies_between_its_tick_and_the_next(line: TempoMap, offset: int) -> None:
    moment = line.time_ns + offset
    tick = line.tick_at(moment)
    assert type(tick) is int
    assert line.ns_at(tick) <= moment < line.ns_at(tick + 1)


def test_after_a_thousand_days_a_tick_still_falls_when_it_says() -> None:
    """There a float no longer tells a nanosecond from the next."""
    line = TempoMap(0, 0, 120.0)
    for tick in range(10**11, 10**11 + 100):
        assert (line.tick_at(line.ns_at(tick) - 1), line.tick_at(line.ns_at(tick))) == (tick - 1, tick)


def test_a_tempo_is_from_20_to_300_and_a_quarter_has_480_ticks() -> None:
    assert (MIN_BPM, MAX_BPM, PPQN) == (20, 300, 480)


def test_a_map_never_changes() -> None:
    line = TempoMap(0, 0, 120.0)
    with pytest.raises(FrozenInstanceError):
        line.bpm = 90.0  # type: ignore[misc]
    assert line.at_tempo(PPQN, 90.0) == TempoMap(PPQN, 5 * 10**8, 90.0)


def test_an_hour_drifts_by_nothing() -> None:
    line = TempoMap(0, 0, 120.0)
    assert line.ns_at(2 * 60 * 60 * PPQN) == 3600 * 10**9


def test_bars_and_beats_count_from_one() -> None:
    assert position(0, Metre(3, 4)) == Position(1, 1, 0)
    assert position(3 * PPQN + 481, Metre(3, 4)) == Position(2, 2, 1)
    assert str(position(240, Metre(6, 8))) == "1|2|000"
    assert position(-1, Metre(4, 4)).bar == 0
    assert str(position(1920 * 9 + 7, Metre())) == "10|1|007"
    assert Metre() == (4, 4)
    assert Metre(6, 8).bar_ticks == Metre(3, 4).bar_ticks == 1440


@given(st.integers(-(10**6), 10**9), st.integers(1, 7680))
def test_the_next_grid_line_is_the_first_from_here(tick: int, grid: int) -> None:
    line = next_grid(tick, grid)
    assert tick <= line < tick + grid
    assert line % grid == 0
