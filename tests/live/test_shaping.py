"""Which notes sound, where, when and how loud: tuning, groove, shape, rhythm."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.controls import KEYS, SCALES, PartControls
from instrument.live.draw import Draw
from instrument.live.grid import DECIDE_EARLY_TICKS
from instrument.live.groove import UNSTEADY, Groove
from instrument.live.hand import Hand, Voice
from instrument.live.rhythm import in_rhythm
from instrument.live.shape import Sounding, shape
from instrument.live.tuning import scale_mask, tune
from instrument.notes import Note

HOP = 480
NOTES = [
    Note(-240, 720, 48, 80, 1),
    Note(0, 480, 60, 80, 0),
    Note(0, 960, 64, 80, 0),
    Note(120, 120, 67, 80, 0),
    Note(240, 240, 72, 80, 0),
    Note(360, 120, 74, 80, 1),
]
pitches = st.integers(0, 127)
keys = st.integers(0, len(KEYS) - 1)
scales = st.integers(0, len(SCALES) - 1)


def hand(**controls: float) -> Hand:
    return Hand((Voice(0), Voice(1, octave=0)), 1, replace(PartControls(), **controls))


def shaped(one: Hand, drums: tuple[int, ...] = (), downbeat: bool = True, n: int = 3) -> list[Sounding]:
    return shape(NOTES, one, drums, downbeat, HOP, Draw(1, 0, n))


@given(pitches, pitches, keys, scales, st.integers(-24, 24))
def test_the_scale_lock_keeps_order_and_moves_little(a: int, b: int, key: int, scale: int, transpose: int) -> None:
    controls = replace(PartControls(), key=key, scale=scale, transpose=transpose)
    low, high = (tune(pitch, controls) for pitch in sorted((a, b)))
    tones = list(SCALES.values())[scale]
    if low is not None and high is not None and min(a, b) >= 24 and max(a, b) <= 103:
        assert low <= high
        assert (low - key) % 12 in tones
        assert abs(low - min(a, b) - transpose) <= 3
    inside = (a + transpose - key) % 12 in tones
    assert bool(scale_mask(key, scale, transpose) >> a % 12 & 1) == inside


@given(pitches, pitches, pitches, st.integers(-24, 24), st.integers(-3, 3))
def test_nothing_sounds_outside_the_range(pitch: int, low: int, high: int, transpose: int, octave: int) -> None:
    controls = replace(PartControls(), lowest=low, highest=high, transpose=transpose)
    found = tune(pitch, controls, octave)
    low, high = sorted((low, high))
    if found is None:
        assert high - low < 11
    else:
        assert low <= found <= high
        assert (found - pitch - transpose) % 12 == 0


@given(st.floats(50, 75), st.floats(0, 1), st.integers(0, 10**6), st.lists(st.integers(-2000, 3000), min_size=2))
def test_bent_time_never_turns_back(swing: float, humanise: float, n: int, offsets: list[int]) -> None:
    groove = Groove(swing, humanise, HOP, Draw(5, 0, n))
    bent = [groove.bend(offset) for offset in sorted(offsets)]
    assert all(a <= b for a, b in pairwise(bent))


def test_swing_moves_the_off_beat_and_not_the_beat() -> None:
    groove = Groove(66.7, 0, HOP, Draw(1, 0, 7))
    assert [groove.bend(offset) for offset in (0, 240, 480)] == [0, 320, 480]
    assert [Groove(50, 0, HOP, Draw(1)).bend(offset) for offset in (0, 123)] == [0, 123]


def test_an_unsteady_hand_is_never_earlier_than_the_decision() -> None:
    errors = [Groove(50, 1, HOP, Draw(2, 0, n)).bend(0) for n in range(500)]
    assert max(map(abs, errors)) <= UNSTEADY < DECIDE_EARLY_TICKS
    assert min(errors) < -5
    assert max(errors) > 5


def test_as_it_comes_nothing_is_changed() -> None:
    assert shaped(hand()) == [
        Sounding(n.onset, n.onset + n.duration, n.voice, n.pitch, n.velocity, n.onset < 0) for n in NOTES
    ]


def test_mute_and_solo() -> None:
    one = hand()
    muted = replace(one, voices=(replace(one.voices[0], mute=True), one.voices[1]))
    solo = replace(one, voices=(one.voices[0], replace(one.voices[1], solo=True)))
    assert {note.channel for note in shaped(muted)} == {note.channel for note in shaped(solo)} == {1}
    assert not shaped(replace(one, muted=True))


def test_thinning_is_nested_and_keeps_downbeats_and_what_is_held() -> None:
    before: set[tuple[int, ...]] | None = None
    for density in (1.0, 0.8, 0.6, 0.4, 0.2, 0.0):
        kept: set[tuple[int, ...]] = {(n, *note) for n in range(20) for note in shaped(hand(density=density), n=n)}
        assert before is None or kept <= before
        before = kept
    assert before is not None
    assert {note[1] for note in before} == {-240, 0}
    assert not {note.onset for note in shaped(hand(density=0), downbeat=False)} - {-240}


def test_filling_repeats_long_notes_without_adding_time() -> None:
    filled = shaped(hand(density=2))
    assert [note.onset for note in filled if note.pitch == 60] == [0, 240]
    assert max(note.off for note in filled if note.pitch == 60) == 480


@pytest.mark.parametrize("name", ["velocity", "curve", "accent", "humanise"])
def test_velocities_stay_in_range_and_change(name: str) -> None:
    for value in (0.0, 0.25, 1.0):
        assert all(1 <= note.velocity <= 127 for note in shaped(hand(**{name: value})))
    assert shaped(hand(velocity=2))[1].velocity == 127
    assert shaped(hand(velocity=0))[1].velocity == 1
    assert shaped(hand(**{name: 0.6}))[3].velocity != 80


def test_gate_scales_length() -> None:
    assert [note.off - note.onset for note in shaped(hand(gate=0.5))][1:3] == [240, 480]


def test_drums_are_neither_moved_nor_struck_again() -> None:
    found = shaped(hand(transpose=5, scale=1, octave=1), drums=(1,))
    assert [note.pitch for note in found if note.channel == 1] == [74]
    assert all(note.onset >= 0 for note in found if note.channel == 1)


def test_the_rhythm_of_another_segment() -> None:
    other = [Note(0, 120, 1, 30, 0), Note(300, 180, 2, 40, 0), Note(0, 480, 3, 50, 2)]
    found = in_rhythm(NOTES, other)
    assert [(n.onset, n.pitch, n.velocity) for n in found] == [(0, 60, 30), (0, 64, 30), (300, 72, 40)]
    assert in_rhythm([], other) == []
