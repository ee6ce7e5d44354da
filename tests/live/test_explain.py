"""What `explain` says of a step is what the step weighed."""

import pytest

from instrument.live.explain import steps
from tests.support import tiny_preset


def test_every_energy_is_the_sum_of_its_terms_departures_included() -> None:
    preset = tiny_preset(pieces=6, bars=8)
    walked = list(steps(preset, {}, seed=1, count=1500))
    departures = [step for step in walked if 0 <= preset.successor[step.origin] != step.anchor]
    assert len(departures) > 1
    for step in walked:
        for cost in step.costs:
            assert cost.energy == pytest.approx(
                cost.near + cost.join + cost.chord + cost.echo + cost.tether + cost.pull
            )
            assert cost.chord > 0
            assert (
                cost.tether >= -1e-6
            )  # a distance from where it was tethered: priced from elsewhere, it would not be
            assert cost.pull == pytest.approx(0, abs=1e-6)  # nobody steers, and no bar line is missed
        assert sum(cost.chance for cost in step.costs) == pytest.approx(1)
        assert preset.metre_position[step.segment] == (preset.metre_position[step.origin] + 1) % 4
