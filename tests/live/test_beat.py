"""Tempo from playing: found, gentle, and only from who is steady."""

import random

import pytest

from instrument.live.beat import GENTLE, Beat


def follow(true: float, start: float, amount: float = 1.0, unsteady: float = 0.0, beats: int = 64) -> list[float]:
    """Tempi as a performer at `true` BPM is followed from `start`; each change is checked to be gentle."""
    beat, bpm, tick, rng = Beat(), start, 0.0, random.Random(1)
    tempi = []
    for number in range(2 * beats):
        seconds = 30 / true * (1 + rng.uniform(-unsteady, unsteady))
        tick += seconds * bpm * 8
        wanted = beat.hear(round(tick), 100 if number % 8 == 0 else 60, bpm, amount)
        if wanted is not None:
            assert abs(wanted / bpm - 1) <= GENTLE + 1e-9
            bpm = wanted
        tempi.append(bpm)
    return tempi


@pytest.mark.parametrize(("true", "start"), [(120, 100), (90, 100), (100, 100), (104, 100)])
def test_a_steady_performer_is_found(true: float, start: float) -> None:
    assert follow(true, start)[-1] == pytest.approx(true, rel=0.02)


def test_nobody_is_followed_at_nought_or_when_unsteady() -> None:
    assert set(follow(120, 100, amount=0.0)) == {100}
    assert max(abs(bpm - 100) for bpm in follow(100, 100, unsteady=0.5)) < 3


def test_the_downbeat_is_where_the_accents_are() -> None:
    beat = Beat(beats=4)
    for number in range(40):
        beat.hear(number * 480, 120 if number % 4 == 1 else 50, 100.0, 1.0)
    assert beat.downbeat == 1
