"""Whoever sounds a note owns it until it is released, once."""

from hypothesis import given, settings
from hypothesis import strategies as st

from instrument.live.scheduler import Scheduler
from instrument.notes import NOTE_OFF, NOTE_ON, Event, Output, TempoChange, control_change, program_change
from tests.live.checks import Receiver

ticks = st.integers(0, 400)
notes = st.tuples(ticks, st.integers(-5, 200), st.integers(0, 2), st.integers(58, 62), st.integers(1, 127))


def kinds(outputs: list[Output]) -> list[int]:
    return [0 if isinstance(output, TempoChange) else output.kind for output in outputs]


def test_order_within_a_tick() -> None:
    scheduler = Scheduler()
    scheduler.note(0, 10, 0, 60, 100)
    scheduler.note(10, 20, 0, 60, 90)
    scheduler.put(program_change(10, 0, 5))
    scheduler.put(TempoChange(10, 90.0))
    scheduler.note(10, 20, 1, 64, 90)
    scheduler.note(0, 50, 1, 64, 100)
    assert kinds(scheduler.pop(0)) == [NOTE_ON, NOTE_ON]
    assert kinds(scheduler.pop(10)) == [0, NOTE_OFF, NOTE_OFF, 0xC0, NOTE_ON, NOTE_ON]
    assert kinds(scheduler.pop(100)) == [NOTE_OFF, NOTE_OFF]
    assert scheduler.next_tick() is None


def test_two_voices_on_one_pitch_are_one_note() -> None:
    scheduler = Scheduler()
    scheduler.note(0, 10, 0, 60, 50)
    scheduler.note(0, 30, 0, 60, 80)
    assert scheduler.pop(0) == [Event(0, NOTE_ON, 60, 80)]
    assert scheduler.pop(29) == []
    assert len(scheduler.pop(30)) == 1


def test_parts_on_one_port_share_a_pitch_and_on_two_do_not() -> None:
    for ports, released in (({}, 1), ({1: 1}, 0)):
        scheduler = Scheduler()
        scheduler.ports = ports
        scheduler.note(0, 100, 0, 60, 50, part=0)
        scheduler.note(10, 50, 0, 60, 50, part=1)
        assert kinds([*scheduler.pop(0), *scheduler.pop(10)]).count(NOTE_OFF) == released


def test_a_cut_at_the_tick_of_a_note_that_has_begun_releases_it() -> None:
    scheduler = Scheduler()
    scheduler.note(5, 50, 0, 60, 100)
    assert kinds(scheduler.pop(5)) == [NOTE_ON]
    scheduler.cut(0, 5)
    assert kinds(scheduler.pop(6)) == [NOTE_OFF]


def test_polyphony_takes_the_oldest_and_the_inner_away() -> None:
    scheduler = Scheduler()
    scheduler.polyphony[0] = 2
    for tick, pitch in ((0, 60), (1, 62), (2, 64)):
        scheduler.note(tick, 100, 0, pitch, 80)
        scheduler.pop(tick)
    assert {pitch for _, pitch in scheduler.sounding(0)} == {62, 64}
    for pitch in (40, 50, 55, 70):
        scheduler.note(10, 100, 0, pitch, 80)
    scheduler.pop(10)
    assert {pitch for _, pitch in scheduler.sounding(0)} == {40, 70}


@settings(max_examples=100)
@given(st.data())
def test_whatever_is_asked_every_note_is_released_once(data: st.DataObject) -> None:
    scheduler, receiver, now = Scheduler(), Receiver(), 0
    for _ in range(data.draw(st.integers(1, 40))):
        match data.draw(st.sampled_from(["note", "note", "wait", "cut", "tie", "release", "control"])):
            case "note":
                after, length, channel, pitch, velocity = data.draw(notes)
                scheduler.note(now + after - 20, now + after + length, channel, pitch, velocity, after % 2)
            case "wait":
                now += data.draw(ticks)
                receiver.take(scheduler.pop(now))
            case "cut":
                scheduler.cut(data.draw(st.integers(0, 1)), now + data.draw(st.integers(-5, 50)))
            case "tie":
                _, _, channel, pitch, _ = data.draw(notes)
                if found := scheduler.find(0, channel, pitch, now):
                    scheduler.move_off(found, now + data.draw(st.integers(-5, 100)))
            case "release":
                receiver.take(scheduler.release(now))
                assert not receiver.sounding
            case "control":
                scheduler.put(control_change(now, 0, 7, 100))
        playing = {key for part in (0, 1) for key in scheduler.sounding(part)}
        assert playing == receiver.sounding
    receiver.take(scheduler.pop(now + 10_000))  # what is late begins here, and lasts a tick
    receiver.take(scheduler.pop(now + 10_001))
    assert not receiver.sounding
    assert scheduler.next_tick() is None
