"""The knobs of the walk on a preset that is shipped: what a hand hears goes one way, and evenly, over all of it."""

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from scipy.stats import spearmanr

from instrument.bank import resolve
from instrument.controls import PartControls, control
from instrument.live.draw import Draw
from instrument.live.walk import Choice, State, Walk
from instrument.preset import Preset

SETTINGS = 11
LARGEST_JUMP = 3.0  # times the mean change between neighbouring settings


@pytest.fixture(scope="module")
def walk() -> Walk:
    return Walk(Preset.load(resolve("bach-chorales")))


def settings(name: str) -> list[PartControls]:
    values = dict.fromkeys(control(name).at(fraction) for fraction in np.linspace(0, 1, SETTINGS).tolist())
    return [PartControls().set(name, value) for value in values]


def walked(
    walk: Walk, controls: PartControls, walks: int = 4, count: int = 100
) -> Iterator[tuple[State, Draw, Choice]]:
    """Where walks stood, what they drew and what they chose."""
    for part in range(walks):
        state = walk.start(Draw(1, part))
        for n in range(count):
            draw = Draw(1, part, n)
            after, choice = walk.step(state, controls, draw)
            yield state, draw, choice
            state = after


def is_even(values: Sequence[float]) -> bool:
    jumps = np.abs(np.diff(values))
    rank = spearmanr(range(len(values)), values).statistic
    return bool(rank >= 0.95 and jumps.max() <= LARGEST_JUMP * jumps.mean())


def test_step_leads_farther_and_away_more_often(walk: Walk) -> None:
    feature, scale = walk.preset.feature, walk.preset.scale
    leaving, away = [], []
    for controls in settings("step"):
        chosen = [choice for *_, choice in walked(walk, controls)]
        apart = [np.linalg.norm(feature[c.segment] - feature[c.anchor]) / scale[c.anchor] for c in chosen]
        leaving.append(float(np.mean([not c.stayed for c in chosen])))
        away.append(float(np.mean(apart)))
    assert leaving[0] < 0.05  # at the ends of pieces
    assert leaving[-1] > 0.99
    assert is_even(leaving)
    assert is_even(away)


@pytest.mark.parametrize("name", ["neighbors", "temperature"])
def test_neighbors_and_temperature_open_a_step(walk: Walk, name: str) -> None:
    at = [(state, draw) for state, draw, _ in walked(walk, PartControls())][::8]
    entropy = []
    for controls in settings(name):
        chances = [np.array(walk.step(state, controls, draw)[1].probabilities) for state, draw in at]
        entropy.append(float(np.mean([-(p * np.log2(np.maximum(p, 1e-12))).sum() for p in chances])))
    assert is_even(entropy)


def test_is_even_can_tell() -> None:
    assert is_even([1, 2, 3, 5, 6])
    assert not is_even([1, 1, 1, 1, 9])
    assert not is_even([5, 4, 3, 2, 1])
