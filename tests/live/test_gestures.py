"""What each gesture does to the music, heard through the engine."""

from itertools import pairwise
from typing import Any

import pytest

from instrument.controls import ControlError
from instrument.live.engine import Engine, LoadPreset
from instrument.messages import Set, command
from instrument.notes import NOTE_ON, Event, Output
from instrument.preset import Preset
from tests.support import tiny_preset

BEAT, BAR = 480, 1920
PRESET = tiny_preset(pieces=6, bars=16)


def playing(bars: int = 4, preset: Preset = PRESET, **settings: float) -> Engine:
    """An engine that stands in the last tick of its `bars`th bar, its next step undecided."""
    engine = Engine([preset], 7, settings)
    engine.handle(command("play"), 0)
    engine.advance(bars * BAR - 30)
    return engine


def do(engine: Engine, name: str, *args: Any, part: int = 0) -> None:
    engine.handle(command(name, *args, part=part), engine.tick)


def trail(engine: Engine) -> list[int]:
    return list(engine.parts[0].trail)


def struck(outputs: list[Output], since: int = 0) -> list[tuple[int, int, int]]:
    """Onset (from `since`), pitch and velocity of every note."""
    return [(o.tick - since, o.data1, o.data2) for o in outputs if isinstance(o, Event) and o.kind == NOTE_ON]


def go(engine: Engine, bars: float) -> list[Output]:
    return engine.advance(engine.tick + round(bars * BAR))


@pytest.mark.parametrize("bars", [1, 2])
def test_freeze_repeats_exactly_and_lets_go(bars: int) -> None:
    hand = {"humanise": 0.8, "swing": 60.0, "density": 0.7}
    engine, before = playing(4, PRESET, **hand), Engine([PRESET], 7, hand)
    before.handle(command("play"), 0)
    original = struck(before.advance(5 * BAR), (4 - bars) * BAR)
    do(engine, "freeze", bars)
    assert engine.status().parts[0].frozen == bars
    outputs = go(engine, 4 * bars)

    def inner(notes: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
        return [note for note in notes if BEAT // 2 < note[0] < bars * BAR - BEAT // 4]

    assert len(inner(original)) > 4
    for repeat in range(3):
        assert inner(struck(outputs, (4 + repeat * bars) * BAR)) == inner(original)
    assert trail(engine)[-4 * bars :] == trail(engine)[-8 * bars : -4 * bars]
    do(engine, "freeze")
    assert engine.status().parts[0].frozen == 0
    go(engine, 4)
    assert trail(engine)[-4:] != trail(engine)[-8:-4]


def test_nothing_to_freeze_is_told() -> None:
    engine = Engine([PRESET], 1)
    for name, args in (("freeze", ()), ("back", ()), ("forward", ()), ("mark", ("a",)), ("glide", ("a", 2))):
        with pytest.raises(ControlError):
            do(engine, name, *args)


def test_back_and_forward_along_the_trail() -> None:
    engine = playing(6, step=0)
    before = trail(engine)
    do(engine, "back", 2)
    go(engine, 0.25)
    assert trail(engine)[-1] == before[24 - 8]
    do(engine, "back", 64)
    go(engine, 0.25)
    assert trail(engine)[-1] in before[:2]
    do(engine, "forward", 64)
    go(engine, 0.25)
    assert PRESET.piece[trail(engine)[-1]] in PRESET.piece[before + trail(engine)[24:]]
    assert len(trail(engine)) == 27


def test_a_bookmark_is_where_it_was_set() -> None:
    engine = playing(4)
    here = trail(engine)[-1]
    do(engine, "mark", "k")
    go(engine, 3.25)
    do(engine, "recall", "k")
    go(engine, 0.25)
    landed = trail(engine)[-1]
    assert engine.status().parts[0].bookmarks == {"k": here}
    assert PRESET.piece[landed] == PRESET.piece[here]
    assert abs(landed - here) < 4
    assert PRESET.metre_position[landed] == (len(trail(engine)) - 1) % 4
    do(engine, "undo")
    do(engine, "undo")
    assert engine.status().parts[0].bookmarks == {}
    with pytest.raises(ControlError, match="mark z"):
        do(engine, "recall", "z")


def test_teleport_lands_near_the_point_and_on_the_beat() -> None:
    engine = playing(4)
    x, y = PRESET.map[17]
    do(engine, "teleport", float(x), float(y))
    go(engine, 0.25)
    landed = trail(engine)[-1]
    away = ((PRESET.map - PRESET.map[17]) ** 2).sum(1)
    rows = PRESET.metre_position == 0
    assert PRESET.metre_position[landed] == 0
    assert away[landed] == away[rows].min()


@pytest.mark.parametrize(("to", "bars"), [("a", 1), ("odd", 2), ("0.4,-0.2", 5)])
def test_a_glide_arrives_on_time_and_counts_down(to: str, bars: int) -> None:
    engine = playing(3)
    do(engine, "mark", "a")
    go(engine, 4)
    before = len(trail(engine))
    do(engine, "glide", to, bars)
    status = engine.status().parts[0]
    assert (status.glide_to, status.glide_bars) == (to, bars)
    target, left = status.glide_segment, float(bars)
    for _ in range(4 * bars):
        go(engine, 0.25)
        status = engine.status().parts[0]
        assert status.glide_bars == left - 0.25
        left = status.glide_bars
    assert target not in trail(engine)[before + 1 : -1] or bars > 1
    go(engine, 0.25)
    assert trail(engine)[before + 4 * bars] == target
    assert engine.status().parts[0].glide_to == ""


def test_a_glide_to_nowhere_is_refused() -> None:
    engine = playing(2)
    for to in ("b", "nowhere", "3,3", "1;2", "nan,0"):
        with pytest.raises(ControlError):
            do(engine, "glide", to, 2)


def test_steering_leans_towards_the_point() -> None:
    def mean_distance(steer: bool) -> float:
        engine = playing(1)
        if steer:
            do(engine, "steer", 0.9, 0.9, 1.0)
        go(engine, 40)
        points = PRESET.map[trail(engine)[4:]]
        return float(((points - (0.9, 0.9)) ** 2).sum(1).mean())

    assert mean_distance(True) < 0.6 * mean_distance(False)


def test_a_locked_loop_of_the_path_repeats_and_a_permuted_one_reorders() -> None:
    engine = playing(6, loop_steps=8)
    engine.handle(Set("deja_vu", 0.5), engine.tick)
    loop = trail(engine)[-8:]
    go(engine, 6)
    assert trail(engine)[-24:] == loop * 3
    engine.handle(Set("deja_vu", 1.0), engine.tick)
    go(engine, 10)
    found = trail(engine)[-40:]
    assert set(found) <= set(loop)
    assert found != (loop * 5)
    positions = PRESET.metre_position[found].tolist()
    assert positions == [n % 4 for n in range(40)]


def test_the_rhythm_locks_apart_from_the_path() -> None:
    engine = playing(6, loop_steps=4)
    engine.handle(Set("deja_vu_rhythm", 0.5), engine.tick)
    go(engine, 1)
    bars = [struck(go(engine, 1), engine.tick - BAR) for _ in range(6)]
    onsets = [{onset for onset, _, _ in bar} for bar in bars]
    assert max(len(a & b) / len(a | b) for a, b in pairwise(onsets)) > 0.7
    assert len({tuple(pitch for _, pitch, _ in bar) for bar in bars}) > 1


def test_undo_and_redo_take_back_controls_gestures_and_moves() -> None:
    engine = playing(4)
    for value in (0.5, 0.6, 0.7):  # one turn of the knob
        engine.handle(Set("step", value), engine.tick)
    do(engine, "voice_mute", 2)
    go(engine, 1)
    here = trail(engine)[-1]
    do(engine, "teleport", 0.9, 0.9)
    go(engine, 0.25)
    do(engine, "undo")
    go(engine, 0.25)
    assert PRESET.piece[trail(engine)[-1]] == PRESET.piece[here]
    do(engine, "undo")
    assert not engine.parts[0].hand.voices[1].mute
    do(engine, "undo")
    assert engine.parts[0].hand.controls.step == 0.25
    with pytest.raises(ControlError, match="undo"):
        do(engine, "undo")
    for _ in range(3):
        do(engine, "redo")
    assert engine.parts[0].hand.controls.step == 0.7
    assert engine.parts[0].hand.voices[1].mute


def test_controls_can_be_taken_back_across_a_switch() -> None:
    engine = playing(2)
    engine.handle(Set("step", 0.7), engine.tick)
    do(engine, "teleport", 0.9, 0.9)
    engine.handle(LoadPreset(tiny_preset(pieces=2, bars=8, voices=2)), engine.tick)
    go(engine, 2)
    do(engine, "undo")  # of the teleport: its place is in the other preset
    assert engine.parts[0].jump is None
    do(engine, "undo")
    assert engine.parts[0].hand.controls.step == 0.25
    assert len(engine.parts[0].hand.voices) == 2
    do(engine, "redo")
    assert engine.parts[0].hand.controls.step == 0.7


def test_voices_have_their_own_settings() -> None:
    engine = playing(2)
    do(engine, "voice_channel", 1, 12)
    do(engine, "voice_program", 1, 20)
    do(engine, "voice_octave", 1, 1)
    do(engine, "voice_solo", 1)
    outputs = go(engine, 2)
    notes = [o for o in outputs if isinstance(o, Event) and o.kind == NOTE_ON and o.tick >= 2 * BAR]
    assert {o.channel for o in notes} == {11}
    assert min(o.data1 for o in notes) >= 84
    assert [o.data1 for o in outputs if isinstance(o, Event) and o.kind == 0xC0 and o.channel == 11][-1] == 19
    voice = engine.status().parts[0].voices[0]
    assert (voice.channel, voice.program, voice.octave, voice.solo) == (12, 20, 1, True)
    with pytest.raises(ControlError, match="no voice 5"):
        do(engine, "voice_mute", 5)


def test_another_seed_is_other_music() -> None:
    engine, same = playing(2), playing(2)
    do(engine, "reseed", 99)
    go(engine, 4)
    go(same, 4)
    assert trail(engine)[:8] == trail(same)[:8]
    assert trail(engine) != trail(same)


def test_transposing_moves_what_sounds_next_and_releases_what_sounded() -> None:
    plain, moved = playing(4), playing(4)
    moved.handle(Set("transpose", 7), moved.tick)
    a, b = struck(go(plain, 2)), struck(go(moved, 2))
    assert [(t, p + 7, v) for t, p, v in a if t >= 4 * BAR + BEAT] == [x for x in b if x[0] >= 4 * BAR + BEAT]


def test_a_knob_that_is_taken_back_leaves_the_walk_where_it_is() -> None:
    engine = playing(2)
    engine.handle(Set("step", 0.7), engine.tick)
    go(engine, 2)
    do(engine, "undo")
    assert engine.parts[0].hand.controls.step == 0.25
    assert engine.parts[0].jump is None


def test_what_it_was_started_with_cannot_be_taken_back() -> None:
    engine = Engine([tiny_preset(controls={"tempo": 140})], 1, {"step": 0.5})
    with pytest.raises(ControlError, match="nothing to undo"):
        do(engine, "undo")
