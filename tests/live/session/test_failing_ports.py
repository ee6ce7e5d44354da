"""Ports that raise, or are slow: the clock goes on, every note that began has its end, and the performer is told."""

import random
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.live.session.delivery import Delivery
from instrument.live.session.outbox import LATE_NS
from instrument.messages import Health, command
from instrument.notes import note_off, note_on, program_change
from tests.live.session.fakes import ListEngine, Memory, scale, sounding
from tests.live.session.test_clock import Stage


class Moody(Memory):
    """Raises while `broken`."""

    broken = False
    failures = 0

    def send(self, data: tuple[int, ...], due_ns: int) -> None:
        if self.broken:
            self.failures += 1
            raise OSError(5, "Input/output error")
        super().send(data, due_ns)


def at(ns: int) -> Callable[[], int]:
    """A clock that stands."""
    return lambda: ns


def test_the_end_of_a_note_is_owed_until_the_port_takes_it() -> None:
    port = Moody()
    delivery = Delivery(port)
    delivery.put(note_on(0, 3, 60, 90), 0)
    delivery.hand_over(lambda: 0)
    port.broken = True
    delivery.put(note_off(1, 3, 60), 1)
    delivery.put(note_on(1, 3, 60, 90), 1)  # would be cut by the end that is owed
    delivery.put(note_on(1, 3, 64, 90), 1)
    for now in range(1, 9):
        delivery.hand_over(at(now))
    port.broken = False
    delivery.hand_over(lambda: 10)
    assert port.sent == [(0x93, 60, 90), (0x83, 60, 64)]
    delivery.put(note_off(2, 3, 64), 11)
    delivery.put(note_on(2, 3, 60, 80), 11)
    delivery.hand_over(lambda: 11)
    assert port.sent[2:] == [(0x83, 64, 64), (0x93, 60, 80)]
    assert len(delivery.complaints) == 2
    assert "Input/output error" in delivery.complaints[0]
    assert delivery.complaints[1] == "the output works again; 1 messages were lost"
    assert delivery.health(Health()).dropped == 1


def test_a_clock_s_port_that_fails_does_not_touch_the_notes() -> None:
    notes, clock = Memory(), Moody()
    clock.broken = True
    delivery = Delivery(notes, clock)
    for index in range(5):
        delivery.put_clock((0xF8,), index)
        delivery.put(note_on(index, 0, 60 + index, 90), index)
    delivery.hand_over(lambda: 9)
    assert len(notes.sent) == 5
    assert len(delivery.complaints) == 1
    assert "output for the clock fails" in delivery.complaints[0]


@given(st.data())
def test_whenever_it_fails_nothing_is_left_sounding(data: Any) -> None:
    port = Moody()
    delivery = Delivery(port)
    for now in range(data.draw(st.integers(1, 40))):
        port.broken = data.draw(st.booleans())
        kind, pitch = data.draw(st.sampled_from([note_on, note_off, program_change])), data.draw(st.integers(60, 63))
        delivery.put(kind(now, 0, pitch, 9) if kind is not program_change else program_change(now, 0, pitch), now)
        delivery.hand_over(at(now))
        if data.draw(st.integers(0, 9)) == 0:
            delivery.take_back()
    port.broken = False
    delivery.release(99)
    assert not sounding(port.sent)


def test_a_session_outlives_a_port_that_always_raises() -> None:
    port = Moody()
    port.broken = True
    stage = Stage(ListEngine(scale(40, step=20)), port)
    stage.post(command("play"))
    stage.session.run()
    assert len(stage.played) == 80
    assert port.failures >= 40
    assert len(stage.alerts) == 1


def test_a_slow_port_makes_notes_fall_away_but_never_an_end() -> None:
    """Each send takes as long as three notes: what is too late is dropped and counted; the beat is kept."""

    class Slow(Memory):
        def send(self, data: tuple[int, ...], due_ns: int) -> None:
            time.sleep(0.02)
            super().send(data, due_ns)

    events = scale(120, step=4)  # of 5 ms a note at 100 BPM: .6 s of music, 4.8 s of sending
    stage = Stage(ListEngine(events, tempo_bpm=100.0), Slow())
    stage.post(command("play"))
    began = time.perf_counter()
    stage.session.run()
    took_s = time.perf_counter() - began
    assert not sounding(stage.port.sent)
    assert stage.statuses[-1].health.dropped > 60
    assert len(stage.port.sent) < 120
    assert took_s < 4.8, "it waited for the port"


@pytest.mark.parametrize("seed", range(3))
def test_a_port_that_raises_now_and_then_in_a_session(seed: int) -> None:
    class Flaky(Moody):
        dice = random.Random(seed)

        def send(self, data: tuple[int, ...], due_ns: int) -> None:
            self.broken = self.dice.random() < 0.3
            super().send(data, due_ns)

    stage = Stage(ListEngine(scale(50, step=10)), port := Flaky())
    stage.post(command("play"))
    stage.session.run()
    assert port.failures > 5
    for _ in range(50):  # the last end may be owed: whoever holds the port pays it as soon as that works
        stage.session._delivery.hand_over(lambda: LATE_NS)
    assert not sounding(port.sent)
