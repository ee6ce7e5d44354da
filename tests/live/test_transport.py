"""Whether time moves, where it stands and how fast."""

from itertools import pairwise

import pytest

from instrument.live.engine import Engine, LoadPreset
from instrument.live.pace import STAIR, Pace
from instrument.messages import Heard, Set, command
from instrument.notes import ALL_NOTES_OFF, ALL_SOUND_OFF, CONTROL_CHANGE, NOTE_ON, Event, Output, TempoChange
from instrument.tempo import Metre
from tests.live.checks import Receiver
from tests.support import tiny_preset

BEAT, BAR = 480, 1920
PRESET = tiny_preset(pieces=4, bars=8)
WALTZ = tiny_preset(pieces=3, bars=8, metre=Metre(3, 4))


def rolling(*presets: object, **settings: float) -> Engine:
    engine = Engine([PRESET], 5, settings)
    engine.handle(command("play"), 0)
    return engine


def notes(outputs: list[Output], origin: int = 0) -> list[tuple[int, ...]]:
    return [(o.tick - origin, *o[1:]) for o in outputs if isinstance(o, Event) and o.kind == NOTE_ON]


def tempi(outputs: list[Output]) -> list[TempoChange]:
    return [o for o in outputs if isinstance(o, TempoChange)]


def test_it_starts_stopped_and_stands_still() -> None:
    engine = Engine([PRESET], 1)
    assert engine.next_tick() is None
    assert engine.advance(10_000) == []
    assert (engine.tick, engine.playing) == (0, False)
    engine.handle(command("play"), 0)
    assert engine.next_tick() == 0
    engine.advance(BEAT)
    engine.handle(command("toggle"), BEAT)
    assert engine.next_tick() == BEAT  # the note_offs are to be fetched
    assert engine.advance(BEAT)
    assert engine.next_tick() is None
    assert engine.advance(9 * BEAT) == []
    assert engine.tick == BEAT


def test_it_goes_on_from_where_it_stopped_at_the_next_beat() -> None:
    engine, whole = rolling(), rolling()
    expected = notes(whole.advance(8 * BAR))
    found = notes(engine.advance(2 * BAR - 10))  # the next step is decided, and does not sound
    engine.handle(command("stop"), engine.tick)
    engine.handle(command("play"), engine.tick)
    found += notes(engine.advance(8 * BAR))
    assert [note for note in found if note[0] >= 2 * BAR + BEAT] == [n for n in expected if n[0] >= 2 * BAR + BEAT]
    assert 2 * BAR in {note[0] for note in found}


@pytest.mark.parametrize("settings", [{}, {"scale": 4.0, "deja_vu": 0.3, "humanise": 1.0, "density": 0.6}])
def test_the_same_place_is_the_same_music(settings: dict[str, float]) -> None:
    expected = notes(rolling(**settings).advance(12 * BAR))
    engine = Engine([PRESET], 5, settings)
    engine.handle(command("locate", 9), 0)
    assert engine.status().position == (9, 1, 0)
    engine.handle(command("play"), 0)
    outputs = engine.advance(4 * BAR)
    after = [note for note in notes(outputs, -8 * BAR) if note[0] >= 8 * BAR + BEAT]
    assert after == [note for note in expected if note[0] >= 8 * BAR + BEAT]


def test_to_locate_while_it_rolls_never_turns_time_back() -> None:
    engine, receiver = rolling(), Receiver()
    first = engine.advance(3 * BAR)
    receiver.take(first)
    engine.handle(command("locate", 1), engine.tick)
    outputs = engine.advance(6 * BAR)
    receiver.take(outputs)
    assert engine.status().position == (4, 1, 0)
    again, before = notes(outputs, 3 * BAR), notes(first)
    assert [n for n in again if n[0] < 2 * BAR] == [n for n in before if n[0] < 2 * BAR]
    engine.handle(command("locate", 2, 2.5), engine.tick)
    assert engine.status().position == (2, 2, 240)


def test_a_count_in_clicks_before_the_music() -> None:
    engine, plain = rolling(), Engine([PRESET], 5, {"count_in": 2})
    plain.handle(command("play"), 0)
    assert plain.status().count_in == 8
    assert plain.status().position[0] == -1
    outputs = plain.advance(6 * BAR)
    clicks = [note for note in notes(outputs) if note[0] < 2 * BAR]
    assert [note[0] for note in clicks] == list(range(0, 2 * BAR, BEAT))
    assert [note[2] for note in clicks] == [76, 77, 77, 77] * 2
    assert notes(outputs, 2 * BAR)[8:] == notes(engine.advance(4 * BAR))
    assert plain.status().count_in == 0


def test_a_count_in_that_is_stopped_leaves_the_place_as_it_was() -> None:
    engine = Engine([PRESET], 5, {"count_in": 1}, bars=2)
    for _ in range(3):
        engine.handle(command("play"), engine.tick)
        engine.advance(engine.tick + 700)
        engine.handle(command("stop"), engine.tick)
    assert engine.status().position == (1, 1, 0)
    engine.handle(command("play"), engine.tick)
    receiver = Receiver()
    receiver.take(engine.advance(10 * BAR))
    assert engine.ended
    assert engine.tick == 3 * 700 + 3 * BAR


def test_start_begins_again_at_the_first_bar() -> None:
    engine = rolling()
    first = notes(engine.advance(2 * BAR))
    engine.handle(command("stop"), engine.tick)
    engine.handle(command("start"), engine.tick)
    assert [n for n in notes(engine.advance(4 * BAR), 2 * BAR) if n[0] < BAR] == [n for n in first if n[0] < BAR]


def test_a_ramp_is_a_stair_that_arrives() -> None:
    engine = rolling()
    engine.advance(BAR)
    engine.handle(command("ramp", 160, 2), engine.tick)
    assert engine.status().tempo_to == 160
    found = tempi(engine.advance(4 * BAR))
    assert found[-1] == TempoChange(3 * BAR, 160.0)
    assert all(a.bpm < b.bpm and b.tick - a.tick == STAIR for a, b in pairwise(found))
    assert (engine.tempo_bpm, engine.controls.tempo, engine.status().tempo_to) == (160, 160, 0)


def test_a_hand_on_the_tempo_ends_a_ramp() -> None:
    engine = rolling()
    engine.handle(command("ramp", 160, 8), 0)
    engine.advance(BAR)
    engine.handle(Set("tempo", 90), engine.tick)
    assert tempi(engine.advance(9 * BAR)) == [TempoChange(BAR, 90.0)]


def test_a_nudge_lasts_a_beat_and_stays_in_range() -> None:
    engine = rolling(tempo=290)
    engine.advance(BAR)
    engine.handle(command("nudge", 10), engine.tick)
    assert tempi(engine.advance(2 * BAR)) == [TempoChange(BAR, 300.0), TempoChange(BAR + BEAT, 290.0)]
    assert engine.controls.tempo == 290
    pace = Pace(100)
    pace.nudge(0, -5, 10)
    assert (pace.sounding, pace.next_tick()) == (95, 10)


def test_panic_silences_every_channel_and_the_walk_goes_on() -> None:
    engine, receiver = rolling(), Receiver()
    receiver.take(engine.advance(2 * BAR - 100))
    engine.handle(command("panic"), engine.tick)
    outputs = engine.advance(engine.tick)
    receiver.take(outputs)
    assert not receiver.sounding
    sent = {(o.channel, o.data1) for o in outputs if isinstance(o, Event) and o.kind == CONTROL_CHANGE}
    assert sent == {(channel, number) for channel in range(16) for number in (ALL_SOUND_OFF, ALL_NOTES_OFF)}
    assert notes(engine.advance(3 * BAR))


def test_bars_in_another_metre() -> None:
    engine = Engine([WALTZ], 1, bars=2)
    engine.handle(command("play"), 0)
    engine.advance(10**6)
    assert (engine.tick, engine.ended) == (6 * BEAT, True)


def test_what_was_heard_in_another_preset_does_not_walk_along_to_a_place() -> None:
    """Found by scripts/fuzz: the last advice named segments that the smaller preset does not have."""
    heard, deaf = Engine([tiny_preset(pieces=12, bars=16)], 5, {"follow": 1.0}), Engine([WALTZ], 5)
    heard.handle(command("play"), 0)
    for beat in range(16):
        heard.handle(Heard((0x90, 60 + beat % 5, 90)), beat * BEAT + 10)
        heard.advance((beat + 1) * BEAT)
    heard.handle(command("stop"), heard.tick)
    heard.handle(LoadPreset(WALTZ), heard.tick)
    for engine in (heard, deaf):
        engine.advance(engine.tick)
        engine.handle(command("locate", 9, 1), engine.tick)
    assert list(heard.parts[0].trail) == list(deaf.parts[0].trail)
