import threading
import time
from typing import Any

import pytest

from instrument.live.session import clock
from instrument.live.session.clock import Edges, Session
from instrument.live.session.delivery import Delivery
from instrument.live.session.line import Source
from instrument.live.session.pipe import Inbox
from instrument.messages import Health, Status, command
from instrument.notes import Event, Output, note_off, note_on
from tests.live.session.fakes import ListEngine, Memory, scale, sounding


class Stage:
    """A session with everything that comes out of it."""

    def __init__(self, engine: ListEngine, port: Memory | None = None) -> None:
        self.engine, self.port, self.inbox = engine, port or Memory(), Inbox()
        self.statuses: list[Status] = []
        self.alerts: list[str] = []
        self.notes: list[tuple[Any, int]] = []
        self.source: Source | None = None
        self.played: list[Output] = []
        edges = Edges(
            delivery=Delivery(self.port),
            inbox=self.inbox,
            report=self.statuses.append,
            alert=self.alerts.append,
            intercept=lambda stamp, message, tick: False,
            note=lambda message, tick: self.notes.append((message, tick)),
            sources=lambda name: self.source,
            translate=lambda message: (message,),
            keep=self.played.append,
        )
        self.session = Session(engine, edges, Health(output="memory"))

    def post(self, message: Any) -> None:
        self.inbox.put((time.perf_counter_ns(), message))


def test_all_arrives_in_order_and_is_reported() -> None:
    events = scale(8)
    stage = Stage(ListEngine(events))
    stage.post(command("play"))
    stage.session.run()
    assert stage.port.sent == [event.data for event in events]
    assert stage.played == events
    health = stage.statuses[-1].health
    assert (health.sent, health.dropped) == (16, 0)
    assert health.late_max_us >= health.late_p99_us >= 0


def test_dense_music_does_not_keep_the_screen_waiting() -> None:
    stage = Stage(ListEngine(scale(480, step=6)))  # an event every 1.3 ms for 1.2 s: never time enough for a status
    stage.post(command("play"))
    stage.session.run()
    assert len(stage.statuses) > 3


def test_time_passes_between_ticks() -> None:
    stage = Stage(ListEngine([note_on(0, 0, 60, 90), note_off(480, 0, 60)], tempo_bpm=240.0))
    stage.post(command("play"))
    began = time.perf_counter()
    stage.session.run()
    assert time.perf_counter() - began >= 0.25


def test_quit_releases_what_sounds() -> None:
    stage = Stage(ListEngine([note_on(0, 3, 60, 90), note_on(1, 3, 64, 90), note_off(10**6, 3, 60)]))
    stage.post(command("play"))
    player = threading.Thread(target=stage.session.run)
    player.start()
    stage.port.queue.get(timeout=5)
    stage.port.queue.get(timeout=5)
    stage.post(command("quit"))
    player.join(5)
    assert not player.is_alive()
    assert not sounding(stage.port.sent)
    assert stage.port.sent[2:] == [(0x83, 60, 64), (0x83, 64, 64)]


def test_an_exception_releases_all_and_the_clock_goes_on() -> None:
    events: list[Event] = [note_on(0, 0, 60, 90), *scale(4)[2:]]
    stage = Stage(ListEngine(events, fault=30))
    stage.post(command("play"))
    stage.session.run()
    first = [(0x90, 60, 90), (0x80, 60, 64)] if stage.port.sent[0][1] == 60 else []  # none where the machine slept
    assert stage.port.sent == first + [event.data for event in events[1:]]
    assert "a step went wrong" in stage.alerts[0]


def test_a_session_that_only_stumbles_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(ListEngine(scale(4)))
    monkeypatch.setattr(stage.engine, "next_tick", lambda: 1 / 0)
    stage.session.run()
    assert len(stage.alerts) >= clock.FAULTS


def test_a_port_that_fails_does_not_keep_the_rest_from_ending() -> None:
    class Broken(Memory):
        def send(self, data: tuple[int, ...], due_ns: int) -> None:
            super().send(data, due_ns)
            if data == (0x80, 60, 64):
                raise OSError("unplugged")

    stage = Stage(ListEngine([note_on(0, 0, 60, 90), note_on(0, 0, 64, 90), note_off(60, 0, 60)]), Broken())
    stage.post(command("play"))
    stage.session.run()
    assert (0x80, 64, 64) in stage.port.sent


def test_late_notes_are_dropped_with_their_ends_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(ListEngine(scale(10)))  # one every 25 ms
    offset = [0]
    true_now = time.perf_counter_ns
    monkeypatch.setattr(clock, "now_ns", lambda: true_now() + offset[0])
    stage.post(command("play"))
    player = threading.Thread(target=stage.session.run)
    player.start()
    stage.port.queue.get(timeout=5)
    offset[0] = 10_000_000_000  # as if the process had been stopped for ten seconds
    player.join(5)
    assert not player.is_alive()
    assert not sounding(stage.port.sent)
    dropped = stage.statuses[-1].health.dropped
    assert dropped >= 8
    assert len(stage.port.sent) <= 2 * (10 - dropped)
