"""Ticks, seconds and bars."""

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


def test_an_hour_drifts_by_nothing() -> None:
    line = TempoMap(0, 0, 120.0)
    assert line.ns_at(2 * 60 * 60 * PPQN) == 3600 * 10**9


def test_bars_and_beats_count_from_one() -> None:
    assert position(0, Metre(3, 4)) == Position(1, 1, 0)
    assert position(3 * PPQN + 481, Metre(3, 4)) == Position(2, 2, 1)
    assert str(position(240, Metre(6, 8))) == "1|2|000"
    assert position(-1, Metre(4, 4)).bar == 0
    assert Metre(6, 8).bar_ticks == Metre(3, 4).bar_ticks == 1440


@given(st.integers(-(10**6), 10**9), st.integers(1, 7680))
def test_the_next_grid_line_is_the_first_from_here(tick: int, grid: int) -> None:
    line = next_grid(tick, grid)
    assert tick <= line < tick + grid
    assert line % grid == 0
