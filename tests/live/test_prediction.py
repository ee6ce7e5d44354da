"""What a line goes on with: by what the corpus went on with."""

import numpy as np
import pytest

from instrument.live.matching import Matcher
from instrument.live.prediction import Lines
from instrument.notes import Note
from tests.support import preset_of

TUNE = (60, 62, 64, 65, 67, 69, 71, 72) * 6  # eighths, up the scale again and again
PRESET = preset_of([[Note(240 * i, 240, p, 80, 0) for i, p in enumerate(TUNE)] for _ in range(2)])
LINES = Lines(PRESET, Matcher(PRESET).top)


@pytest.mark.parametrize(("line", "cell", "following"), [([0, 2, 4, 5], 0, 7), ([4, 5, 7], 1, 9), ([11, 0], 0, 0)])
def test_the_next_note_is_foreseen(line: list[int], cell: int, following: int) -> None:
    likely = LINES.next(line, cell)
    assert likely.argmax() == following
    assert likely.sum() == pytest.approx(1, abs=1e-5)


def test_an_unheard_of_line_leaves_the_shorter_context_to_speak() -> None:
    assert LINES.next([1, 3, 6, 8, 5], 0).argmax() == 7


def test_places_follow_their_context() -> None:
    line = [0, 2, 4, 5]
    places, length = LINES.after(line, 0)
    assert length == 4
    assert len(places) >= 10
    tops = np.array(TUNE * 2) % 12
    for place in places.tolist():
        assert tops[place - 4 : place].tolist() == line
    assert LINES.after([1], 0)[1] == 0
