"""Finding, among all segments, those that sound well with a note: against a plain search."""

import numpy as np
import pytest

from instrument.live import matching
from instrument.live.matching import AGREEMENT, SILENT, Matcher
from tests.support import tiny_preset

PRESET = tiny_preset(pieces=4, bars=12)
MATCHER = Matcher(PRESET)


def sounding(segment: int, tick: int) -> list[int]:
    return [n.pitch for n in PRESET.notes(segment) if n.onset < tick + 60 and n.onset + n.duration >= tick + 60]


@pytest.mark.parametrize("segment", range(0, len(PRESET), 17))
@pytest.mark.parametrize("cell", [0, 1])
def test_tables_say_what_the_notes_say(segment: int, cell: int) -> None:
    pitches = sounding(segment, cell * 240)
    assert {c for c in range(12) if MATCHER.chord[cell, segment] >> c & 1} == {p % 12 for p in pitches}
    assert MATCHER.top[cell, segment] == (max(pitches) % 12 if pitches else SILENT)
    assert MATCHER.pitch[cell, segment, [0, -1]].tolist() == [min(pitches), max(pitches)]


@pytest.mark.parametrize(("place", "cell", "wanted"), [(0, 0, 0), (1, 1, 7), (3, 0, 11), (2, 1, 4)])
def test_holding_finds_all_that_hold_it(place: int, cell: int, wanted: int) -> None:
    rows = [
        s for s in range(len(PRESET))
        if PRESET.metre_position[s] == place and wanted in {p % 12 for p in sounding(s, cell * 240)}
    ]  # fmt: skip
    assert sorted(MATCHER.holding(place, cell, wanted, 60.0).tolist()) == rows


def test_a_long_list_is_looked_at_around_the_height_that_sounds(monkeypatch: pytest.MonkeyPatch) -> None:
    everything = MATCHER.holding(0, 0, 0, 60.0)
    monkeypatch.setattr(matching, "WINDOW", 4)
    heights = MATCHER.pitch[0].mean(1)
    for height in (40.0, 60.0, 90.0):
        chosen = MATCHER.holding(0, 0, 0, height)
        assert len(chosen) == 4
        farthest = np.abs(heights[chosen] - height).max()
        assert farthest <= np.sort(np.abs(heights[everything] - height))[min(7, len(everything) - 1)]


def test_a_place_that_no_bar_has_holds_nothing() -> None:
    assert len(MATCHER.holding(99, 0, 0, 60.0)) == 0


def test_agreement_ranks_held_over_consonant_over_clashing() -> None:
    third = 1 << 0 | 1 << 4
    assert AGREEMENT[third, 4] > AGREEMENT[third, 9] > AGREEMENT[0, 0] > AGREEMENT[third, 2]
    assert AGREEMENT[third, 5] == AGREEMENT[third, 6] == 0


def test_a_tone_that_is_certain_is_looked_up_as_it_would_be_computed() -> None:
    different = AGREEMENT[np.unique(MATCHER.chord)]
    for tone in range(12):
        believed = np.zeros((MATCHER.cells, 13), np.float32)
        believed[0, tone], believed[-1, (tone + 5) % 12], believed[-1, tone] = 1, 0.36, 0.24
        for row, against in zip(believed, MATCHER.against(believed), strict=True):
            assert against is not None
            assert against.tolist() == (float(row.sum()) - different.dot(row)).astype(float).tolist()
    assert MATCHER.against(np.zeros((MATCHER.cells, 13), np.float32)) == [None] * MATCHER.cells
