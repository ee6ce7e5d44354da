"""Which chords follow two others, and how surprising another is."""

import math

import numpy as np
import pytest

from instrument.notes import at_start
from instrument.progressions import PRIOR, SMOOTH, Progressions, Tally, chance, chord_codes

CHORD = [0, 1, 2, 0, 1, 3, 0, 1, 2, 0]  # of two pieces: the second begins at 6
SUCCESSOR = [1, 2, 3, 4, 5, -1, 7, 8, 9, -1]


@pytest.fixture
def progressions() -> Progressions:
    return Progressions(np.array(CHORD), np.array(SUCCESSOR, np.int32))


def bits(progressions: Progressions, before: int, here: int, after: int) -> float:
    return float(progressions.bits(np.array(before), np.array(here), np.array(after)))


def test_a_chance_is_backed_off_from_two_chords_to_one_to_none(progressions: Progressions) -> None:
    # 2 comes 2 times of 8; after 1, which always comes after 0, 2 of 3
    anywhere = (2 + SMOOTH) / (8 + 4 * SMOOTH)
    after_one = (2 + PRIOR * anywhere) / (3 + PRIOR)
    after_two = (2 + PRIOR * after_one) / (3 + PRIOR)
    assert bits(progressions, 0, 4, 2) == pytest.approx(-math.log2(after_two))
    assert chance(4, 2, 8, 2, 3, 2, 3) == pytest.approx(after_two)


def test_what_goes_on_in_a_piece_is_no_precedent_of_itself(progressions: Progressions) -> None:
    anywhere = (1 - 1 + SMOOTH) / (8 - 1 + 4 * SMOOTH)  # 3 was seen once only: here
    after_one = (1 - 1 + PRIOR * anywhere) / (3 - 1 + PRIOR)
    assert bits(progressions, 3, 4, 5) == pytest.approx(-math.log2((1 - 1 + PRIOR * after_one) / (3 - 1 + PRIOR)))
    strange = PRIOR * after_one / PRIOR  # after 2 1 nothing was ever seen: only what is usual after less counts
    assert bits(progressions, 2, 4, 5) == pytest.approx(-math.log2(strange))
    assert bits(progressions, 3, 1, 5) < bits(progressions, 3, 4, 5)


def test_few_are_reckoned_as_many_are() -> None:
    rng = np.random.default_rng(3)
    chord = np.unique(rng.integers(0, 7, 300), return_inverse=True)[1].ravel()
    successor = np.where(np.arange(300) % 50 == 49, -1, np.arange(1, 301))
    found = Progressions(chord, successor)
    for before, here in rng.integers(0, 300, (60, 2)).tolist():
        goes_on = [int(successor[here])] if successor[here] >= 0 else []
        after = list(dict.fromkeys([*rng.choice(300, 12).tolist(), *goes_on]))
        for first in (before, max(0, here - 1)):
            expected = found.bits(np.array(first), np.array(here), np.array(after))
            assert found.bits_of(first, here, after) == pytest.approx(expected.tolist())


def test_a_corpus_in_which_nothing_follows_surprises_evenly() -> None:
    alone = Progressions(np.array([0, 1, 2]), np.array([-1, -1, -1]))
    assert alone.bits_of(0, 1, [0, 1, 2]) == pytest.approx([math.log2(3)] * 3)
    assert alone.bits(np.array(0), np.array(1), np.arange(3)) == pytest.approx([math.log2(3)] * 3)


def test_a_tally_counts_and_finds_nothing_where_nothing_is() -> None:
    tally = Tally(np.array([5, 3, 5, 9]))
    assert tally.of(np.array([[3, 4], [5, 99]])).tolist() == [[1, 0], [2, 0]]
    assert tally.between(3, 3) == ({0: 1, 2: 2}, 3)
    assert tally.between(10, 5) == ({}, 0)


def test_chords_are_alike_whose_classes_and_bass_are() -> None:
    chords = ((60, 64, 67), (48, 64, 67, 76), (52, 60, 67), (), (64, 60, 67))
    segment = np.array([n for n, chord in enumerate(chords) for _ in chord])
    codes = chord_codes(5, segment, np.array([pitch for chord in chords for pitch in chord], np.uint8))
    assert codes[0] == codes[1] == codes[4]
    assert len({int(codes[0]), int(codes[2]), int(codes[3])}) == 3
    assert sorted(set(codes.tolist())) == [0, 1, 2]


def test_a_note_sounds_at_the_start_if_it_is_struck_there_or_held_over_it() -> None:
    onset = np.array([0, 0, 59, 60, -480, -480, 30], np.int16)
    duration = np.array([480, 1, 100, 100, 500, 600, 20], np.uint16)
    assert at_start(onset, duration, 480).tolist() == [True, True, True, False, False, True, False]
