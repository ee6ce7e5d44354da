"""Joins: what is heard at them, what they cost, and how the walk is balanced."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from instrument.controls import PartControls
from instrument.energy import CAP, JOIN_UNIT, STAY, TABOO, join_codes
from instrument.fit import prices as prices_module
from instrument.fit.balance import EDGE, potential, shares
from instrument.fit.encode import encode
from instrument.fit.features import describe
from instrument.fit.joins import Ends, ends, parallels
from instrument.fit.piece import Piece, note_table
from instrument.fit.prices import join_prices, quotations
from instrument.fit.rehearsal import ELSEWHERE, JOINED, STAYED, Ground, rehearse
from instrument.fit.segments import Segments, content_classes, cut
from instrument.fit.sounds import Sounds
from instrument.fit.table import Kinds, Table, candidate_table
from instrument.fit.windows import window_columns, windows
from tests.fit.music import chorales


def chords(*pitches: tuple[int, ...]) -> Segments:
    """One beat a chord, a voice a note."""
    rows = [(480 * n, 480, p, 80, voice) for n, chord in enumerate(pitches) for voice, p in enumerate(chord)]
    return cut([Piece("p", note_table(rows))], 480)


@pytest.fixture(scope="module")
def ground() -> Ground:
    segments, parts = encode(chorales(12), 480)
    features, content = describe(segments, parts), content_classes(segments)
    kinds = Kinds(content, segments.piece, segments.metre_position)
    table, sounds = candidate_table(features.vectors, kinds), Sounds(segments)
    heard = sounds.progressions, sounds.heard.alike[0]
    return Ground(segments, table, features.context, content, PartControls(), *heard)


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


def test_a_window_hears_whether_harmony_and_line_go_on() -> None:
    segments = chords((60, 64, 67), (60, 64, 67), (62, 65, 69), (60, 64, 67))
    seen, heard = ends(segments), windows(segments)
    same, other = window_columns(heard, seen, np.array([0, 1]), np.array([1, 2]))
    assert same[0] == pytest.approx(1)  # pitch classes
    assert other[0] == pytest.approx(0)
    assert (same[1], other[1]) == (pytest.approx(1), pytest.approx(0))  # the beat before, and after the join
    assert (same[2], other[2]) == (pytest.approx(0), pytest.approx(1))  # before it, and the beat after
    assert heard.line[:, 0].tolist() == [67, 67, 69, 67]
    assert heard.line[:, 2].tolist() == [67, 67, 67, 69]


def test_a_quotation_that_other_pieces_have_cannot_be_gone_on_with_by_a_join() -> None:
    tune = [(480 * n, 480, pitch, 80, 0) for n, pitch in enumerate((60, 62, 64, 65, 67, 69, 71, 72))]
    segments = cut([Piece("a", note_table(tune)), Piece("b", note_table(tune))], 480)
    content = content_classes(segments)
    others = (np.arange(16) + 8) % 16  # the same beat of the other piece
    table = Table(np.stack([others, (others + 3) % 16], 1), np.ones((16, 2), np.float32), np.ones(16, np.float32))
    nowhere, sounds = np.zeros((16, 1), np.float32), Sounds(segments)
    heard = sounds.progressions, sounds.heard.alike[0]
    barred = quotations(Ground(segments, table, nowhere, content, PartControls(), *heard))
    assert barred[1:7, 0].all()
    assert not barred[[0, 7, 8, 15]].any()  # one segment quotes nothing yet; and at an end nothing follows
    assert not barred[:, 1].any()


def test_the_rehearsed_walk_steps_as_the_stage_does(ground: Ground) -> None:
    prices = np.full(ground.table.candidates.shape, 8, dtype=np.float32)
    ways = rehearse(ground, prices, 16, 150, 3)
    segments, table, content = ground.segments, ground.table, ground.content
    for walker in range(16):
        path, run = ways.path[:, walker], 0
        for n in range(1, 150):
            here, there, how = int(path[n - 1]), int(path[n]), ways.how[n, walker]
            run = run + 1 if there == segments.successor[here] else 0
            assert run <= CAP or how == ELSEWHERE
            if how == STAYED:
                assert there == segments.successor[here]
            if how == JOINED:
                assert there in table.candidates[segments.successor[here], : ground.weighed]
                assert content[there] not in content[path[max(0, n - TABOO) : n]]
    assert {STAYED, JOINED, ELSEWHERE} <= set(ways.how.ravel().tolist())


def test_dear_joins_keep_a_rehearsed_walk_in_its_piece(ground: Ground) -> None:
    dear, cheap = (np.full(ground.table.candidates.shape, price, np.float32) for price in (20, 0))
    stays = [float((rehearse(ground, prices, 16, 60, 3).how == STAYED).mean()) for prices in (dear, cheap)]
    assert stays[0] > 0.7
    assert stays[1] < 0.2


def test_balance_evens_out_what_flows_into_segments(ground: Ground) -> None:
    segments, context = ground.segments, ground.context
    table = replace(ground.table, distance=np.zeros_like(ground.table.distance))
    prices = np.random.default_rng(1).uniform(6, 14, table.candidates.shape).astype(np.float32)
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
        return float((flow / shares(segments)).std())

    assert unevenness(u) < 0.9 * unevenness(np.zeros(len(segments)))


def test_a_pieces_edges_have_a_small_share_of_the_visits() -> None:
    segments = cut([Piece("p", note_table([(480 * n, 480, 60, 80, 0) for n in range(20)]))] * 2, 480)
    share = (EDGE * shares(segments)).tolist()
    assert share == [*range(1, EDGE), *[EDGE] * 6, *range(EDGE - 1, 0, -1)] * 2


def test_prices_are_the_same_at_every_fit_and_let_the_walk_leave_its_piece(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prices_module, "FEW_ROUNDS", 2)
    (once, echo), (again, same) = (join_prices(ground, Sounds(ground.segments)) for _ in range(2))
    assert echo == same
    assert once.dtype == np.uint8
    assert (once == again).all()
    ways = rehearse(ground, once * np.float32(JOIN_UNIT), 32, 100, 9)
    assert 0.35 < (ways.how == STAYED).sum() / (ways.how != ELSEWHERE).sum() < 0.7


def test_codes_keep_a_price_to_half_a_unit() -> None:
    prices = np.array([0.0, 8.04, 31.8, -3.0, 99.0])
    assert join_codes(prices) * JOIN_UNIT == pytest.approx([0, 8, 31.75, 0, 31.875])


def test_a_rehearsed_walk_leans_on_chords_that_surprise_less(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    prices = np.full(ground.table.candidates.shape, 8, dtype=np.float32)

    def surprise(bit: float) -> float:
        monkeypatch.setattr("instrument.fit.rehearsal.PROGRESSION", bit)
        path = rehearse(ground, prices, 16, 120, 3).path
        return float(ground.progressions.bits(path[:-2], path[1:-1], path[2:]).mean())

    assert surprise(1.0) < surprise(0.0) - 0.3
