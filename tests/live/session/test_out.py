"""What leaves: clock pulses, offsets, leads, and what is taken back."""

import pytest

from instrument.live.session.clockout import CONTINUE, POSITION, PULSE, START, STOP, ClockOut
from instrument.live.session.delivery import PREPARE_NS, Delivery
from instrument.live.session.outbox import LATE_NS
from instrument.live.session.tap import Tap
from instrument.live.session.timeline import Timeline
from instrument.messages import Health
from instrument.notes import TempoChange, note_off, note_on, program_change
from tests.live.session.fakes import ListEngine, Memory, sounding

MS = 1_000_000


class Placing(Memory):
    """A port that wants messages 20 ms early and gives back what it has not placed."""

    name = "placing"
    lead_ns = 20 * MS

    def take_back(self) -> list[tuple[int, ...]]:
        taken, self.sent = self.sent, []
        return taken


def test_pulses_begin_where_the_position_says() -> None:
    out = ClockOut()
    assert out.next_tick() is None
    assert out.start(0, 0) == [(START,)]
    assert out.pulses(59) == [0, 20, 40]
    assert out.next_tick() == 60
    assert out.stop() == [(STOP,)]
    assert out.stop() == []
    assert out.pulses(10**6) == []
    # tick 1000 of a song that begins at 400 is its fifth sixteenth
    assert out.start(1000, 400) == [(POSITION, 5, 0), (CONTINUE,)]
    assert out.pulses(1020) == [1000, 1020]
    assert out.start(1001, 400) == [(POSITION, 6, 0), (CONTINUE,)]
    assert out.next_tick() == 1120
    assert out.start(130 * 120, 0) == [(POSITION, 2, 1), (CONTINUE,)]


def test_offsets_shift_each_port_by_itself() -> None:
    notes, clock = Memory(), Memory()
    delivery = Delivery(notes, clock)
    delivery.settings(30 * MS, -10 * MS, 20 * MS)
    assert delivery.ahead_ns == 10 * MS + PREPARE_NS
    delivery.put(note_on(0, 0, 60, 90), 100 * MS)
    delivery.put_clock((0xF8,), 100 * MS)
    delivery.hand_over(lambda: 89 * MS)
    assert (notes.sent, clock.sent) == ([], [])
    assert delivery.next_ns() == 90 * MS
    delivery.hand_over(lambda: 90 * MS)
    assert (notes.sent, clock.sent) == ([], [(0xF8,)])
    delivery.hand_over(lambda: 130 * MS)
    assert notes.sent == [(0x90, 60, 90)]


def test_a_pulse_does_not_wait_for_the_chord_on_its_beat() -> None:
    port = Memory()
    delivery = Delivery(port)
    delivery.put(note_off(0, 0, 55), 5 * MS)
    for pitch in (60, 64, 67):
        delivery.put(note_on(0, 0, pitch, 90), 10 * MS)
    delivery.put_clock((0xF8,), 10 * MS)
    delivery.put_clock((STOP,), 10 * MS)
    delivery.hand_over(lambda: 10 * MS)
    assert port.sent == [(0xF8,), (STOP,), (0x90, 60, 90), (0x90, 64, 90), (0x90, 67, 90)]


def test_a_placing_port_gets_notes_early_and_none_too_late() -> None:
    port = Placing()
    delivery = Delivery(port)
    assert delivery.ahead_ns == 20 * MS
    delivery.put(note_on(0, 0, 60, 90), 100 * MS)
    delivery.put(note_on(0, 0, 64, 90), 100 * MS)
    delivery.put(note_off(1, 0, 60), 120 * MS)
    delivery.hand_over(lambda: 79 * MS)
    assert port.sent == []
    delivery.hand_over(lambda: 80 * MS)
    assert len(port.sent) == 2
    delivery.put(note_on(2, 0, 67, 90), 0)
    delivery.hand_over(lambda: LATE_NS + 1)
    assert (0x90, 67, 90) not in port.sent
    assert delivery.health(Health()).dropped == 1


def test_what_is_taken_back_leaves_nothing_sounding() -> None:
    """A note_off recalled from the port was booked already: the note sounds, and must still end."""
    port = Placing()
    delivery = Delivery(port)
    delivery.put(note_on(0, 2, 60, 90), 0)
    delivery.hand_over(lambda: 0)
    heard, port.sent = port.sent, []  # the port has placed it
    delivery.put(note_off(1, 2, 60), 30 * MS)
    delivery.put(note_on(1, 2, 62, 90), 30 * MS)
    delivery.put(program_change(1, 2, 5), 30 * MS)
    delivery.put(note_on(5, 2, 64, 90), 90 * MS)
    delivery.hand_over(lambda: 15 * MS)
    delivery.take_back()
    assert not sounding(heard + port.sent)
    assert not [data for data in port.sent if data[0] & 0xF0 == 0x90]
    assert (0xC2, 5) in port.sent
    assert delivery.next_ns() is None


def test_a_note_recalled_before_it_was_sent_gets_no_end_of_its_own() -> None:
    """It was decided, not sent: an end without a beginning would make the receiver's count wrong."""
    port = Memory()
    delivery = Delivery(port)
    delivery.put(note_on(0, 2, 60, 90), 0)
    delivery.hand_over(lambda: 0)
    delivery.put(note_on(1, 2, 62, 90), PREPARE_NS)
    delivery.put(note_off(1, 2, 60), PREPARE_NS)
    delivery.take_back()
    assert port.sent == [(0x92, 60, 90), (0x82, 60, 64)]


def test_a_note_that_never_sounded_needs_no_end() -> None:
    port = Memory()
    delivery = Delivery(port)
    delivery.put(note_on(0, 0, 60, 90), 0)
    delivery.put(note_off(1, 0, 60), 1)
    delivery.hand_over(lambda: LATE_NS * 2)
    assert port.sent == []


def test_pulses_that_are_too_late_are_dropped() -> None:
    port = Memory()
    delivery = Delivery(port)
    for index in range(100):
        delivery.put_clock((0xF8,), index * 20 * MS)
    delivery.hand_over(lambda: 2000 * MS)
    assert len(port.sent) <= 3


@pytest.mark.parametrize(("gap_s", "bpm"), [(0.5, 120.0), (1.0, 60.0), (0.1, None), (4.0, None)])
def test_tapping(gap_s: float, bpm: float | None) -> None:
    tap = Tap()
    heard = [tap.tap(round(index * gap_s * 1e9) + 1) for index in range(12)]
    assert heard[0] is None
    assert heard[-1] == bpm


class Times(Delivery):
    """Keeps when pulses are due, in place of sending them."""

    def __init__(self) -> None:
        super().__init__(Memory())
        self.due: list[int] = []

    def put_clock(self, data: tuple[int, ...], due_ns: int) -> None:
        if data == (PULSE,):
            self.due.append(due_ns)


def test_an_hour_of_pulses_drifts_by_nothing() -> None:
    """Simulated at 131.7 BPM, the map anchored anew every second: each pulse within a microsecond of its place."""
    times, engine = Times(), ListEngine([note_on(10**9, 0, 60, 90)], tempo_bpm=131.7)
    engine.controls = engine.controls.set("clock_out", 1.0)
    time = Timeline(engine, times, lambda name: None, lambda message: None, lambda text: None)
    time.settings(engine.controls)
    engine.playing = True
    time.moved(False, 0)
    for now in range(0, 3600 * 10**9, 10**9):
        engine.tick = time.tick(now)
        time.place(TempoChange(engine.tick, 131.7), now)
        time.pulse(now)
    ideal_ns = 60e9 / 131.7 / 24
    assert len(times.due) > 131 * 24 * 60
    assert max(abs(due - times.due[0] - index * ideal_ns) for index, due in enumerate(times.due)) < 1000
