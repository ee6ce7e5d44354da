"""Placing new input: the columns are the fit's own, and a segment that is played is found again."""

import numpy as np
import pytest

from instrument.fit import Settings, fit
from instrument.fit.blocks import blocks
from instrument.fit.piece import Piece, note_table
from instrument.fit.segments import cut
from instrument.live.ears import Ears
from instrument.live.placing import describe
from instrument.preset import Preset
from tests.support import tiny_pieces


@pytest.fixture(scope="module")
def fitted() -> Preset:
    pieces = [Piece(f"piece {n}", note_table(notes)) for n, notes in enumerate(tiny_pieces(4, 16))]
    return fit(pieces, Settings(key="keep"))


def test_columns_are_those_of_the_fit() -> None:
    cuts = cut([Piece("piece", note_table(tiny_pieces(1, 16)[0]))], 480)
    theirs = np.concatenate(list(blocks(cuts, harmony=True, drums=False).values()), axis=1)
    for segment in range(len(cuts)):
        rows = slice(int(cuts.start[segment]), int(cuts.start[segment + 1]))
        notes = np.stack([cuts.onset[rows], cuts.duration[rows], cuts.pitch[rows]], axis=1).tolist()
        np.testing.assert_allclose(describe(notes, 480), theirs[segment], atol=1e-4)


def test_played_segments_are_found_again(fitted: Preset) -> None:
    ears = Ears(fitted)
    assert ears.atlas.fits
    right, tried = 0, 0
    for segment in range(2, len(fitted) - 2, 3):
        if fitted.successor[segment - 1] != segment or fitted.successor[segment] != segment + 1:
            continue
        described = [
            describe([(n.onset, n.duration, n.pitch) for n in fitted.notes(s)], fitted.hop)
            for s in (segment - 1, segment, segment + 1)
        ]
        place = ears.atlas.place(described, int(fitted.metre_position[segment]), ears.steps_per_bar)
        assert sum(place.weights) == pytest.approx(1)
        same = fitted.content_class[list(place.segments)] == fitted.content_class[segment]
        right += bool(same.any())
        tried += 1
    assert right > 0.9 * tried


def test_a_place_lies_on_the_map_among_its_segments(fitted: Preset) -> None:
    ears = Ears(fitted)
    x, y = ears.atlas.on_map((3, 9), (0.25, 0.75))
    assert (x, y) == pytest.approx(tuple(0.25 * fitted.map[3] + 0.75 * fitted.map[9]), abs=1e-6)


def test_silence_has_columns_too() -> None:
    assert not np.any(describe([], 480))
    assert len(describe([], 480)) == len(describe([(0, 240, 60)], 480))
