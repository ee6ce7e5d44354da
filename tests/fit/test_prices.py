"""Joins: what is heard at them, what they cost, and how the walk is balanced."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from instrument.controls import PartControls
from instrument.energy import JOIN_UNIT, STAY, join_codes
from instrument.fit.balance import potential
from instrument.fit.encode import encode
from instrument.fit.features import describe
from instrument.fit.joins import Ends, columns, ends, parallels
from instrument.fit.piece import Piece, note_table
from instrument.fit.prices import Chords, join_energies, join_prices, part_controls
from instrument.fit.segments import Floats, Segments, content_classes, cut
from instrument.fit.table import Kinds, Table, candidate_table
from tests.fit.music import chorales

Made = tuple[Segments, Table, Floats]


def chords(*pitches: tuple[int, ...]) -> Segments:
    """One beat a chord, a voice a note."""
    rows = [(480 * n, 480, p, 80, voice) for n, chord in enumerate(pitches) for voice, p in enumerate(chord)]
    return cut([Piece("p", note_table(rows))], 480)


@pytest.fixture(scope="module")
def made() -> Made:
    segments, parts = encode(chorales(12), 480)
    features = describe(segments, parts)
    kinds = Kinds(content_classes(segments), segments.piece, segments.metre_position)
    return segments, candidate_table(features.vectors, kinds), features.context


def test_parallels_are_counted_where_two_voices_move_in_fifths_or_octaves() -> None:
    fifths = ends(chords((67, 60), (69, 62)))
    held = ends(chords((67, 60), (67, 60)))
    contrary = ends(chords((67, 60), (72, 59)))
    octaves = ends(chords((72, 67, 60), (74, 67, 62)))
    here, there = np.array([0]), np.array([1])
    assert [int(parallels(e, here, there)[0]) for e in (fifths, held, contrary, octaves)] == [1, 0, 0, 1]


def test_what_a_segment_shows_to_its_neighbours() -> None:
    rows = [
        (0, 960, 48, 80, 1),
        (0, 240, 60, 80, 0),
        (240, 120, 62, 80, 0),
        (360, 120, 64, 80, 0),
        (480, 480, 65, 80, 0),
    ]
    seen: Ends = ends(cut([Piece("p", note_table(rows), phrase_ends=(480,))], 480))
    assert seen.start[:, 0].tolist() == [60, 65]
    assert seen.end[:, 0].tolist() == [64, 65]
    assert seen.entering[0].tolist() == [2, 0]
    assert seen.grid.tolist() == [[2, 0, 1, 1], [1, 0, 0, 0]]
    assert seen.kinds.tolist() == [[False, False, False, True], [True, False, False, False]]


def test_surprise_does_not_count_a_join_as_its_own_precedent() -> None:
    segments = chords((60,), (62,), (60,), (62,), (60,), (67,))
    counted = Chords(segments, ends(segments).chord)
    often, once = counted.bits(np.array([0, 4]), np.array([1, 5]), own=True)
    assert often < once
    assert counted.bits(np.array([4]), np.array([5]), own=False)[0] < once


def test_the_corpus_s_own_joins_sound_better_than_others(made: Made) -> None:
    segments, table, _ = made
    energies = join_energies(segments, table.candidates)
    follows = segments.successor >= 0
    assert (energies[~follows] == 0).all()
    seen = ends(segments)
    wide = columns(seen, np.flatnonzero(follows), segments.successor[follows])
    assert np.isfinite(wide).all()
    assert energies[follows].mean() > 0  # 0: even odds that a join is the corpus's own


def test_balance_evens_out_what_flows_into_segments(made: Made) -> None:
    segments, table, context = made
    table = replace(table, distance=np.zeros_like(table.distance))
    prices = join_energies(segments, table.candidates) + np.float32(8)
    controls = PartControls(home=0)
    u = potential(segments, table, context, prices, controls)
    follows = np.flatnonzero(segments.successor >= 0)
    anchor = segments.successor[follows]
    into = np.concatenate([anchor[:, None], table.candidates[anchor, :24]], axis=1)

    def unevenness(potential: npt.NDArray[np.float64]) -> float:
        energy = np.concatenate([np.full((len(follows), 1), STAY), prices[follows, :24]], axis=1)
        chance = np.exp(-energy / controls.temperature + potential[into])
        chance /= chance.sum(1, keepdims=True)
        flow = np.bincount(into.ravel(), chance.ravel(), minlength=len(segments))
        return float(flow.std())

    assert unevenness(u) < 0.9 * unevenness(np.zeros(len(segments)))


def test_prices_are_the_same_at_every_fit(made: Made) -> None:
    once, again = (join_prices(*made, PartControls()) for _ in range(2))
    assert once.dtype == np.uint8
    assert (once == again).all()


def test_codes_keep_a_price_to_half_a_unit() -> None:
    prices = np.array([0.0, 8.04, 31.8, -3.0, 99.0])
    assert join_codes(prices) * JOIN_UNIT == pytest.approx([0, 8, 31.75, 0, 31.875])


def test_a_preset_s_own_controls_count() -> None:
    assert part_controls({"home": 4, "tempo": 90}) == PartControls(home=4)
