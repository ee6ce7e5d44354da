"""The session's clock: drives an engine by the wall clock and sends what falls due.

In: messages in one inbox, whose timed `get` is the sleep, so that a message wakes the clock at once. Out: MIDI bytes
to output ports at their time, statuses to a reporter. For a port that sends at the call it sleeps to half a
millisecond before the deadline and spins the rest; one that waits by itself has it early. Nothing here decides
anything musical; here alone ticks become nanoseconds (`_ns`, of `perf_counter_ns`).
"""

import contextlib
import gc
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from queue import Empty
from typing import Any, Protocol

from instrument.controls import GLOBAL, GlobalControls
from instrument.errors import UserError
from instrument.live.session import timeline
from instrument.live.session.crowd import Door
from instrument.live.session.delivery import Delivery
from instrument.live.session.line import Source
from instrument.live.session.pipe import Inbox
from instrument.live.session.realtime import SPIN_NS, still_garbage
from instrument.live.session.tap import Tap
from instrument.live.session.timeline import Timeline
from instrument.messages import Command, Health, Heard, Set, Status, command
from instrument.notes import Output

REPORT_NS = 70_000_000  # between statuses: the screen draws 15 a second or fewer
OVERDUE_NS = 200_000_000  # a status that messages or dense music kept back for so long goes before what is next
TAKEN_NS = 1_000_000  # of messages between two looks at what they made due: a flood kept answers back for up to 9 ms
SLACK_NS = 3_000_000  # housekeeping happens only when nothing falls due for so long
DRAIN_NS = 300_000_000
FAULTS = 10  # exceptions in a row that end the session
SYSTEM_COMMON = 0xF0  # MIDI status bytes from here on are for the transport, not for the engine

now_ns = time.perf_counter_ns


class Engine(timeline.Engine, Protocol):
    """What the clock asks of an engine; `live.engine.Engine` is the real one."""

    @property
    def controls(self) -> GlobalControls:
        """The controls of the whole performance."""

    def handle(self, message: Any, tick: int) -> None:
        """Take in a message at `tick`."""

    def advance(self, until_tick: int) -> list[Output]:
        """All that falls due up to `until_tick`, in order."""

    def next_tick(self) -> int | None:
        """When something falls due next; None when nothing will."""

    def status(self) -> Status:
        """A picture for the screen."""


@dataclass(frozen=True, slots=True)
class Edges:
    """What the clock works between: ports out, the screen, and whoever answers messages before the engine does."""

    delivery: Delivery
    inbox: Inbox
    report: Callable[[Status], None]  # must not wait
    alert: Callable[[str], None]  # a line for the performer
    intercept: Callable[[int, Any, int], bool]  # (stamp, message, tick): whether it was for somebody else
    note: Callable[[Any, int], None]  # (message, tick): what the engine takes in, for the log
    sources: Callable[[str], Source | None]  # the clock called so; raises UserError when it cannot be had
    translate: Callable[[Any], Iterable[Any]]  # what came, as what it means: a knob's message as its control's
    keep: Callable[[Output], None]  # what is played, for whoever keeps it; must not wait


class Session:
    """One performance."""

    def __init__(self, engine: Engine, edges: Edges, health: Health) -> None:
        self._engine, self._edges, self._health = engine, edges, health
        self._delivery = edges.delivery
        self._time = Timeline(engine, edges.delivery, edges.sources, self._handle, edges.alert)
        self._tap = Tap()
        self._door = Door(edges.inbox)
        self._passed_over = 0  # messages, as the performer knows
        self._report_ns = self._report_cost_ns = 0
        self._faults = 0
        self._done = False

    def run(self) -> None:
        """Play until told to quit, until the engine ends, or until it fails for good; release everything."""
        still_garbage()
        self._guard(self._settings)
        try:
            while not (self._done or (self._engine.ended and self._delivery.next_ns() is None)):
                self._guard(self._turn)
        finally:
            self._guard(lambda: self._handle(command("stop")))
            self._guard(self._flush)
            self._guard(self._drain)
            self._delivery.release(self._engine.tick)
            self._time.close()
            with contextlib.suppress(Exception):
                self._send_report()
            gc.enable()
            gc.unfreeze()

    def _guard(self, action: Callable[[], None]) -> None:
        """Do `action`; an exception releases what sounds, is told, and the clock goes on."""
        try:
            action()
            self._faults = 0
        except UserError as error:
            self._edges.alert(str(error))
        except Exception as error:
            self._delivery.take_back()
            self._faults += 1
            self._done = self._done or self._faults >= FAULTS
            self._edges.alert(f"the engine stumbled ({type(error).__name__}: {error}); all notes released")

    def _turn(self) -> None:
        """Wait for what comes first, a message or a deadline, and deal with it."""
        self._time.follow(now_ns())
        due = self._next_ns()
        idle = due is None or max(self._report_ns, now_ns()) < due - SLACK_NS - 2 * self._report_cost_ns
        spin_ns = SPIN_NS if self._delivery.sends_now else 0
        wake = self._report_ns if due is None or idle else due - spin_ns
        if (arrived := self._wait_until(min(wake, self._time.poll_ns))) is not None:
            started = now_ns()
            self._take_all(
                arrived, started + REPORT_NS if due is None else min(due - 2 * spin_ns, started + TAKEN_NS)
            )
        elif due is None or idle:
            if now_ns() >= self._report_ns:
                self._send_report()
        elif due - spin_ns <= now_ns():
            while now_ns() < due:
                pass
        self._flush()
        if now_ns() > self._report_ns + OVERDUE_NS:
            self._send_report()

    def _wait_until(self, wake_ns: int) -> tuple[int, Any] | None:
        timeout_s = (wake_ns - now_ns()) / 1e9
        try:
            return self._door.get(timeout_s)
        except Empty:
            return None

    def _next_ns(self) -> int | None:
        """When there is something to do: a parcel to hand over, or a tick of the engine's to come up to."""
        tick = self._engine.next_tick()
        known = [self._delivery.next_ns(), self._time.next_ns(), None if tick is None else self._time.when(tick)]
        return min((ns for ns in known if ns is not None), default=None)

    def _take_all(self, arrived: tuple[int, Any] | None, until_ns: int) -> None:
        """Take this message and those behind it while there is time: a flood costs one look at the clock."""
        while arrived is not None:
            self._take(*arrived)
            arrived = self._wait_until(0) if now_ns() < until_ns else None

    def _take(self, stamp_ns: int, message: Any) -> None:
        for meant in self._edges.translate(message):
            self._obey(stamp_ns, meant)

    def _obey(self, stamp_ns: int, message: Any) -> None:
        match message:
            case Command(name="quit"):
                self._done = True
            case Command(name="tap"):
                if bpm := self._tap.tap(stamp_ns):
                    self._handle(Set("tempo", bpm))
            case Heard(data=(status, *_)) if status >= SYSTEM_COMMON:
                self._time.hear(stamp_ns, message.data)
            case _ if not self._edges.intercept(stamp_ns, message, self._time.tick(now_ns())):
                self._handle(message)

    def _handle(self, message: Any) -> None:
        """Hand a message to the engine at this moment's tick; keep the transport's time straight."""
        if isinstance(message, Command):
            self._flush()
        engine, was = self._engine, (self._engine.playing, self._engine.origin)
        tick = self._time.tick(now_ns())
        self._edges.note(message, tick)
        try:
            engine.handle(message, tick)
        finally:
            if isinstance(message, Command) and message.name in {"panic", "stop", "toggle"} and was[0]:
                self._delivery.take_back()
            if (engine.playing, engine.origin) != was:
                self._time.moved(was[0], now_ns())
            if was[0] and not engine.playing:
                self._flush()
                gc.collect()
            if isinstance(message, Set) and message.name in GLOBAL:
                self._settings()

    def _settings(self) -> None:
        """Obey the controls that are the clock's and not the music's."""
        controls = self._engine.controls
        in_ns = (round(ms * 1e6) for ms in (controls.offset, controls.clock_offset, controls.lead))
        self._delivery.settings(*in_ns)
        self._time.settings(controls)

    def _flush(self) -> None:
        """Let the engine come up to now, and hand over all that has fallen due."""
        moment, was_playing = now_ns(), self._engine.playing
        for output in self._engine.advance(self._time.tick(moment)):
            self._edges.keep(output)
            self._time.place(output, moment)
        self._time.pulse(moment)
        if was_playing and not self._engine.playing:  # it came to its end by itself
            self._time.moved(was_playing, moment)
        self._delivery.hand_over(now_ns)

    def _drain(self) -> None:
        """Hand over what is still to come, at its time, for as long as an offset may hold it."""
        end_ns = now_ns() + DRAIN_NS
        while (due := self._delivery.next_ns()) is not None and now_ns() < end_ns:
            time.sleep(max(0, due - now_ns()) / 1e9)
            self._delivery.hand_over(now_ns)

    def _send_report(self) -> None:
        began_ns = now_ns()
        self._report_ns = began_ns + REPORT_NS
        health = self._delivery.health(self._time.health(self._health))
        self._edges.report(replace(self._engine.status(), health=health))
        if (passed := self._door.passed_over - self._passed_over) > 0:
            self._passed_over += passed
            self._edges.alert("more messages come in than can be heard: the newest of each are")
        while self._delivery.complaints:
            self._edges.alert(self._delivery.complaints.pop(0))
        self._report_cost_ns = now_ns() - began_ns
