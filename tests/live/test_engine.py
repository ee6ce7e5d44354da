"""The engine as a whole: determinism, hours of music, faults."""

from typing import Any

import pytest

from instrument.controls import ControlError
from instrument.live.engine import Engine
from instrument.live.grid import DECIDE_EARLY_TICKS
from instrument.live.render import render
from instrument.live.scheduler import Scheduler
from instrument.live.seam import join
from instrument.live.shape import Sounding
from instrument.messages import Set, command
from instrument.notes import NOTE_OFF, NOTE_ON, PROGRAM_CHANGE, Event, Output, TempoChange
from tests.live.checks import Receiver
from tests.support import tiny_preset

BEAT, BAR = 480, 1920
PRESET = tiny_preset()


def test_same_preset_seed_and_messages_give_the_same_outputs_however_it_is_asked() -> None:
    def perform(stride: int) -> list[Output]:
        engine, outputs = Engine([PRESET], 11), []
        engine.handle(command("play"), 0)
        for tick in range(0, 16 * BAR + 1, stride):
            outputs += engine.advance(tick)
            if tick == 4 * BAR:
                engine.handle(Set("step", 0.9), tick)
            if tick == 8 * BAR:
                engine.handle(command("freeze", 1), tick)
        return outputs

    assert perform(BEAT) == perform(96) == perform(BAR)
    assert perform(BAR) != render(Engine([PRESET], 12), 16 * BAR)


def test_it_begins_with_tempo_and_sounds_and_the_first_notes() -> None:
    engine = Engine([PRESET], 1, {"tempo": 77})
    engine.handle(command("play"), 0)
    outputs = engine.advance(0)
    assert outputs[0] == TempoChange(0, 77.0)
    programs = [o for o in outputs if isinstance(o, Event) and o.kind == PROGRAM_CHANGE]
    assert [(o.channel, o.data1) for o in programs] == [(0, 73), (1, 71), (2, 68), (3, 42)]
    assert all(isinstance(o, Event) and o.kind == NOTE_ON for o in outputs[5:])
    assert len(outputs) > 5


def test_drums_speak_on_channel_ten() -> None:
    engine = Engine([tiny_preset(drums=[2])], 1)
    assert [voice.channel for voice in engine.parts[0].hand.voices] == [0, 1, 9, 2]


def test_hours_of_music_without_a_hung_note() -> None:
    engine = Engine([PRESET], 3, bars=1500)  # an hour at 100 BPM
    receiver = Receiver()
    receiver.take(render(engine, 10**9))
    assert not receiver.sounding
    assert receiver.notes > 10_000
    assert (engine.ended, engine.tick) == (True, 1500 * BAR)
    engine.handle(command("play"), engine.tick)
    assert not engine.playing


@pytest.mark.parametrize(
    ("bpm", "humanise", "early"),
    [
        (120, 0, 8),
        (120, 0.5, 18),
        (120, 1, DECIDE_EARLY_TICKS),
        (300, 0, 19),
        (300, 1, DECIDE_EARLY_TICKS),
        (20, 0, 1),
    ],
)
def test_a_step_is_decided_a_little_early(bpm: float, humanise: float, early: int) -> None:
    """8 ms before its first note, which an unsteady hand brings forward: so a knob is heard a step later at most."""
    engine = Engine([PRESET], 3, {"tempo": bpm, "humanise": humanise})
    engine.handle(command("play"), 0)
    engine.advance(BAR - early - 1)
    assert len(engine.parts[0].trail) == 4
    engine.advance(BAR - early)
    assert len(engine.parts[0].trail) == 5


def test_a_fault_in_a_step_releases_all_is_told_and_the_walk_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    engine, receiver = Engine([PRESET], 3), Receiver()
    engine.handle(command("play"), 0)
    receiver.take(engine.advance(2 * BAR - 100))
    walk = engine.parts[0].material.walk
    good = engine.parts[0].state

    def fail(*args: Any) -> None:
        raise ZeroDivisionError("planned")

    with monkeypatch.context() as patch:
        patch.setattr(walk, "step", fail)
        receiver.take(engine.advance(2 * BAR))
        assert not receiver.sounding
        assert "part 1 stumbled (ZeroDivisionError: planned)" in engine.status().alerts[-1]
        assert engine.parts[0].state is good
    before = receiver.notes
    receiver.take(engine.advance(4 * BAR))
    assert receiver.notes > before
    engine.advance(20 * BAR)
    assert engine.status().alerts == ()


def test_a_message_takes_effect_after_all_that_was_due() -> None:
    engine = Engine([PRESET], 3)
    engine.handle(command("play"), 0)
    engine.handle(command("stop"), 2 * BAR)
    outputs = engine.advance(0)
    assert max(output.tick for output in outputs) == engine.tick == 2 * BAR
    engine.handle(Set("step", 0.5), 17)  # in the past: taken now
    assert engine.tick == 2 * BAR


def test_what_is_wrong_raises_and_changes_nothing() -> None:
    engine = Engine([PRESET], 3)
    before = engine.status()
    for message in (Set("stepp", 1), Set("step", 7), Set("step", 0.1, 3)):
        with pytest.raises(ControlError):
            engine.handle(message, 0)
    with pytest.raises(ControlError):
        Engine([PRESET], 3, {"tempo": 1000})
    assert engine.status() == before


def test_polyphony_is_never_exceeded() -> None:
    engine, receiver = Engine([PRESET], 3, {"polyphony": 2, "gate": 2}), Receiver()
    engine.handle(command("play"), 0)
    for tick in range(0, 8 * BAR, 60):
        receiver.take(engine.advance(tick))
        assert len(receiver.sounding) <= 2
    assert receiver.notes > 20


def test_what_is_held_into_the_next_step_is_not_struck_again() -> None:
    engine = Engine([tiny_preset(pieces=1, bars=16)], 3, {"step": 0})
    engine.handle(command("play"), 0)
    outputs = engine.advance(16 * BAR - 100)
    struck = [o for o in outputs if isinstance(o, Event) and o.kind == NOTE_ON]
    material = engine.parts[0].material
    written = sum(note.onset >= 0 for segment in engine.parts[0].trail for note in material.notes(segment))
    assert len(struck) == written


def test_over_a_seam_the_same_pitch_is_tied_and_the_rest_is_cut_or_struck() -> None:
    scheduler = Scheduler()
    scheduler.note(0, 960, 0, 60, 80)
    scheduler.note(0, 960, 1, 55, 80)
    scheduler.pop(0)
    held = [Sounding(-480, 240, 0, 60, 80, True), Sounding(-480, 480, 1, 57, 70, True)]
    join(scheduler, 0, 480, [*held, Sounding(0, 480, 2, 72, 90, False)], True, 0)
    at_seam = [(o.kind, o.data1) for o in scheduler.pop(480) if isinstance(o, Event)]
    assert at_seam == [(NOTE_OFF, 55), (NOTE_ON, 57), (NOTE_ON, 72)]
    assert [(o.tick, o.data1) for o in scheduler.pop(720) if isinstance(o, Event)] == [(720, 60)]
