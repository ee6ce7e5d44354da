"""Places in bar and phrase."""

from dataclasses import replace

import numpy as np
import pytest

from instrument.fit import places as room
from instrument.fit.piece import Piece, note_table
from instrument.fit.places import segment_places
from instrument.fit.segments import Segments, cut
from instrument.tempo import Metre

BEAT = 480


def song(*lengths: int, rest: int = 0) -> Piece:
    """Phrases of so many beats, each ending on a note that is held for `rest` beats more; those count."""
    rows, ends, at = [], [], 0
    for length in lengths:
        rows += [(BEAT * (at + n), BEAT, 60 + n, 80, 0) for n in range(length - rest - 1)]
        last = BEAT * (at + length - rest - 1)
        rows.append((last, BEAT * (1 + rest), 60, 80, 0))
        ends.append(last)
        at += length
    return Piece("song", note_table(rows), phrase_ends=tuple(ends))


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "LEAST", 1)


def places(*pieces: Piece) -> list[list[int]]:
    segments = cut(list(pieces), BEAT)
    found = segment_places(segments)
    return [found[segments.piece == number].tolist() for number in range(len(pieces))]


@pytest.mark.usefixtures("few")
def test_segments_as_far_from_their_phrases_end_share_a_place() -> None:
    one, other = places(song(8, 8), song(4, 8, 4))
    assert one[:8] == one[8:]
    assert len(set(one)) == 8
    assert other == one[4:8] + one[:8] + one[4:8]


@pytest.mark.usefixtures("few")
def test_phrases_that_rest_at_their_end_have_places_of_their_own() -> None:
    moving, resting = places(song(8, 8), song(8, 8, rest=1))
    assert not set(moving) & set(resting)
    assert len(set(resting)) == 8
    long, longer = places(song(8, 8, rest=2), song(8, 8, rest=3))
    assert len(set(long)) == 8
    assert len(set(longer)) == 8


@pytest.mark.usefixtures("few")
def test_a_pieces_end_is_a_phrases_end_and_rests_as_one() -> None:
    marked, unmarked = song(8, 8, rest=1), song(8, 8, rest=1)
    one, other = places(marked, replace(unmarked, phrase_ends=unmarked.phrase_ends[:1]))
    assert one == other


def test_rare_places_of_one_place_of_the_bar_are_one() -> None:
    found = places(*[song(8, 8)] * room.LEAST, song(12))
    assert len(set(found[0])) == 8
    assert found[-1][4:] == found[0][8:]
    assert set(found[-1][:4]).isdisjoint(found[0])  # farther from a phrase's end than is common
    assert len(set(found[-1])) == 12


def test_without_marked_phrases_the_bar_is_the_place() -> None:
    segments: Segments = cut([replace(song(8, 8), phrase_ends=())], BEAT)
    np.testing.assert_array_equal(segment_places(segments), segments.metre_position)


def test_bars_of_another_length_are_other_places_where_many_pieces_have_them() -> None:
    def tunes(count: int, beats: int) -> list[Piece]:
        notes = note_table([(BEAT * n, BEAT, 60, 80, 0) for n in range(24)])
        return [Piece(f"in {beats}", notes, metre=Metre(beats, 4)) for _ in range(count)]

    waltzes, others = places(*tunes(room.METRE_PIECES, 3), *tunes(room.METRE_PIECES, 4))[:: 2 * room.METRE_PIECES - 1]
    assert set(waltzes).isdisjoint(others)
    assert (len(set(waltzes)), len(set(others))) == (3, 4)
    few, many = places(*tunes(room.METRE_PIECES - 1, 3), *tunes(room.METRE_PIECES - 1, 4))[
        :: 2 * room.METRE_PIECES - 3
    ]
    assert set(few) < set(many)  # the three are places of the four
