"""MIDI bytes in any state of repair: what they mean, and that nothing else does harm."""

from hypothesis import given
from hypothesis import strategies as st

from instrument.live.hearing import CROWD, FORGOTTEN_TICKS, Hearing, Released, Struck


def test_a_note_begins_and_ends_and_knows_since_when() -> None:
    hearing = Hearing()
    assert hearing.take((0x90, 60, 80), 100) == (Struck(100, 60, 80),)
    assert hearing.newest(150) == [60]
    assert hearing.take((0x80, 60, 0), 200) == (Released(200, 60, 100),)
    assert hearing.newest(200) == []


def test_velocity_nought_is_a_release_and_a_second_stroke_releases_the_first() -> None:
    hearing = Hearing()
    hearing.take((0x90, 60, 80), 0)
    assert hearing.take((0x90, 60, 70), 10) == (Released(10, 60, 0), Struck(10, 60, 70))
    assert hearing.take((0x90, 60, 0), 20) == (Released(20, 60, 10),)


def test_other_channels_are_not_heard() -> None:
    hearing = Hearing(channels=1 << 2)
    assert hearing.take((0x90, 60, 80), 0) == ()
    assert hearing.take((0x92, 60, 80), 0) == (Struck(0, 60, 80),)


def test_notes_that_are_never_released_are_forgotten() -> None:
    hearing = Hearing()
    hearing.take((0x90, 60, 80), 0)
    assert hearing.sounding(FORGOTTEN_TICKS - 1) == [60]
    assert hearing.sounding(FORGOTTEN_TICKS) == []


def test_all_notes_stuck_on_are_no_chord_of_128() -> None:
    hearing = Hearing()
    for pitch in range(128):
        hearing.take((0x90, pitch, 80), pitch)
    assert hearing.sounding(200) == list(range(128 - CROWD, 128))


def test_all_notes_off_lets_go() -> None:
    hearing = Hearing()
    hearing.take((0x90, 60, 80), 0)
    assert hearing.take((0xB0, 123, 0), 5) == (Released(5, 60, 0),)
    assert hearing.sounding(5) == []


def test_what_is_no_note_means_nothing() -> None:
    hearing = Hearing()
    noise = [
        (),
        (0xFE,),
        (0xF8,),
        (0xF0, 1, 2, 3, 0xF7),
        (0xF0, 60, 0xF7),
        (60, 80),
        (60, 80, 90),
        (0x90,),
        (0x90, 60),
    ]
    noise += [(0x90, 60, 200), (0x90, -1, 3), (0xB0, 64, 127), (0xE0, 0, 64), (0xC0, 5), (0xF2, 1, 2)]
    assert [hearing.take(data, 0) for data in noise] == [()] * len(noise)


@given(st.lists(st.tuples(st.lists(st.integers(-1, 300), max_size=5).map(tuple), st.integers(0, 5000)), max_size=40))
def test_any_bytes_at_all(messages: list[tuple[tuple[int, ...], int]]) -> None:
    hearing = Hearing()
    for data, tick in messages:
        for event in hearing.take(data, tick):
            assert 0 <= event.pitch <= 127
    assert len(hearing.held) <= CROWD
