"""JACK's periods by our clock: calls that come late, a server that oversleeps, a card whose rate is a little off."""

import random
from collections.abc import Iterator

import numpy as np
import pytest

from instrument.midi.frames import PATIENCE, WRAP, Frames

RATE, PERIOD = 48_000, 128
FRAME_NS = 1e9 / RATE
REACH_NS = 20e6


def lateness(seed: int) -> Iterator[float]:
    """Of calls on a busy machine, in ns: .1 ms, at times a few."""
    rng = random.Random(seed)
    while True:
        yield rng.uniform(50_000, 150_000) if rng.random() < 0.98 else rng.uniform(0, 4e6)


def run(true_ns: np.ndarray, seed: int = 1, frame: int = 0) -> np.ndarray:
    """When the line has the periods begin that truly began at `true_ns`."""
    frames, late = Frames(FRAME_NS), lateness(seed)
    return np.array(
        [
            frames.begin(round(at + next(late)), (frame + index * PERIOD) % WRAP, PERIOD, REACH_NS)
            for index, at in enumerate(true_ns)
        ]
    )


def periods(count: int, off: float = 0.0) -> np.ndarray:
    return 1e12 + np.arange(count) * PERIOD * FRAME_NS * (1 + off)


def bent_ns(line: np.ndarray, over: int = 8) -> np.ndarray:
    """By how much a clock pulse's worth of periods differs from what the frames say."""
    return np.asarray(line[over:] - line[:-over] - over * PERIOD * FRAME_NS)


@pytest.mark.parametrize("seed", range(5))
def test_intervals_are_even_though_calls_are_late(seed: int) -> None:
    line = run(periods(4000), seed)[1000:]
    assert np.sqrt(np.mean(bent_ns(line) ** 2)) < 5_000
    assert np.ptp(line - periods(4000)[1000:]) < 200_000


def test_a_server_that_oversleeps_is_caught_up_with_softly() -> None:
    true = periods(12_000)
    true[3000:] += 8_000_000
    line = run(true)
    assert np.abs(bent_ns(line[1000:])).max() < 20_000
    assert abs(np.mean((line - true)[-500:])) < 300_000


def test_a_leap_beyond_the_reach_is_followed_at_once() -> None:
    true = periods(4000)
    true[3000:] += 200_000_000
    line = run(true)
    assert np.abs(line - true)[3000 + PATIENCE + 2 :].max() < 4_500_000
    assert np.abs(line - true)[3900:].max() < 400_000


@pytest.mark.parametrize("off", [-1e-4, 1e-4])
def test_the_rate_of_a_card_is_learnt(off: float) -> None:
    line, true = run(periods(6000, off)), periods(6000, off)
    assert np.sqrt(np.mean((bent_ns(line) - 8 * PERIOD * FRAME_NS * off)[2000:] ** 2)) < 5_000
    assert np.ptp((line - true)[2000:]) < 200_000


def test_the_counter_of_frames_wraps() -> None:
    true = periods(2000)
    line = run(true, frame=WRAP - 1000 * PERIOD)
    assert np.abs(bent_ns(line[500:])).max() < 20_000
