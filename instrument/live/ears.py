"""Ears (live room): all the tables that listening needs of one preset, made once when it is loaded.

What flows in: a preset. What flows out: its matcher, its lines, its evidence of keys and its atlas of places. They
never change and are shared by all who listen with them.
"""

import numpy as np

from instrument.live.keyfinder import Evidence
from instrument.live.matching import Matcher
from instrument.live.placing import Atlas
from instrument.live.prediction import Lines
from instrument.preset import Preset


class Ears:
    """The tables of one preset for listening."""

    def __init__(self, preset: Preset, drums: frozenset[int] = frozenset()) -> None:
        self.preset = preset
        self.matcher = Matcher(preset, drums)
        self.lines = Lines(preset, self.matcher.top)
        self.evidence = Evidence(self.matcher)
        self.atlas = Atlas(preset, self.matcher.feature)
        self.steps_per_bar = max(1, preset.metre.bar_ticks // preset.hop)
        self.moves = preset.meta.get("fit", {}).get("key", "normalise") == "normalise" and self.evidence.known
        self.velocity = float(np.mean(preset.note_velocity)) if len(preset.note_velocity) else 64.0
