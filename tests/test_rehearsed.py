"""What the workshop rehearsed is what the stage walks: fit/rehearsal.py mirrors a step of live/walk.py."""

import math
from pathlib import Path

import pytest

from instrument.controls import PartControls
from instrument.fit.prices import CHOICE, STAYS
from instrument.live.draw import Draw
from instrument.live.walk import Walk
from instrument.preset import Preset

PRESETS = Path(__file__).parent.parent / "presets"
WALKS, STEPS = 12, 600  # many short ones: a walk stays minutes among pieces that are alike


@pytest.mark.parametrize("name", ["joplin-rags", "josquin-chansons", "weber-concertino"])
def test_a_shipped_walk_goes_on_as_often_as_it_was_led_to_and_has_a_choice(name: str) -> None:
    preset = Preset.load(PRESETS / f"{name}.safetensors")
    walk, controls = Walk(preset), PartControls().taking(preset.meta["controls"])
    stayed, bits = 0, 0.0
    for seed in range(WALKS):
        state = walk.start(Draw(seed))
        for n in range(STEPS):
            state, choice = walk.step(state, controls, Draw(seed, 0, n))
            stayed += choice.stayed
            bits -= sum(chance * math.log2(chance) for chance in choice.probabilities if chance)
    assert stayed / (WALKS * STEPS) == pytest.approx(STAYS, abs=0.06)
    assert bits / (WALKS * STEPS) > 0.8 * CHOICE
