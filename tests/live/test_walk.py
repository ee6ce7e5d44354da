"""The walk: its choices follow the probabilities, which follow the formula; caps, taboo and tether hold."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import chisquare

from instrument.controls import PartControls
from instrument.energy import CAP, FAR, PROGRESSION, STAY, TABOO
from instrument.live.draw import Draw
from instrument.live.laws import going_on, opening, verbatim_cap
from instrument.live.walk import Choice, Energies, Segments, State, Walk, boltzmann
from instrument.preset import Preset
from instrument.progressions import Progressions
from tests.support import tiny_preset


def steps(walk: Walk, count: int, controls: PartControls | None = None, seed: int = 1) -> list[Choice]:
    """The choices of `count` steps."""
    chosen = controls or PartControls()
    state = walk.start(Draw(seed))
    found = []
    for n in range(count):
        state, choice = walk.step(state, chosen, Draw(seed, 0, n))
        found.append(choice)
    return found


def some_state(walk: Walk, count: int = 20, seed: int = 3) -> State:
    state = walk.start(Draw(seed))
    for n in range(count):
        state, _ = walk.step(state, PartControls(), Draw(seed, 0, n))
    return state


def _chords(preset: Preset) -> npt.NDArray[np.int64]:
    """Codes of the pitch classes and the bass's class that sound as each segment starts."""
    found = []
    for segment in range(len(preset)):
        sounding = [note.pitch for note in preset.notes(segment) if note.onset <= 0]
        classes = sum({1 << pitch % 12 for pitch in sounding})
        found.append(13 * classes + (min(sounding) % 12 if sounding else 12))
    return np.unique(found, return_inverse=True)[1].ravel()


def test_frequencies_match_probabilities(walk: Walk) -> None:
    controls = PartControls(temperature=2, home=0.5)
    state = some_state(walk)
    _, choice = walk.step(state, controls, Draw(0))
    draws = 8000
    counts = Counter(walk.step(state, controls, Draw(9, 0, n))[1].segment for n in range(draws))
    expected = draws * np.array(choice.probabilities)
    often = expected >= 5
    assert often.sum() >= 4
    seen = np.array([counts[s] for s in choice.candidates])
    observed = np.append(seen[often], seen[~often].sum())
    wanted = np.append(expected[often], expected[~often].sum())
    assert chisquare(observed[wanted > 0], wanted[wanted > 0]).pvalue > 1e-3


def test_energies_are_those_of_the_formula(walk: Walk, preset: Preset) -> None:
    controls = PartControls(neighbors=8)
    state = some_state(walk)
    here = state.segment
    anchor = int(preset.successor[here])
    assert anchor >= 0
    home = state.home + (preset.context[here] - state.home) / 24
    row = [
        (column, int(j), float(d))
        for column, (j, d) in enumerate(zip(preset.candidates[anchor, :8], preset.distance[anchor, :8], strict=True))
        if int(preset.content_class[j]) not in state.recent
    ]

    def tether(j: int) -> float:
        return float(controls.home * ((preset.context[j] - home) ** 2).sum())

    chords = Progressions(_chords(preset), preset.successor)

    def surprise(j: int) -> float:
        return PROGRESSION * float(chords.bits(np.array(state.before), np.array(here), np.array(j)))

    expected = [STAY + opening(8) + tether(anchor) + surprise(anchor)]
    for column, j, d in row:
        z = min((d - row[0][2]) / preset.scale[anchor], FAR)
        expected.append(0.5 * z * z + int(preset.join[here, column]) / 8 + tether(j) + surprise(j))
    _, choice = walk.step(state, controls, Draw(1))
    assert choice.candidates == (anchor, *(j for _, j, _ in row))
    # energies count from any zero
    assert np.array(choice.energies) - choice.energies[0] == pytest.approx(np.array(expected) - expected[0], abs=1e-3)
    weights = np.exp(-(np.array(expected) - min(expected)) / controls.temperature)
    assert choice.probabilities == pytest.approx(weights / weights.sum(), abs=1e-3)


def test_a_step_is_pure(walk: Walk) -> None:
    state, draw = some_state(walk), Draw(4, 1, 7)
    before = (state.segment, state.home.copy(), state.recent, state.run)
    (one, first), (two, second) = (walk.step(state, PartControls(), draw) for _ in range(2))
    assert first == second
    assert one.segment == two.segment
    assert np.array_equal(one.home, two.home)
    assert (state.segment, state.recent, state.run) == (before[0], before[2], before[3])
    assert np.array_equal(state.home, before[1])


def _only(follows: int, candidates: Segments) -> Energies:
    return np.where(candidates == follows, 0.0, 50.0)


def test_no_more_than_the_cap_is_taken_from_a_piece(walk: Walk, preset: Preset) -> None:
    state, runs = walk.start(Draw(1)), []
    for n in range(200):
        follows = int(preset.successor[state.segment])
        state, _ = walk.step(state, PartControls(), Draw(1, 0, n), partial(_only, follows))
        runs.append(state.run)
    assert max(runs) == CAP
    assert runs.count(CAP) > 3


def test_step_zero_plays_the_corpus(walk: Walk, preset: Preset) -> None:
    for before, after in pairwise(steps(walk, 150, PartControls(step=0, temperature=5))):
        follows = preset.successor[before.segment]
        assert follows in (after.segment, -1)


def test_what_was_just_heard_does_not_come_back(walk: Walk, preset: Preset) -> None:
    chosen = steps(walk, 300, PartControls(step=0.6, temperature=3))
    classes = [int(preset.content_class[c.segment]) for c in chosen]
    for n in range(TABOO, len(chosen)):
        others = [s for s in chosen[n].candidates if s != chosen[n].anchor]
        heard = set(classes[n - TABOO : n])
        assert not heard & {int(preset.content_class[s]) for s in others}


def test_home_holds_the_walk(walk: Walk, preset: Preset) -> None:
    def wandering(strength: float) -> float:
        away, state = [], walk.start(Draw(2))
        for n in range(600):
            controls = PartControls(home=strength, step=0.6, temperature=1)
            state, _ = walk.step(state, controls, Draw(2, 0, n))
            away.append(((preset.context[state.segment] - state.home) ** 2).sum())
        return float(np.mean(away))

    assert wandering(8) < 0.8 * wandering(0)


@pytest.mark.parametrize("step", [0, 0.01, 0.25, 1])
@pytest.mark.parametrize("neighbors", [1, 32])
@pytest.mark.parametrize("temperature", [0.05, 5])
def test_there_is_always_a_next_segment(step: float, neighbors: float, temperature: float) -> None:
    for preset in (tiny_preset(pieces=1, bars=1), tiny_preset(pieces=2, bars=2)):
        walk = Walk(preset)
        controls = PartControls(step=step, neighbors=neighbors, temperature=temperature)
        for choice in steps(walk, 60, controls):
            assert 0 <= choice.segment < len(preset)
            assert math.isclose(sum(choice.probabilities), 1)


def test_a_piece_s_end_is_left_by_chance(walk: Walk, preset: Preset) -> None:
    last = int(np.flatnonzero(preset.successor < 0)[0])
    state = walk.start(Draw(1), last)
    assert len({walk.step(state, PartControls(), Draw(1, 0, n))[1].anchor for n in range(40)}) > 3


def test_a_pull_and_extra_segments_steer(walk: Walk, preset: Preset) -> None:
    state = some_state(walk)
    _, free = walk.step(state, PartControls(), Draw(1))
    far = next(j for j in range(len(preset)) if j not in free.candidates)
    _, choice = walk.step(state, PartControls(), Draw(1), lambda c: -100.0 * (c == far), (far,))
    assert choice.segment == far
    assert len(choice.candidates) == len(free.candidates) + 1
    _, choice = walk.step(state, PartControls(), Draw(1), None, free.candidates)
    assert len(choice.candidates) == len(free.candidates)  # nothing is weighed twice


def test_moving_by_hand_is_remembered(walk: Walk, preset: Preset) -> None:
    state = walk.start(Draw(1), 0)
    state = walk.move(state, 1)
    assert (state.segment, state.run) == (1, 1)
    state = walk.move(state, 40)
    assert (state.segment, state.run) == (40, 0)
    assert state.recent == tuple(int(preset.content_class[s]) for s in (0, 1, 40))


def test_the_walk_begins_on_a_bar_line(walk: Walk, preset: Preset) -> None:
    for seed in range(20):
        assert preset.metre_position[walk.start(Draw(seed)).segment] == 0


def test_boltzmann_at_both_ends() -> None:
    assert boltzmann([0, 1000, 2000], 0.05) == pytest.approx([1, 0, 0])
    assert boltzmann([0, 0.001], 1e6) == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize("temperature", [0.05, 0.5, 5])
def test_step_scales_the_chance_to_leave(temperature: float) -> None:
    def leaving(step: float, energies: Sequence[float]) -> float:
        return 1 - boltzmann([going_on(energies, temperature, step), *energies[1:]], temperature)[0]

    for energies in ([9, 9, 10, 12.0], [9, 30.0, 60], [9, -20.0], [9.0, 9, 9]):
        usual = leaving(0.25, energies)
        for step in (0, 0.05, 0.2):
            assert leaving(step, energies) == pytest.approx(step / 0.25 * usual, abs=1e-9)
        beyond = [leaving(step, energies) for step in np.linspace(0.25, 1, 40)]
        assert beyond[0] == usual
        assert (np.diff(beyond) >= 0).all()
        assert beyond[-1] == pytest.approx(1)
        assert max(np.diff(beyond)) < 0.12


def test_going_on_alone_costs_what_it_costs() -> None:
    assert [going_on([9.0], 0.5, step) for step in (0, 0.1, 0.25, 1)] == [9.0] * 4


def test_step_shortens_runs_and_neighbors_open_a_step() -> None:
    settings = np.linspace(0, 1, 101)
    assert (np.diff([verbatim_cap(s) for s in settings]) < 0).all()
    assert verbatim_cap(0.25) == CAP
    assert (np.diff([opening(n) for n in range(1, 33)]) > 0).all()
    assert opening(PartControls().neighbors) == 0


def test_the_walk_departs_at_phrase_ends_and_is_at_home_where_it_arrives(preset: Preset) -> None:
    ends = np.zeros(len(preset), np.uint8)
    ends[3::4] = 1
    walk = Walk(replace(preset, phrase_end=ends))
    left = []
    for n in range(4000):
        here = n % len(preset)
        if preset.successor[here] < 0:
            continue
        state, choice = walk.step(walk.start(Draw(1), here), PartControls(), Draw(5, 0, n))
        if choice.anchor != preset.successor[here]:
            left.append(here)
            assert preset.metre_position[choice.anchor] == preset.metre_position[preset.successor[here]]
            assert ends[choice.anchor - 1]
            assert np.array_equal(state.home, preset.context[choice.anchor])
    assert len(left) > 10
    assert ends[left].all()


def test_a_walk_that_is_held_or_plays_the_corpus_departs_less(preset: Preset) -> None:
    def departures(controls: PartControls) -> int:
        chosen = steps(Walk(preset), 1200, controls)
        came = pairwise([c.segment for c in chosen])
        after = [preset.successor[a] for a, _ in came]
        return sum(c.anchor != s and s >= 0 for c, s in zip(chosen[1:], after, strict=True))

    assert departures(PartControls(step=0)) == 0
    assert departures(PartControls(home=8)) < departures(PartControls(home=0.5))
