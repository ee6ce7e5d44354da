"""What each word to the scheduler does to a note that waits, and to one that sounds."""

import pytest

from instrument.live.scheduler import Scheduler
from instrument.notes import NOTE_OFF, NOTE_ON, Event, Output, TempoChange, control_change, note_off, note_on


def pitches(outputs: list[Output], kind: int) -> list[int]:
    return [output.data1 for output in outputs if isinstance(output, Event) and output.kind == kind]


def sounding(*notes: tuple[int, int, int, int], part: int = 0) -> Scheduler:
    """A scheduler at tick 0 with (onset, off, channel, pitch) taken in; what begins at 0 sounds."""
    scheduler = Scheduler()
    for onset, off, channel, pitch in notes:
        scheduler.note(onset, off, channel, pitch, 80, part)
    scheduler.pop(0)
    return scheduler


def test_a_note_goes_out_and_ends_as_it_was_given() -> None:
    scheduler = Scheduler()
    scheduler.note(5, 9, 3, 61, 77, part=2)
    assert (scheduler.next_tick(), scheduler.pop(4), scheduler.sounding(2)) == (5, [], ())
    assert scheduler.pop(5) == [note_on(5, 3, 61, 77, 2)]
    assert (scheduler.next_tick(), scheduler.pop(8), scheduler.sounding(2)) == (9, [], ((3, 61),))
    assert scheduler.pop(9) == [note_off(9, 3, 61, 2)]
    assert (scheduler.next_tick(), scheduler.sounding(2)) == (None, ())


def test_a_note_lasts_a_tick_at_the_least_however_late_it_is() -> None:
    scheduler = Scheduler()
    scheduler.note(5, 5, 0, 60, 80)
    scheduler.note(1, 3, 0, 62, 80)
    assert scheduler.pop(5) == [note_on(5, 0, 62, 80), note_on(5, 0, 60, 80)]
    assert scheduler.next_tick() == 6
    assert scheduler.pop(6) == [note_off(6, 0, 62), note_off(6, 0, 60)]


def test_what_is_late_is_sent_as_of_now_in_the_order_of_its_ticks_then_of_arrival() -> None:
    scheduler = Scheduler()
    scheduler.put(control_change(7, 0, 7, 1))
    scheduler.put(control_change(7, 0, 7, 2))
    scheduler.put(control_change(3, 0, 7, 3))
    scheduler.put(TempoChange(6, 90.0))
    assert scheduler.next_tick() == 3
    assert scheduler.pop(9) == [TempoChange(9, 90.0), *(control_change(9, 0, 7, value) for value in (3, 1, 2))]


def test_a_pitch_that_is_struck_again_is_released_first_and_ends_once() -> None:
    scheduler = sounding((0, 20, 0, 60))
    scheduler.note(10, 30, 0, 60, 90)
    assert scheduler.pop(10) == [note_off(10, 0, 60), note_on(10, 0, 60, 90)]
    assert scheduler.pop(20) == []
    assert scheduler.pop(30) == [note_off(30, 0, 60)]


@pytest.mark.parametrize("first", [0, 1])
def test_one_note_for_two_is_as_long_and_as_loud_as_the_most(first: int) -> None:
    scheduler = Scheduler()
    voices = [(10, 90), (30, 40)]
    for off, velocity in (voices[first], voices[1 - first]):
        scheduler.note(0, off, 0, 60, velocity)
    assert scheduler.pop(0) == [note_on(0, 0, 60, 90)]
    assert scheduler.find(0, 0, 60, 29) is not None
    assert (scheduler.pop(29), scheduler.pop(30)) == ([], [note_off(30, 0, 60)])
    assert scheduler.find(0, 0, 60, 10) is None


def test_a_note_is_found_while_it_lasts_by_part_channel_and_pitch() -> None:
    scheduler = sounding((0, 100, 1, 60), (50, 80, 1, 64), part=1)
    found = [tick for tick in range(-1, 102) if scheduler.find(1, 1, 60, tick)]
    assert found == list(range(1, 100))
    assert scheduler.find(1, 1, 64, 60) is not None  # it waits
    assert [scheduler.find(*asked, 60) for asked in ((0, 1, 60), (1, 0, 60), (1, 1, 61))] == [None] * 3
    scheduler.pop(100)
    assert scheduler.find(1, 1, 60, 60) is None


@pytest.mark.parametrize(("off", "ends"), [(150, 150), (40, 40), (-5, 31)])
def test_a_tie_or_a_cut_moves_the_end_of_a_note_that_sounds(off: int, ends: int) -> None:
    scheduler = sounding((0, 100, 0, 60))
    scheduler.pop(30)
    note = scheduler.find(0, 0, 60, 30)
    assert note is not None
    scheduler.move_off(note, off)
    assert scheduler.pop(max(31, ends) - 1) == [] or off < 0
    left = scheduler.pop(200)
    assert pitches(left, NOTE_OFF) == ([60] if off > 0 else [])
    assert scheduler.next_tick() is None


def test_a_note_that_waits_is_moved_without_being_sent_early() -> None:
    scheduler = sounding((50, 100, 0, 60))
    note = scheduler.find(0, 0, 60, 60)
    assert note is not None
    for off, ends in ((70, 70), (20, 51)):
        scheduler.move_off(note, off)
        assert note.off == ends
    assert scheduler.next_tick() == 50
    assert scheduler.pop(50) == [note_on(50, 0, 60, 80)]
    assert scheduler.pop(51) == [note_off(51, 0, 60)]


def test_an_end_that_is_moved_on_is_not_due_where_it_was() -> None:
    scheduler = sounding((0, 100, 0, 60))
    note = scheduler.find(0, 0, 60, 30)
    assert note is not None
    scheduler.move_off(note, 150)
    assert scheduler.next_tick() == 150
    scheduler.move_off(note, 100)
    scheduler.move_off(note, 100)
    assert scheduler.pop(100) == [note_off(100, 0, 60)]


def test_a_cut_ends_what_goes_beyond_it_and_drops_what_begins_there() -> None:
    scheduler = sounding((0, 100, 0, 60), (0, 40, 0, 62), (30, 80, 0, 64), (50, 90, 0, 65), (60, 90, 0, 67))
    scheduler.note(0, 100, 0, 72, 80, part=1)
    scheduler.pop(0)
    scheduler.cut(0, 50)
    assert pitches(scheduler.pop(49), NOTE_OFF) == [62]
    outputs = scheduler.pop(50)
    assert sorted(pitches(outputs, NOTE_OFF)) == [60, 64]
    assert pitches(outputs, NOTE_ON) == []
    assert scheduler.sounding(1) == ((0, 72),)
    assert scheduler.pop(99) == []


def test_a_cut_spares_what_is_to_be_kept_and_what_ends_there() -> None:
    scheduler = sounding((0, 100, 0, 60), (0, 50, 0, 62), (0, 100, 0, 64))
    kept = scheduler.find(0, 0, 60, 10)
    assert kept is not None
    scheduler.cut(0, 50, [kept])
    assert pitches(scheduler.pop(50), NOTE_OFF) == [62, 64]
    assert scheduler.pop(100) == [note_off(100, 0, 60)]


def test_to_release_is_to_end_what_sounds_and_forget_what_waits_of_those_that_are_meant() -> None:
    scheduler = sounding((0, 100, 0, 60), (0, 100, 1, 64), (50, 90, 0, 65), (50, 90, 1, 67), part=3)
    assert scheduler.release(20, lambda note: note.channel == 0) == [note_off(20, 0, 60, 3)]
    assert scheduler.sounding(3) == ((1, 64),)
    assert pitches(scheduler.pop(60), NOTE_ON) == [67]
    assert pitches(scheduler.release(60), NOTE_OFF) == [64, 67]
    assert scheduler.next_tick() is None


def test_each_part_has_its_own_bound_and_others_none() -> None:
    scheduler = Scheduler()
    scheduler.polyphony[1] = 1
    for part in (0, 1):
        for pitch in (60, 64, 67):
            scheduler.note(0, 100, part, pitch, 80, part)
    scheduler.pop(0)
    assert len(scheduler.sounding(0)) == 3
    assert len(scheduler.sounding(1)) == 1


def test_two_parts_make_room_at_one_tick() -> None:
    scheduler = Scheduler()
    scheduler.polyphony = {0: 1, 1: 1}
    for onset, pitch in ((0, 60), (10, 64)):
        for part in (0, 1):
            scheduler.note(onset, 100, part, pitch, 80, part)
        outputs = scheduler.pop(onset)
    assert pitches(outputs, NOTE_OFF) == [60, 60]


def test_the_oldest_makes_room_however_its_end_was_moved_and_a_note_that_ends_counts_no_more() -> None:
    scheduler = Scheduler()
    scheduler.polyphony[0] = 2
    for onset, off, pitch in ((0, 100, 60), (1, 10, 70), (10, 100, 65)):
        scheduler.note(onset, off, 0, pitch, 80)
    scheduler.pop(0)
    scheduler.pop(1)
    assert scheduler.pop(10) == [note_off(10, 0, 70), note_on(10, 0, 65, 80)]
    scheduler.note(20, 100, 0, 72, 80)
    assert scheduler.pop(20) == [note_off(20, 0, 60), note_on(20, 0, 72, 80)]


@pytest.mark.parametrize(
    ("struck", "left"), [((40, 58, 70), {40, 70}), ((40, 52, 70), {40, 70}), ((40, 70), {40, 70})]
)
def test_of_a_chord_too_large_the_outer_notes_sound(struck: tuple[int, ...], left: set[int]) -> None:
    scheduler = Scheduler()
    scheduler.polyphony[0] = 2
    for pitch in struck:
        scheduler.note(0, 100, 0, pitch, 80)
    assert set(pitches(scheduler.pop(0), NOTE_ON)) == left
    assert {pitch for _, pitch in scheduler.sounding(0)} == left
    assert len(scheduler.pop(200)) == 2


def test_of_two_ports_each_pitch_is_owned_apart_and_released_apart() -> None:
    scheduler = Scheduler()
    scheduler.ports = {1: 1}
    for part in (0, 1):
        scheduler.note(0, 50 + part, 0, 60, 80, part)
    assert scheduler.pop(0) == [note_on(0, 0, 60, 80, part) for part in (0, 1)]
    assert scheduler.pop(50) == [note_off(50, 0, 60, 0)]
    assert scheduler.pop(51) == [note_off(51, 0, 60, 1)]
