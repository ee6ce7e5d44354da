"""Seams: what a join costs that the table does not hold."""

from dataclasses import replace

import numpy as np
import pytest

from instrument.energy import PLAIN_JOIN
from instrument.live.seams import JOIN, METRE, TIE, Seams
from instrument.preset import Preset
from tests.support import tiny_preset


@pytest.fixture
def plain() -> Preset:
    """A preset in which all segments sound alike, so that a test can make one differ."""
    preset = tiny_preset()
    size = len(preset)
    level = np.full_like(preset.start_pitch, 60)
    none = np.zeros((size, 2), np.uint64)
    place = np.zeros(size, np.uint8)
    return replace(preset, start_pitch=level, end_pitch=level, held_in=none, held_out=none, metre_position=place)


def price(preset: Preset, segment: int) -> float:
    return Seams(preset).prices(0, 1, [segment])[0]


def test_a_join_like_the_corpus_s_own_costs_no_more(plain: Preset) -> None:
    assert price(plain, 1) == price(plain, 7) == PLAIN_JOIN


def test_voice_leading_is_relative_to_the_corpus_s_own(plain: Preset) -> None:
    start = plain.start_pitch.copy()
    start[1], start[7], start[8] = 62, 62, 60
    led = replace(plain, start_pitch=start)
    assert price(led, 7) == PLAIN_JOIN  # as far as the corpus goes
    assert price(led, 8) == pytest.approx(PLAIN_JOIN + 2 * JOIN)  # standing still is no bargain


def test_another_place_of_the_bar_costs(plain: Preset) -> None:
    place = plain.metre_position.copy()
    place[7] = 1
    assert price(replace(plain, metre_position=place), 7) == PLAIN_JOIN + METRE


def test_notes_held_on_one_side_only_cost(plain: Preset) -> None:
    held_in, held_out = plain.held_in.copy(), plain.held_out.copy()
    held_out[0] = [1 << 60, 1 << 2]
    held_in[7] = [1 << 60, 0]
    assert price(replace(plain, held_in=held_in, held_out=held_out), 7) == PLAIN_JOIN + TIE
    assert price(replace(plain, held_in=held_in, held_out=held_out), 8) == PLAIN_JOIN + 2 * TIE


def test_nothing_asked_nothing_priced(plain: Preset) -> None:
    assert Seams(plain).prices(0, 1, []) == []
