from dataclasses import fields

import numpy as np
import pytest

from instrument.fit.piece import COMMON_TIME, Piece, home_shift, note_table, transposed
from instrument.fit.segments import content_classes, cut, held_bits, hop_ticks, joined, pitch_quantiles
from instrument.tempo import Metre
from tests.fit.music import chorale


def piece(*rows: tuple[int, int, int], metre: Metre = COMMON_TIME, **more: object) -> Piece:
    return Piece("p", note_table([(on, length, pitch, 80, 0) for on, length, pitch in rows]), metre, **more)  # type: ignore[arg-type]


def test_a_held_note_is_in_every_segment_it_sounds_in() -> None:
    segments = cut([piece((240, 960, 60), (960, 480, 64))], 480)
    assert len(segments) == 3
    rows = list(zip(segments.segment.tolist(), segments.onset.tolist(), segments.pitch.tolist(), strict=True))
    assert rows == [(0, 240, 60), (1, -240, 60), (2, -720, 60), (2, 0, 64)]
    assert segments.start.tolist() == [0, 1, 2, 4]
    held_in, held_out = held_bits(segments)
    assert [bool(row.any()) for row in held_in] == [False, True, True]
    assert [bool(row.any()) for row in held_out] == [True, True, False]
    assert held_in[1, 0] == np.uint64(1 << 60)


def test_a_pickup_keeps_its_place_in_the_bar() -> None:
    segments = cut([piece((1440, 480, 60), (1920, 480, 62))], 480)
    assert segments.metre_position.tolist() == [3, 0]
    assert segments.tick.tolist() == [1440, 1920]


def test_successors_end_with_their_piece() -> None:
    segments = cut([piece((0, 960, 60)), piece((0, 480, 60))], 480)
    assert segments.successor.tolist() == [1, -1, -1]
    assert segments.predecessor.tolist() == [-1, 0, -1]
    assert segments.piece.tolist() == [0, 0, 1]


def test_content_classes_are_equal_where_the_notes_are_and_only_there() -> None:
    segments = cut([piece((0, 480, 60), (480, 480, 60), (960, 240, 60), (1440, 480, 61))], 480)
    first, second, shorter, higher = content_classes(segments)
    assert first == second
    assert len({first, shorter, higher}) == 3


def test_a_rest_takes_the_pitches_last_heard() -> None:
    start, end = pitch_quantiles(cut([piece((0, 480, 60), (0, 480, 72), (960, 480, 62))], 480))
    assert start[1].tolist() == end[0].tolist() == pytest.approx([60, 62.4, 64.8, 67.2, 69.6, 72])
    assert start[2].tolist() == [62] * 6


def test_marks_of_phrases_reach_their_segments() -> None:
    assert cut([piece((480, 1440, 60), phrase_ends=(960,))], 480).phrase_end.tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("metre", "what", "ticks"),
    [
        ((4, 4), "beat", 480),
        ((6, 8), "beat", 720),
        ((2, 2), "beat", 480),
        ((3, 8), "beat", 240),
        ((4, 4), "half-bar", 960),
        ((3, 4), "half-bar", 480),
        ((3, 4), "bar", 1440),
    ],
)
def test_hops_follow_the_felt_beat(metre: tuple[int, int], what: str, ticks: int) -> None:
    assert hop_ticks(piece((0, 480, 60), metre=Metre(*metre)), what) == ticks


@pytest.mark.parametrize("shift", range(-5, 7))
def test_a_key_is_found_wherever_it_lies(shift: int) -> None:
    home = chorale(0)
    home = transposed(home, home_shift(home))
    moved = transposed(home, shift)
    assert home_shift(moved) == (-shift if shift < 6 else 6)
    again = transposed(moved, home_shift(moved))
    assert (again.notes[:, 2] % 12 == home.notes[:, 2] % 12).all()


def test_batches_joined_are_what_one_cut_gives() -> None:
    pieces = [chorale(number, bars=2) for number in range(3)]
    once, twice = cut(pieces, 480), joined([cut(pieces[:2], 480), cut(pieces[2:], 480)])
    for field in fields(once):
        np.testing.assert_array_equal(getattr(once, field.name), getattr(twice, field.name))
