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
    found = narrowest(COUNTS, [round(1e12 + n * PERIOD) for n in COUNTS])
    assert found[:2] == pytest.approx((1e12 + 95 * PERIOD, PERIOD), rel=1e-6)
    assert found.width_ns < 10


def test_bounded_jitter_is_seen_through() -> None:
    wrong = []
    for seed in range(50):
        found = narrowest(COUNTS, bounded(seed))
        if found.bounded:
            wrong.append(abs(found[1] / PERIOD - 1))
    assert len(wrong) > 40
    assert sorted(wrong)[len(wrong) // 2] < 0.00025  # least squares: .00035


def test_late_samples_are_left_out() -> None:
    times = bounded(3, 1e6)
    for late in (20, 50, 90):
        times[late] += 15_000_000
    found = narrowest(COUNTS, times)
    assert found.bounded
    assert found[1] == pytest.approx(PERIOD, rel=1e-3)


def test_jitter_without_bounds_is_left_to_others() -> None:
    refused = 0
    for seed in range(50):
        rng = random.Random(seed)
        refused += not narrowest(COUNTS, [round(1e12 + n * PERIOD + rng.gauss(0, 2e6)) for n in COUNTS]).bounded
    assert refused > 30


def test_a_lost_sample_makes_the_strip_a_period_wider() -> None:
    times = [round(1e12 + (n + (n > 40)) * PERIOD) for n in COUNTS]
    assert narrowest(COUNTS, times, 0).width_ns == pytest.approx(PERIOD, rel=0.03)
