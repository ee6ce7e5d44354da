"""The session's clock: drives an engine by the wall clock and sends what falls due.

In: messages in one inbox, whose timed `get` is the sleep, so that a message wakes the clock at once. Out: MIDI bytes
to an output port at their time, statuses to a reporter. It sleeps to half a millisecond before a deadline and spins
the rest. Nothing here decides anything musical; here alone ticks become nanoseconds (`_ns`, of `perf_counter_ns`).
"""

import contextlib
import gc
import time
from collections.abc import Callable
from dataclasses import replace
from queue import Empty
from typing import Any, Protocol

from instrument.errors import UserError
from instrument.live.session.ledger import Lateness, Ledger
from instrument.live.session.pipe import Inbox
from instrument.live.session.realtime import still_garbage
from instrument.messages import Command, Health, Status, command
from instrument.notes import NOTE_ON, Event, Output
from instrument.tempo import TempoMap

SPIN_NS = 500_000  # measured: shorter leaves the tail of the system's wake-up, longer burns the core
LATE_NS = 50_000_000  # a note this late is dropped: better missing than bunched
LEAD_IN_NS = 10_000_000  # from "play" to the first tick: what the first steps take to be decided
REPORT_NS = 70_000_000  # between statuses: the screen draws 15 a second or fewer
SLACK_NS = 3_000_000  # housekeeping happens only when nothing falls due for so long
FAULTS = 10  # exceptions in a row that end the session

now_ns = time.perf_counter_ns


class Engine(Protocol):
    """What the clock asks of an engine; `live.engine.Engine` is the real one."""

    @property
    def tick(self) -> int:
        """Where it stands."""

    @property
    def playing(self) -> bool:
        """Whether the transport rolls."""

    @property
    def ended(self) -> bool:
        """Whether it came to its last bar."""

    @property
    def tempo_bpm(self) -> float:
        """Quarter notes a minute."""

    def handle(self, message: Any, tick: int) -> None:
        """Take in a message at `tick`."""

    def advance(self, until_tick: int) -> list[Output]:
        """All that falls due up to `until_tick`, in order."""

    def next_tick(self) -> int | None:
        """When something falls due next; None when nothing will."""

    def status(self) -> Status:
        """A picture for the screen."""


class Port(Protocol):
    """Where bytes go, with the time they are due."""

    def send(self, data: tuple[int, ...], due_ns: int) -> None:
        """Send one message, due at `due_ns`."""


class Session:
    """One performance. `report` takes a Status and must not wait; `alert` takes a line for the performer."""

    def __init__(
        self,
        engine: Engine,
        port: Port,
        inbox: Inbox,
        report: Callable[[Status], None],
        alert: Callable[[str], None],
        health: Health,
    ) -> None:
        self._engine, self._port, self._inbox = engine, port, inbox
        self._report, self._alert, self._health = report, alert, health
        self._map = TempoMap(engine.tick, now_ns(), engine.tempo_bpm)
        self._ledger = Ledger()
        self._lateness = Lateness()
        self._report_ns = 0
        self._faults = 0
        self._done = False
        self.played: list[Output] = []

    def run(self) -> None:
        """Play until told to quit, until the engine ends, or until it fails for good; release everything."""
        still_garbage()
        try:
            while not (self._done or self._engine.ended):
                self._guard(self._turn)
        finally:
            self._guard(lambda: self._take(command("stop")))
            self._guard(self._flush)
            self._release()
            with contextlib.suppress(Exception):
                self._send_report()
            gc.enable()
            gc.unfreeze()

    def _guard(self, action: Callable[[], None]) -> None:
        """Do `action`; an exception releases what sounds, is told, and the clock goes on."""
        try:
            action()
            self._faults = 0
        except Exception as error:
            self._release()
            self._faults += 1
            self._done = self._done or self._faults >= FAULTS
            self._alert(f"the engine stumbled ({type(error).__name__}: {error}); all notes released")

    def _release(self) -> None:
        for event in self._ledger.release(self._engine.tick):
            with contextlib.suppress(Exception):  # a port that is lost must not keep the next from its note_off
                self._port.send(event.data, now_ns())

    def _turn(self) -> None:
        """Wait for what comes first, a message or a deadline, and deal with it."""
        due = self._next_due_ns()
        idle = due is None or max(self._report_ns, now_ns()) < due - SLACK_NS
        arrived = self._wait_until(self._report_ns if due is None or idle else due - SPIN_NS)
        if arrived is not None:
            self._flush()
            self._take(arrived)
        elif due is None or idle:
            self._send_report()
        else:
            while now_ns() < due:
                pass
        self._flush()

    def _wait_until(self, wake_ns: int) -> Any | None:
        timeout_s = (wake_ns - now_ns()) / 1e9
        try:
            return self._inbox.get(timeout=timeout_s)[1] if timeout_s > 0 else self._inbox.get_nowait()[1]
        except Empty:
            return None

    def _next_due_ns(self) -> int | None:
        tick = self._engine.next_tick()
        if tick is None:
            return None
        return self._map.ns_at(tick) if self._engine.playing else now_ns()

    def _take(self, message: Any) -> None:
        """Hand a message to the engine at this moment's tick; keep the transport's time straight."""
        if isinstance(message, Command) and message.name == "quit":
            self._done = True
            return
        engine, was_playing = self._engine, self._engine.playing
        try:
            engine.handle(message, self._tick_now())
        except UserError as error:
            self._alert(str(error))
        if engine.playing and not was_playing:
            self._map = TempoMap(engine.tick, now_ns() + LEAD_IN_NS, engine.tempo_bpm)
        elif was_playing and not engine.playing:
            self._flush()
            gc.collect()

    def _tick_now(self) -> int:
        if not self._engine.playing:
            return self._engine.tick
        return max(self._engine.tick, self._map.tick_at(now_ns()))

    def _flush(self) -> None:
        """Send all that has fallen due."""
        for output in self._engine.advance(self._tick_now()):
            self.played.append(output)
            if isinstance(output, Event):
                self._send(output, self._map.ns_at(output.tick) if self._engine.playing else now_ns())
            else:
                self._map = self._map.at_tempo(output.tick, output.bpm)

    def _send(self, event: Event, due_ns: int) -> None:
        late_ns = now_ns() - due_ns
        if event.kind == NOTE_ON and late_ns > LATE_NS:
            self._ledger.skip(event)
        elif self._ledger.book(event):
            self._port.send(event.data, due_ns)
            self._lateness.add(late_ns)

    def _send_report(self) -> None:
        self._report_ns = now_ns() + REPORT_NS
        p99_us, max_us = self._lateness.figures()
        health = replace(
            self._health,
            late_p99_us=p99_us,
            late_max_us=max_us,
            sent=self._lateness.count,
            dropped=self._ledger.skipped,
        )
        self._report(replace(self._engine.status(), health=health))
