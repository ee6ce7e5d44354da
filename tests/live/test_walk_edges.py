"""The walk where it is not on its usual way: at ends of pieces, on departures, at the cap, with guests."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from instrument.controls import PartControls
from instrument.energy import DEPARTURES, FAR, TABOO
from instrument.likeness import preset_likeness
from instrument.live.draw import Draw
from instrument.live.phrases import Phrases
from instrument.live.seams import Seams
from instrument.live.walk import State, Walk
from instrument.preset import Preset

LAST = 1 - 2.0**-53  # the greatest number that is drawn
FREE = PartControls(home=0, neighbors=32)


class Told(Draw):
    """A draw that gives out `number` in each lane, and notes the lanes."""

    number = 0.0
    lanes: list[int]

    def uniform(self, lane: int = 0) -> float:
        self.lanes.append(lane)
        return self.number


@pytest.fixture
def unsurprised(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chords cost nothing, so that what else costs something can be told."""
    monkeypatch.setattr("instrument.live.walk.PROGRESSION", 0.0)


def told(number: float) -> Told:
    draw = Told(1)
    draw.number, draw.lanes = number, []
    return draw


def changed(preset: Preset, **arrays: Any) -> Preset:
    """`preset` with `arrays` in place of its own, of the same types."""
    typed: dict[str, Any] = {name: np.asarray(array, getattr(preset, name).dtype) for name, array in arrays.items()}
    return replace(preset, **typed)


def with_ends(preset: Preset, every: int = 4) -> Preset:
    ends = np.zeros(len(preset))
    ends[every - 1 :: every] = 1
    return changed(preset, phrase_end=ends)


def an_end(preset: Preset) -> int:
    return int(np.flatnonzero(preset.successor < 0)[1])


def test_no_two_draws_of_a_step_share_a_lane(preset: Preset) -> None:
    """Nor does the start with the first step, which may be anywhere."""
    ends = np.flatnonzero(preset.successor < 0)
    candidates = preset.candidates.copy()
    candidates[ends[0]] = np.resize(ends, candidates.shape[1])  # near it nothing goes on
    walk = Walk(changed(with_ends(preset), candidates=candidates))
    for here in (3, int(ends[0]), int(ends[1])):
        draw = told(0.0)
        walk.step(walk.start(draw)._replace(segment=here), PartControls(), draw)
        assert len(draw.lanes) > 2
        assert len(set(draw.lanes)) == len(draw.lanes)


def test_the_least_number_takes_the_first_and_the_greatest_the_last(walk: Walk) -> None:
    controls = replace(FREE, temperature=5)
    for number, place in ((0.0, 0), (LAST, -1)):
        state, choice = walk.step(walk.start(Draw(1), 5), controls, told(number))
        assert choice.segment == choice.candidates[place] == state.segment
        assert choice.stayed == (place == 0)
        assert len(choice.candidates) == len(choice.probabilities) == len(choice.energies) == 33


@pytest.mark.usefixtures("unsurprised")
def test_what_is_farther_than_far_costs_what_lies_there(preset: Preset) -> None:
    anchor = 6
    distance, scale = preset.distance.copy(), float(preset.scale[anchor])
    distance[anchor] = scale * np.linspace(1, 2 + 2 * FAR, preset.distance.shape[1])
    walk = Walk(changed(preset, distance=distance, join=np.full_like(preset.join, 64)))
    _, choice = walk.step(walk.start(Draw(1), anchor - 1), replace(FREE, step=0.25), Draw(1))
    costs = dict(zip(choice.candidates[1:], choice.energies[1:], strict=True))
    z = {int(j): d / scale - 1 for j, d in zip(preset.candidates[anchor], distance[anchor], strict=True)}
    assert max(z[j] for j in costs) > FAR
    for j, cost in costs.items():
        assert cost == pytest.approx(8 + 0.5 * min(z[j], FAR) ** 2, abs=1e-3)


@pytest.mark.usefixtures("unsurprised")
@pytest.mark.parametrize(("step", "first"), [(0.25, 0), (0.625, 28), (1, 56)])
def test_a_larger_step_weighs_columns_farther_on(walk: Walk, preset: Preset, step: float, first: int) -> None:
    _, choice = walk.step(walk.start(Draw(1), 5), replace(FREE, neighbors=8, step=step), Draw(1))
    columns = slice(first, first + 8)
    candidates = preset.candidates[6, columns]
    heard = preset.content_class[candidates] == preset.content_class[5]
    assert choice.candidates == (6, *candidates[~heard].tolist())
    z = np.minimum((preset.distance[6, columns] - preset.distance[6, first]) / preset.scale[6], FAR)
    expected = (0.5 * z * z + preset.join[5, columns] / 8)[~heard]
    assert choice.energies[1:] == pytest.approx(expected, abs=1e-3)


def test_at_a_piece_s_end_it_goes_on_as_one_of_sixteen_near_ones_would(walk: Walk, preset: Preset) -> None:
    end = an_end(preset)
    after = [int(preset.successor[near]) for near in preset.candidates[end, :16]]
    steps = [walk.step(walk.start(Draw(1), end), PartControls(), Draw(2, 0, n))[1] for n in range(600)]
    assert {choice.anchor for choice in steps} == {segment for segment in after if segment >= 0}
    assert not any(choice.stayed for choice in steps)


@pytest.mark.usefixtures("unsurprised")
def test_a_join_at_a_piece_s_end_costs_what_it_costs_after_the_near_one(walk: Walk, preset: Preset) -> None:
    _, choice = walk.step(walk.start(Draw(1), an_end(preset)), replace(FREE, neighbors=8), Draw(2))
    anchor = choice.anchor
    assert preset.successor[anchor - 1] == anchor
    for j, cost in zip(choice.candidates[1:], choice.energies[1:], strict=True):
        column = list(preset.candidates[anchor]).index(j)
        z = (preset.distance[anchor, column] - preset.distance[anchor, 0]) / preset.scale[anchor]
        assert cost == pytest.approx(0.5 * min(z, FAR) ** 2 + preset.join[anchor - 1, column] / 8, abs=1e-3)


@pytest.mark.usefixtures("unsurprised")
def test_with_nothing_near_that_goes_on_it_begins_a_piece(preset: Preset) -> None:
    ends = np.flatnonzero(preset.successor < 0)
    candidates = preset.candidates.copy()
    candidates[ends] = np.resize(ends, candidates.shape[1])
    walk = Walk(changed(preset, candidates=candidates))
    steps = [walk.step(walk.start(Draw(1), int(ends[0])), FREE, Draw(2, 0, n))[1] for n in range(100)]
    begins = {int(end) + 1 for end in ends[:-1]} | {0}
    assert {choice.anchor for choice in steps} == begins
    assert not any(choice.stayed for choice in steps)
    for choice in steps[:20]:
        others = list(choice.candidates[1:])
        prices = np.array(Seams(preset).prices(int(ends[0]), choice.anchor, others))
        away = dict(zip(candidates[choice.anchor].tolist(), preset.distance[choice.anchor].tolist(), strict=True))
        z = (np.array([away[j] for j in others]) - away[others[0]]) / preset.scale[choice.anchor]
        assert choice.energies[1:] == pytest.approx(0.5 * np.minimum(z, FAR) ** 2 + prices, abs=1e-3)


@pytest.mark.usefixtures("unsurprised")
def test_a_guest_is_weighed_by_its_distance_and_its_seam(walk: Walk, preset: Preset) -> None:
    state, anchor = walk.start(Draw(1), 5), 6
    guests = [j for j in range(len(preset)) if j not in preset.candidates[anchor, :8] and j != anchor][:3]
    few = replace(FREE, neighbors=8)
    _, alone = walk.step(state, few, Draw(1))
    _, choice = walk.step(state, few, Draw(1), None, (*guests, guests[0], anchor))
    assert choice.candidates == (*alone.candidates, *guests)
    assert choice.energies[1:-3] == alone.energies[1:]
    apart = np.sqrt(((preset.feature[guests] - preset.feature[anchor]) ** 2).sum(1))
    z = np.minimum((apart - preset.distance[anchor, 0]) / preset.scale[anchor], FAR)
    prices = np.array(Seams(preset).prices(5, anchor, guests))
    assert choice.energies[-3:] == pytest.approx(0.5 * z * z + prices, abs=1e-3)


def test_a_guest_comes_even_when_its_notes_were_just_heard(walk: Walk, preset: Preset) -> None:
    state = walk.start(Draw(1), 5)
    near = [int(j) for j in preset.candidates[6, :4]]
    heard = state._replace(recent=tuple(int(preset.content_class[j]) for j in near))
    _, choice = walk.step(heard, FREE, Draw(1))
    assert not set(near) & set(choice.candidates)
    _, choice = walk.step(heard, FREE, Draw(1), None, near[:1])
    assert set(near) & set(choice.candidates) == {near[0]}
    strange = [j for j in range(len(preset)) if j not in preset.candidates[6] and j != 6][:1]
    again = state._replace(recent=(int(preset.content_class[strange[0]]),))
    _, choice = walk.step(again, FREE, Draw(1), None, strange)
    assert choice.candidates[-1] == strange[0]


def test_past_the_cap_it_goes_on_only_where_nothing_else_is_left(preset: Preset) -> None:
    walk = Walk(preset)
    tired = walk.start(Draw(1), 5)._replace(run=8)
    controls = replace(FREE, temperature=0.05)
    _, fresh = walk.step(tired._replace(run=7), controls, Draw(1))
    _, choice = walk.step(tired, controls, Draw(1))
    assert fresh.candidates[0] == 6
    weighed = dict(zip(fresh.candidates, fresh.energies, strict=True))
    other = {j: cost for j, cost in weighed.items() if preset.content_class[j] != preset.content_class[6]}
    assert dict(zip(choice.candidates, choice.energies, strict=True)) == other
    alike = Walk(changed(preset, content_class=np.zeros(len(preset))))
    state, choice = alike.step(alike.start(Draw(1), 5)._replace(run=8), controls, Draw(1))
    assert (choice.candidates, choice.probabilities, choice.stayed) == ((6,), (1.0,), True)
    assert (state.segment, state.run) == (6, 9)


def test_the_same_notes_from_another_piece_lengthen_a_run(preset: Preset) -> None:
    classes = preset.content_class.copy()
    classes[60] = classes[6]
    walk = Walk(changed(preset, content_class=classes))
    state = walk.start(Draw(1), 5)._replace(run=3)
    assert [walk.move(state, segment).run for segment in (6, 60, 61)] == [4, 4, 0]
    end = an_end(preset)
    assert walk.move(walk.start(Draw(1), end)._replace(run=3), end + 1).run == 0


def test_the_preset_s_first_segment_may_follow_another_as_any_may(preset: Preset) -> None:
    successor = preset.successor.copy()
    end = an_end(preset)
    successor[5] = successor[end] = 0
    walk = Walk(changed(preset, successor=successor))
    for here in (5, end):
        state = walk.start(Draw(1), here)
        moved, choice = walk.step(state, PartControls(step=0), Draw(1))
        assert (choice.anchor, choice.segment, choice.stayed, moved.run) == (0, 0, True, 1)
        assert np.array_equal(walk.tether(state, 0), walk.home(state))
        assert np.array_equal(walk.tether(state, 9), preset.context[9])
    other = int(np.flatnonzero(preset.successor < 0)[0])
    candidates = preset.candidates.copy()
    candidates[other] = end
    alone = Walk(changed(preset, successor=successor, candidates=candidates))
    assert alone.step(alone.start(Draw(1), other), PartControls(), Draw(1))[1].anchor == 0


def test_home_and_memory_follow_the_walk_slowly(walk: Walk, preset: Preset) -> None:
    state: State = walk.start(Draw(1), 0)
    for n in range(40):
        before = state
        state, _ = walk.step(state, PartControls(step=0), Draw(1, 0, n))
        expected = before.home + (preset.context[before.segment] - before.home) / 24
        assert state.home == pytest.approx(expected, abs=1e-6)
        assert state.home.dtype == np.float32
    assert len(state.recent) == TABOO
    moved = walk.move(state, 50)
    assert moved.home == pytest.approx(state.home + (preset.context[state.segment] - state.home) / 24, abs=1e-6)
    assert moved.recent == (*state.recent[1:], int(preset.content_class[50]))


def test_what_sounded_before_is_remembered_and_weighed(walk: Walk, preset: Preset) -> None:
    end = an_end(preset)
    assert [walk.start(Draw(1), segment).before for segment in (0, 9, end + 1)] == [0, 8, end + 1]
    assert walk.start(Draw(1), 9).path == tuple(range(10))
    state = walk.start(Draw(1), 9)
    assert walk.step(state, PartControls(), Draw(1))[0].before == walk.move(state, 40).before == 9
    _, choice = walk.step(state, PartControls(), Draw(1))
    _, other = walk.step(state._replace(path=(40, 9)), PartControls(), Draw(1))
    assert choice.candidates == other.candidates
    costs = [np.array(walk.surprise(state._replace(path=(n, 9)), choice.candidates)) for n in (8, 40)]
    assert (costs[0] != costs[1]).any()
    assert np.array(other.energies) - choice.energies == pytest.approx(costs[1] - costs[0])


def test_the_path_is_remembered_as_far_as_a_loop_may_reach(walk: Walk) -> None:
    state = walk.start(Draw(1), 5)
    for n in range(100):
        before = state.path
        state, _ = walk.step(state, PartControls(), Draw(1, 0, n))
        assert state.path == (*before, state.segment)[-64:]
    assert len(state.path) == 64


def test_echo_draws_the_walk_to_what_it_played_a_loop_ago(walk: Walk, preset: Preset) -> None:
    likeness = preset_likeness(preset)
    state = walk.start(Draw(1), 20)
    controls = PartControls(echo=3, loop_steps=4)
    _, plain = walk.step(state, PartControls(), Draw(1))
    _, choice = walk.step(state, controls, Draw(1))
    alike = likeness[list(choice.candidates)] @ likeness[17]  # the next is 21
    assert np.array(choice.energies) - plain.energies == pytest.approx(3 * (1 - alike), abs=1e-5)
    assert walk.strangeness(state, controls, [17, 21])[0] == pytest.approx(0, abs=1e-5)
    fresh = walk.start(Draw(1), 2)
    assert walk.strangeness(fresh, controls, [3, 4]) == [0, 0]  # nothing sounded so long ago
    assert any(walk.strangeness(fresh, replace(controls, loop_steps=1), [3, 4]))


def test_it_starts_at_the_first_bar_line_of_any_piece(preset: Preset) -> None:
    upbeat = changed(
        preset, metre_position=(preset.metre_position + 3) % 4
    )  # each piece begins with a beat before it
    lines = {int(np.flatnonzero(preset.piece == piece)[1]) for piece in set(preset.piece.tolist())}
    assert {Walk(upbeat).start(Draw(seed)).segment for seed in range(100)} == lines
    nowhere = changed(preset, metre_position=np.ones(len(preset)))
    assert {Walk(nowhere).start(Draw(seed)).segment for seed in range(5)} == {0}


def test_it_starts_at_home_and_owns_what_it_remembers(walk: Walk, preset: Preset) -> None:
    state = walk.start(Draw(1), 9)
    assert (state.segment, state.recent, state.run) == (9, (int(preset.content_class[9]),), 0)
    assert np.array_equal(state.home, preset.context[9])
    state.home[:] = 0
    assert preset.context[9].any()


def test_a_phrase_is_left_as_often_as_the_preset_s_marks_ask(preset: Preset) -> None:
    phrases = Phrases(with_ends(preset))
    assert phrases.ends.mean() * phrases.departure_rate == pytest.approx(DEPARTURES)
    assert not phrases.ends[preset.successor < 0].any()
    assert set(np.flatnonzero(phrases.ends)) == {n for n in range(3, len(preset), 4) if preset.successor[n] >= 0}
    assert set(phrases.first) == {0}
    assert set(phrases.first[0]) == {n + 1 for n in np.flatnonzero(phrases.ends)}


def test_where_the_marks_are_too_few_every_bar_is_a_phrase(preset: Preset) -> None:
    size = len(preset)
    few, enough = np.zeros(size), np.zeros(size)
    few[:2], enough[:3] = 1, 1  # of 288: 2 in 192 are 3
    assert np.flatnonzero(Phrases(changed(preset, phrase_end=enough)).ends).tolist() == list(range(3))
    phrases = Phrases(changed(preset, phrase_end=few))
    bars = [n for n, after in enumerate(preset.successor) if after >= 0 and preset.metre_position[after] == 0]
    assert np.flatnonzero(phrases.ends).tolist() == bars
    alone = Phrases(changed(preset, phrase_end=few, metre_position=[0, *(1 for _ in range(size - 2)), 0]))
    assert np.flatnonzero(alone.ends).tolist() == [size - 2]
    assert alone.departure_rate == 0.5


def test_a_destination_joins_better_than_most(preset: Preset) -> None:
    """Eight are drawn, so the one that is taken is seldom among the worse half."""
    marked = with_ends(preset)
    walk, phrases, seams = Walk(marked), Phrases(marked), Seams(marked)
    first = phrases.first[0].tolist()
    prices = dict(zip(first, seams.prices(3, 4, first), strict=True))
    arrived = [walk._destination(3, 4, Draw(7, 0, n)) for n in range(200)]
    middle = float(np.median(list(prices.values())))
    assert np.mean([prices[segment] <= middle for segment in arrived]) > 0.9
    assert len(set(arrived)) > 3


def test_it_departs_by_the_chance_of_the_preset(preset: Preset) -> None:
    walk = Walk(with_ends(preset))
    rate = Phrases(with_ends(preset)).departure_rate
    for number, leaves in ((0.9 * rate, True), (1.1 * rate, False)):
        _, choice = walk.step(walk.start(Draw(1), 3), PartControls(), told(number))
        assert (choice.anchor != 4) == leaves
    _, choice = walk.step(walk.start(Draw(1), 4), PartControls(), told(0.0))  # no phrase ends here
    assert choice.anchor == 5


def test_a_departure_is_not_going_on(preset: Preset) -> None:
    walk = Walk(with_ends(preset))
    state, choice = walk.step(walk.start(Draw(1), 3)._replace(run=2), PartControls(), told(0.02))
    assert choice.anchor != 4
    assert choice.segment == choice.anchor == state.segment
    assert not choice.stayed
    assert state.run == 0


def test_a_tethered_walk_pays_for_its_distance_from_home(walk: Walk, preset: Preset) -> None:
    """Twice the strength, twice the price."""
    state = walk.start(Draw(1), 5)
    away = state._replace(home=np.zeros_like(state.home))
    by_strength = [walk.step(away, replace(FREE, home=home), Draw(1))[1].energies[1:] for home in (0.0, 1.0, 2.0)]
    free, held, twice = map(np.array, by_strength)
    assert twice - free == pytest.approx(2 * (held - free), abs=1e-6)
    candidates = list(walk.step(away, FREE, Draw(1))[1].candidates[1:])
    home = walk.home(away)
    expected = ((preset.context[candidates] - home) ** 2).sum(1)
    found = held - free
    assert found - found[0] == pytest.approx(expected - expected[0], abs=1e-4)
