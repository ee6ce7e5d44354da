"""The narrowest strip: bounded jitter is seen through, late samples are left out, a bell's is not taken on."""

import random

import pytest

from instrument.midi.strip import narrowest

PERIOD = 20_833_333.0
COUNTS = range(96)


def bounded(seed: int, most: float = 5e6) -> list[int]:
    rng = random.Random(seed)
    return [round(1e12 + n * PERIOD + rng.uniform(-most, most)) for n in COUNTS]


def test_a_line_without_jitter_is_found() -> None:
    found = narrowest(COUNTS, [round(1e12 + n * PERIOD) for n in COUNTS], PERIOD * 1.004)
    assert found is not None
    assert found == pytest.approx((1e12 + 95 * PERIOD, PERIOD), rel=1e-6)


def test_bounded_jitter_is_seen_through() -> None:
    wrong = []
    for seed in range(50):
        found = narrowest(COUNTS, bounded(seed), PERIOD)
        if found is not None:
            wrong.append(abs(found[1] / PERIOD - 1))
    assert len(wrong) > 40
    assert sorted(wrong)[len(wrong) // 2] < 0.00025  # least squares: .00035


def test_late_samples_are_left_out() -> None:
    times = bounded(3, 1e6)
    for late in (20, 50, 90):
        times[late] += 15_000_000
    found = narrowest(COUNTS, times, PERIOD)
    assert found is not None
    assert found[1] == pytest.approx(PERIOD, rel=1e-3)


def test_jitter_without_bounds_is_left_to_others() -> None:
    refused = 0
    for seed in range(50):
        rng = random.Random(seed)
        refused += narrowest(COUNTS, [round(1e12 + n * PERIOD + rng.gauss(0, 2e6)) for n in COUNTS], PERIOD) is None
    assert refused > 30
