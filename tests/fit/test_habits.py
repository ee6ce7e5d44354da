"""What usually follows what, and so how surprising a join is."""

import numpy as np
import pytest

from instrument.fit.habits import Habits
from instrument.fit.joins import ends
from instrument.fit.piece import Piece, note_table
from instrument.fit.segments import Segments, cut
from instrument.fit.sounds import SURPRISE, Sounds
from instrument.fit.windows import windows
from instrument.progressions import Progressions
from tests.fit.music import chorales

INTO, ON, SUNG = range(3)


def tunes(*tunes: tuple[int, ...]) -> Segments:
    """One note a beat, a tune a piece."""
    pieces = [
        Piece(str(number), note_table([(480 * n, 480, pitch, 80, 0) for n, pitch in enumerate(tune)]))
        for number, tune in enumerate(tunes)
    ]
    return cut(pieces, 480)


def habits(segments: Segments) -> Habits:
    return Habits(segments, windows(segments), Progressions(ends(segments).chord, segments.successor))


def bits(segments: Segments, before: int, after: int) -> list[float]:
    found: list[float] = habits(segments).bits(np.array([before]), np.array([after]))[0].tolist()
    return found


def test_a_join_is_no_precedent_of_its_own() -> None:
    segments = tunes((60, 62, 60, 62, 60, 67), (61, 62, 60, 62, 60, 67))
    often, once = bits(segments, 0, 1), bits(segments, 6, 7)
    assert often[INTO] < once[INTO]
    alone = tunes((60, 62, 60, 62, 60, 67))
    for heard in (INTO, SUNG):
        assert bits(segments, 4, 11)[heard] < bits(alone, 4, 5)[heard]  # the other tune's is a precedent


def test_what_comes_after_a_join_is_no_precedent_either() -> None:
    usual, odd = (60, 62, 64, 65, 60, 62, 64, 65), (67, 62, 71)
    segments = tunes(usual, odd)
    into_usual, into_odd = bits(segments, 4, 1), bits(segments, 4, 9)  # 60 goes on to 62, then 64; or 62, then 71
    assert into_usual[INTO] == into_odd[INTO]
    assert into_usual[ON] < into_odd[ON]


def test_a_line_that_goes_on_as_lines_do_is_less_of_a_surprise() -> None:
    scale = (60, 62, 64, 65, 67, 69, 71, 72)
    segments = tunes(scale, tuple(pitch + 1 for pitch in scale))
    by_step, by_leap = bits(segments, 2, 3), bits(segments, 2, 14)
    assert by_step[SUNG] < by_leap[SUNG] - 1


def test_bits_are_finite_wherever_a_join_could_lead() -> None:
    segments = cut(chorales(4), 480)
    every = np.arange(len(segments))
    for shift in (0, 1, 17):
        found = habits(segments).bits(every, np.roll(every, shift))
        assert np.isfinite(found).all()
        assert (found > 0).all()
    follows = np.flatnonzero(segments.successor >= 0)
    assert np.isfinite(habits(segments).bits(follows, segments.successor[follows])).all()


def test_a_join_costs_what_surprises_and_what_the_voices_move_otherwise() -> None:
    segments = tunes((60, 62, 64, 60, 62, 64), (60, 62, 65, 86, 62, 64))
    sounds = Sounds(segments)
    cost = sounds.cost(np.array([1]), np.array([[4, 9]]))[0]
    assert cost[0] < cost[1] - 20  # from 60 on to 62, as it was, or to 86
    surprise = SURPRISE * sounds.habits.bits(np.array([0]), np.array([4])).sum()
    assert cost[0] == pytest.approx(surprise, rel=1e-5)
    assert not sounds.cost(np.array([0, 6]), np.array([[3, 4], [1, 2]])).any()  # nothing is joined to a piece's first
