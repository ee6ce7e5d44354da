"""Random numbers of a step: from (seed, part, n, lane) alone, and even."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.stats import chisquare, kstest

from instrument.live.draw import Draw


def test_known_values_of_splitmix64() -> None:
    # the first outputs of SplitMix64 seeded with 0 (Vigna's splitmix64.c) are the mixes of 1, 2, 3 gammas
    from instrument.live.draw import _GAMMA, _MASK, _mix

    found = [_mix(n * _GAMMA & _MASK) for n in (1, 2, 3)]
    assert found == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]


def test_numbers_are_even() -> None:
    numbers = [Draw(1, 0, n).uniform() for n in range(4000)]
    assert min(numbers) >= 0
    assert max(numbers) < 1
    assert kstest(numbers, "uniform").pvalue > 1e-3


def test_neighbouring_seeds_parts_steps_and_lanes_are_unrelated() -> None:
    def column(make: Callable[[int], float]) -> npt.NDArray[np.float64]:
        return np.array([make(n) for n in range(2000)])

    columns = [
        column(lambda n: Draw(1, 0, n).uniform()),
        column(lambda n: Draw(2, 0, n).uniform()),
        column(lambda n: Draw(1, 1, n).uniform()),
        column(lambda n: Draw(1, 0, n + 1).uniform()),
        column(lambda n: Draw(1, 0, n).uniform(1)),
    ]
    related = np.corrcoef(columns) - np.eye(len(columns))
    assert np.abs(related).max() < 0.1


def test_a_step_can_be_drawn_without_those_before_it() -> None:
    assert Draw(7, 2).at(1000) == Draw(7, 2, 1000)
    assert Draw(7, 2).at(1000).uniform(3) == Draw(7, 2, 1000).uniform(3)


def test_pick_covers_its_range_evenly() -> None:
    picked = [Draw(5, 0, n).pick(7) for n in range(3500)]
    assert chisquare(np.bincount(picked, minlength=7)).pvalue > 1e-3
