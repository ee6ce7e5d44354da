"""What several tests of the walk start from."""

import pytest

from instrument.live.walk import Walk
from instrument.preset import Preset
from tests.support import tiny_preset


@pytest.fixture(scope="session")
def preset() -> Preset:
    """Six pieces of twelve bars."""
    return tiny_preset(pieces=6, bars=12)


@pytest.fixture(scope="session")
def walk(preset: Preset) -> Walk:
    """A walk on it."""
    return Walk(preset)
