"""What the engine promises to whoever asks it: alerts, names, what is due next, tempi, undo, whose controls apply."""

from dataclasses import replace

import pytest

from instrument.controls import ControlError
from instrument.live.engine import Engine, LoadPreset
from instrument.live.render import render
from instrument.messages import Heard, Set, command
from instrument.notes import NOTE_ON, PROGRAM_CHANGE, Event, Output, TempoChange
from instrument.tempo import Metre
from tests.support import tiny_preset

BEAT, BAR = 480, 1920
PRESET = tiny_preset()
FAST = tiny_preset(title="Fast", controls={"tempo": 140, "count_in": 1, "step": 0.6})


def rolling(bars: float = 0, **settings: float) -> Engine:
    engine = Engine([PRESET], 5, settings)
    engine.handle(command("play"), 0)
    engine.advance(round(bars * BAR))
    return engine


def tempi(outputs: list[Output]) -> list[TempoChange]:
    return [output for output in outputs if isinstance(output, TempoChange)]


def programs(outputs: list[Output]) -> list[tuple[int, int, int]]:
    return [(o.tick, o.channel, o.data1) for o in outputs if isinstance(o, Event) and o.kind == PROGRAM_CHANGE]


def jump(engine: Engine) -> int | None:
    """Where the first part goes at its next step, if somebody sent it."""
    return engine.parts[0].jump


def play_eighths(engine: Engine, bpm: float, count: int, accent: int = 0) -> list[Output]:
    """What a performer who plays eighths at `bpm`, loud on beat `accent` of each bar, makes the engine do."""
    outputs, tick = [], float(engine.tick)
    for number in range(count):
        outputs += engine.advance(round(tick) - 1) if number else []
        loud = number % 8 == 2 * accent
        engine.handle(Heard((NOTE_ON, 72, 120 if loud else 40)), round(tick))
        tick += 30 / bpm * engine.tempo_bpm * 8
    return outputs + engine.advance(engine.tick)


def test_the_last_four_alerts_are_shown_for_sixteen_beats() -> None:
    engine = rolling(1)
    assert engine.status().alerts == ()
    for number in range(6):
        engine.alert(f"trouble {number}")
    engine.advance(BAR + 16 * BEAT - 1)
    assert engine.status().alerts == ("trouble 2", "trouble 3", "trouble 4", "trouble 5")
    engine.alert("more")
    engine.advance(BAR + 16 * BEAT)
    assert engine.status().alerts == ("more",)


def test_a_channel_is_called_after_all_who_speak_on_it() -> None:
    engine = Engine([PRESET, PRESET], 1)
    voices = engine.parts[1].hand.voices
    same = (voices[0], replace(voices[1], channel=voices[0].channel), *voices[2:])
    engine.parts[1].hand = replace(engine.parts[1].hand, voices=same)
    first, second = ((part, engine.parts[part].hand.voices) for part in (0, 1))
    assert engine.names() == {
        **{(first[0], voice.channel): name for voice, name in zip(first[1], PRESET.meta["voices"], strict=True)},
        (1, voices[0].channel): "top, alto",
        (1, voices[2].channel): "tenor",
        (1, voices[3].channel): "bass",
    }
    assert second[1] == same


def test_a_voice_without_a_name_is_no_fault() -> None:
    engine = Engine([PRESET], 1)
    hand = engine.parts[0].hand
    engine.parts[0].hand = replace(hand, voices=(*hand.voices, replace(hand.voices[0], channel=15)))
    assert len(engine.names()) == 4


def test_whoever_comes_when_told_misses_nothing() -> None:
    """To advance to each `next_tick` in turn gives every output at its own tick, and what is due is never past."""
    engine = Engine([PRESET], 5, {"humanise": 1}, bars=6)
    engine.handle(command("play"), 0)
    found: list[Output] = []
    while (due := engine.next_tick()) is not None:
        assert due >= engine.tick
        new = engine.advance(due)
        assert all(output.tick == due for output in new)
        found += new
    assert found == render(Engine([PRESET], 5, {"humanise": 1}, bars=6), 10**6)
    assert engine.ended


def test_a_message_s_outputs_are_there_to_be_fetched_at_once() -> None:
    engine = rolling(1.5)
    engine.handle(command("stop"), engine.tick)
    assert engine.next_tick() == engine.tick
    assert engine.advance(engine.tick)
    engine.handle(Set("tempo", 90), engine.tick)  # it stands still, and tells the tempo all the same
    assert engine.next_tick() == engine.tick
    assert engine.advance(engine.tick) == [TempoChange(engine.tick, 90.0)]
    engine.handle(command("nudge", 10), engine.tick)
    assert [(told.tick, round(told.bpm, 6)) for told in tempi(engine.advance(engine.tick))] == [(engine.tick, 99)]


def test_before_it_ever_rolled_a_tempo_is_not_told() -> None:
    engine = Engine([PRESET], 5)
    engine.handle(Set("tempo", 90), 0)
    assert engine.advance(0) == []
    assert engine.tempo_bpm == engine.controls.tempo == 90
    engine.handle(command("play"), 0)
    assert tempi(engine.advance(0)) == [TempoChange(0, 90.0)]


def test_the_first_part_s_preset_sets_the_tempo_and_a_setting_goes_before_it() -> None:
    assert Engine([FAST, PRESET], 1).tempo_bpm == 140
    assert Engine([PRESET, FAST], 1).tempo_bpm == 100
    engine = Engine([FAST, PRESET], 1, {"tempo": 77, "step": 0.4})
    assert (engine.tempo_bpm, engine.controls.count_in) == (77, 1)
    assert [part.hand.controls.step for part in engine.parts.values()] == [0.4, 0.4]


def test_a_preset_that_comes_in_brings_its_own_controls_only_when_they_apply() -> None:
    for defaults, part, tempo, step in ((1, 0, 140, 0.6), (1, 1, 100, 0.6), (0, 0, 100, 0.25)):
        engine = Engine([PRESET, PRESET], 1, {"defaults": defaults})
        engine.handle(LoadPreset(FAST, part=part), 0)
        assert (engine.tempo_bpm, engine.parts[part].hand.controls.step) == (tempo, step)
        assert engine.parts[1 - part].hand.controls.step == 0.25
    engine = Engine([PRESET, PRESET], 1, {"defaults": 1})
    engine.handle(LoadPreset(FAST, part=1, controls={"step": 0.9, "tempo": 70}), 0)
    assert (engine.tempo_bpm, engine.parts[1].hand.controls.step) == (70, 0.9)
    assert engine.parts[0].hand.controls.step == 0.25


@pytest.mark.parametrize(("now", "line"), [(True, BAR + 2 * BEAT), (False, 4 * BAR)])
def test_a_preset_waits_for_the_grid_unless_it_is_wanted_now(now: bool, line: int) -> None:
    engine = rolling(1, quantize=2)
    engine.advance(BAR + 500)
    engine.handle(LoadPreset(FAST, now=now), engine.tick)
    engine.advance(line - 30)
    assert engine.status().parts[0].title == "Tiny"
    engine.advance(line)
    assert engine.status().parts[0].title == "Fast"


def test_a_wish_that_fails_on_its_line_is_told_and_the_music_goes_on() -> None:
    engine = rolling(1)
    engine.handle(LoadPreset(tiny_preset(metre=Metre(3, 4), title="Waltz"), morph_bars=2), engine.tick)
    outputs = engine.advance(4 * BAR)
    assert "Waltz has other beats" in engine.status().alerts[0]
    assert any(output.tick > 3 * BAR for output in outputs)


def test_only_a_change_of_voices_sends_programs() -> None:
    engine = rolling(2)
    for gesture in (command("freeze", 1), command("mark", "a"), command("voice_program", 1, 13)):
        assert programs(engine.advance(engine.tick)) == []
        engine.handle(gesture, engine.tick)
    engine.advance(engine.tick)
    engine = rolling(2)
    engine.handle(command("voice_program", 1, 13), engine.tick)
    assert (engine.tick, 0, 12) in programs(engine.advance(engine.tick + 1))


def test_what_is_undone_sounds_as_before_and_its_programs_and_tempo_are_told() -> None:
    engine = rolling(2)
    engine.handle(Set("tempo", 90), engine.tick)
    engine.handle(command("voice_program", 1, 13), engine.tick)
    engine.advance(engine.tick + 1)
    engine.handle(command("undo"), engine.tick)
    assert (engine.tick, 0, 73) in programs(engine.advance(engine.tick + 1))
    engine.handle(command("undo"), engine.tick)
    assert tempi(engine.advance(engine.tick + 1)) == [TempoChange(engine.tick - 1, 100.0)]
    assert engine.tempo_bpm == engine.controls.tempo == 100
    engine.handle(command("redo"), engine.tick)
    assert engine.tempo_bpm == engine.controls.tempo == 90


def test_there_is_nothing_to_undo_or_redo_at_first() -> None:
    for name in ("undo", "redo"):
        with pytest.raises(ControlError, match=f"^there is nothing to {name}$"):
            Engine([PRESET], 1).handle(command(name), 0)


def test_each_part_s_knob_and_each_later_turn_is_taken_back_alone() -> None:
    engine = Engine([PRESET, PRESET], 5)
    engine.handle(command("play"), 0)
    for tick, value, part in ((0, 0.5, 0), (10, 0.6, 1), (BEAT + 10, 0.7, 1), (BEAT + 20, 0.8, 1)):
        engine.handle(Set("step", value, part), tick)
    found = []
    for _ in range(3):
        engine.handle(command("undo"), engine.tick)
        found.append(tuple(part.hand.controls.step for part in engine.parts.values()))
    assert found == [(0.5, 0.6), (0.5, 0.25), (0.25, 0.25)]


def test_to_undo_a_move_leads_back_and_to_undo_what_is_no_move_does_not() -> None:
    engine = rolling(2)
    engine.handle(command("voice_mute", 1), engine.tick)
    engine.handle(command("undo"), engine.tick)
    assert jump(engine) is None
    state = engine.parts[0].state
    assert state is not None
    engine.handle(command("teleport", 0.9, 0.9), engine.tick)
    assert jump(engine) not in {None, state.segment}
    engine.handle(command("undo"), engine.tick)
    assert jump(engine) == state.segment


def test_a_gesture_before_the_walk_began_can_be_taken_back() -> None:
    engine = Engine([PRESET], 5)
    engine.handle(command("teleport", 0.9, 0.9), 0)
    engine.handle(command("undo"), 0)
    engine.handle(command("play"), 0)
    assert engine.advance(BAR)


def test_a_performer_is_followed_but_not_against_a_ramp_nor_while_it_stands() -> None:
    engine = rolling(follow=1, follow_tempo=1)
    told = tempi(play_eighths(engine, 110, 24))
    assert 100 < told[-1].bpm == engine.tempo_bpm == engine.controls.tempo < 111
    led = rolling(follow=1, follow_tempo=1)
    led.handle(command("ramp", 60, 8), 0)
    play_eighths(led, 110, 24)
    assert led.transport.pace.ramp is not None
    assert led.tempo_bpm < 100
    still = Engine([PRESET], 5, {"follow": 1, "follow_tempo": 1})
    for number in range(24):
        still.handle(Heard((NOTE_ON, 72, 80)), 220 * number)
    assert still.tempo_bpm == 100
    assert still.status().parts[0].heard


def _downbeat(engine: Engine) -> int:
    listener = engine.parts[0].attention.listener
    assert listener is not None
    return listener.downbeat


def test_bars_agree_with_the_performer_s_only_while_the_tempo_follows() -> None:
    engine = rolling(follow=1, follow_tempo=1)
    play_eighths(engine, 100, 96, accent=1)
    assert _downbeat(engine) == 1
    engine.handle(Set("follow_tempo", 0), engine.tick)
    play_eighths(engine, 100, 2)
    assert _downbeat(engine) == 0


def test_a_bar_that_is_shorter_than_a_beat_has_one() -> None:
    engine = Engine([tiny_preset(metre=Metre(1, 8), bars=40)], 5, {"follow": 1, "follow_tempo": 1})
    engine.handle(command("play"), 0)
    play_eighths(engine, 100, 16)
    assert engine.playing


def test_start_counts_in_and_toggle_is_play_and_stop() -> None:
    engine = Engine([PRESET], 5, {"count_in": 1})
    engine.handle(command("locate", 5, 3), 0)
    engine.handle(command("start"), 0)
    assert (engine.status().position, engine.status().count_in) == ((0, 1, 0), 4)
    engine.handle(command("toggle"), 2 * BEAT)
    assert not engine.playing
    engine.handle(command("toggle"), 2 * BEAT)
    assert (engine.playing, engine.status().count_in) == (True, 4)
    engine.handle(command("quit"), 3 * BEAT)
    assert (engine.playing, engine.ended, engine.tick) == (False, True, 3 * BEAT)


def test_what_is_told_is_where_it_stands() -> None:
    engine = rolling(2.25)
    status = engine.status()
    assert (status.seed, status.tick, status.playing, status.position) == (5, engine.tick, True, (3, 2, 0))
    assert (engine.metre, engine.origin, list(engine.parts)) == (Metre(4, 4), 0, [0])
    engine.handle(command("locate", 1), engine.tick)
    assert engine.origin == engine.tick


@pytest.mark.parametrize("off", [0, 80])
def test_after_a_locate_the_performer_s_beat_is_measured_from_the_song_s_own_bars(off: int) -> None:
    engine = rolling(follow=1, follow_tempo=1)
    engine.advance(1000)  # between two eighths
    engine.handle(command("stop"), engine.tick)
    engine.handle(command("locate", 1, 1), engine.tick)
    engine.handle(command("play"), engine.tick)
    assert engine.origin == 1000
    for number in range(1, 12):
        tick = 1000 + off + number * BEAT // 2
        engine.advance(tick - 1)
        engine.handle(Heard((NOTE_ON, 72, 90)), tick)
    assert (engine.tempo_bpm == 100) is (off == 0)
