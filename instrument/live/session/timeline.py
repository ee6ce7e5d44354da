"""The timeline: which tick it is now, whose clock says so, and what the world is told of it.

In: the time, the transport's moves, a source's beat. Out: the tick that the engine should be at, the time an event is
due, and MIDI clock to whoever wants it. Ours is a straight line that bends towards a source and never leaps.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from instrument.controls import SOURCES, GlobalControls
from instrument.live.session.clockout import PULSE, ClockOut
from instrument.live.session.delivery import Delivery
from instrument.live.session.line import Line, Request, Source, begin, steer
from instrument.messages import Health, Set, command
from instrument.notes import Event, Output
from instrument.tempo import MAX_BPM, MIN_BPM, PPQN, Metre, TempoMap, position

LEAD_IN_NS = 10_000_000  # from "play" to the first tick: what the first steps take to be decided
FOLLOW_NS = 20_000_000  # between looks at a source
NEVER_NS = 1 << 62
ANNOUNCE_NS = 2_000_000  # start and continue go out so long before the first pulse (MIDI 1.0 asks for 1 ms)
TEMPO_CHANGE = 0.001  # share by which a source's tempo must move before the engine is told
INTERNAL = SOURCES[0]


class Engine(Protocol):
    """What the timeline reads of an engine."""

    @property
    def tick(self) -> int:
        """Where it stands."""

    @property
    def origin(self) -> int:
        """The tick on which the song's first bar lies."""

    @property
    def playing(self) -> bool:
        """Whether the transport rolls."""

    @property
    def ended(self) -> bool:
        """Whether it came to its last bar."""

    @property
    def metre(self) -> Metre:
        """The time signature."""

    @property
    def tempo_bpm(self) -> float:
        """Quarter notes a minute."""


class Timeline:
    """Owns the tempo map. `handle` passes a message to the engine, `sources` opens the clock of a name."""

    def __init__(
        self,
        engine: Engine,
        delivery: Delivery,
        sources: Callable[[str], Source | None],
        handle: Callable[[Any], None],
        alert: Callable[[str], None],
    ) -> None:
        self._engine, self._delivery, self._sources = engine, delivery, sources
        self._handle, self._alert = handle, alert
        self._map = TempoMap(engine.tick, 0, engine.tempo_bpm)
        self._out: ClockOut | None = None
        self._source: Source | None = None
        self._wanted = INTERNAL
        self._stop_when_lost = False
        self._line: Line | None = None
        self._exact_ns: int | None = None
        self.poll_ns = NEVER_NS

    def tick(self, now_ns: int) -> int:
        """The tick that the engine should have come up to at `now_ns`, the ports' leads counted in."""
        engine = self._engine
        return (
            max(engine.tick, self._map.tick_at(now_ns + self._delivery.ahead_ns)) if engine.playing else engine.tick
        )

    def when(self, tick: int) -> int:
        """When the engine should come up to `tick`: at once while it stands."""
        return self._map.ns_at(tick) - self._delivery.ahead_ns if self._engine.playing else 0

    def place(self, output: Output, now_ns: int) -> None:
        """An output of the engine's: an event to deliver, or a new tempo to run at."""
        if isinstance(output, Event):
            in_time = self._engine.playing or self._engine.ended  # what a stop leaves is due at once
            self._delivery.put(output, self._map.ns_at(output.tick) if in_time else now_ns)
        elif self._source is None or self._line is None:
            self._map = self._map.at_tempo(output.tick, output.bpm)
        elif abs(output.bpm - self._line.bpm) > TEMPO_CHANGE * output.bpm:  # a hand's doing, not an echo
            self._source.propose(output.bpm, now_ns)

    def next_ns(self) -> int | None:
        """When the next pulse must be known."""
        tick = self._out.next_tick() if self._out else None
        return None if tick is None else self.when(tick)

    def pulse(self, now_ns: int) -> None:
        """Queue the pulses that are due."""
        if self._out and self._engine.playing:
            for tick in self._out.pulses(self._map.tick_at(now_ns + self._delivery.ahead_ns)):
                self._delivery.put_clock((PULSE,), self._map.ns_at(tick))

    def moved(self, was_playing: bool, now_ns: int) -> None:
        """The transport started, stopped, or went elsewhere."""
        engine = self._engine
        if engine.playing and not was_playing:
            self._begin(now_ns)
        start_ns = self._map.ns_at(engine.tick)
        if self._source:
            self._source.rolling(engine.playing, start_ns)
        if self._out:
            for data in self._out.stop() if was_playing else []:
                self._delivery.put_clock(data, max(now_ns, start_ns) if engine.ended else now_ns)
            if engine.playing:
                for data in self._out.start(engine.tick, engine.origin):
                    self._delivery.put_clock(data, start_ns - ANNOUNCE_NS)

    def _begin(self, now_ns: int) -> None:
        """Anchor the map: at once, or where the source's beat and ours meet."""
        engine, source = self._engine, self._source
        line = source.line(now_ns) if source else None
        soon_ns = now_ns + LEAD_IN_NS + self._delivery.ahead_ns
        if source is None or line is None:
            self._map = TempoMap(engine.tick, soon_ns, engine.tempo_bpm)
        else:
            from_ns, self._exact_ns = self._exact_ns or soon_ns, None
            self._map = begin(engine.tick, engine.origin, line, source.cycle, from_ns)

    def settings(self, controls: GlobalControls) -> None:
        """Obey the controls that are about time. Raises UserError when a source cannot be had."""
        self._stop_when_lost = bool(controls.lost)
        if bool(controls.clock_out) != (self._out is not None):
            self._out = ClockOut() if controls.clock_out else None
            if self._out and self._engine.playing:
                self._out.start(self._engine.tick, self._engine.origin)
        name = SOURCES[int(controls.source)]
        if name != self._wanted:
            self._wanted = name
            self.close()
            self._source = None if name == INTERNAL else self._sources(name)
            self.poll_ns = 0 if self._source else NEVER_NS
        if self._source:
            self._source.share(bool(controls.link_transport))

    def hear(self, stamp_ns: int, data: tuple[int, ...]) -> None:
        """A MIDI system message came."""
        if self._source:
            for request in self._source.hear(stamp_ns, data):
                self._obey(request, stamp_ns)

    def follow(self, now_ns: int) -> None:
        """Look at the source, if it is time: obey what it asks, close in on its beat, notice its silence."""
        if self._source is None or now_ns < self.poll_ns:
            return
        self.poll_ns = now_ns + FOLLOW_NS
        for request in self._source.poll(now_ns, self._engine.metre.bar_ticks / PPQN):
            self._obey(request, now_ns)
        was, self._line = self._line, self._source.line(now_ns)
        if self._line:
            if self._engine.playing:
                self._map = steer(self._map, self._line, self._engine.origin, self._source.cycle, now_ns)
            self._tell_tempo(self._line.bpm)
        elif was:
            self._lost(self._source.name, was.bpm, now_ns)

    def _tell_tempo(self, bpm: float) -> None:
        bpm = round(min(MAX_BPM, max(MIN_BPM, bpm)), 2)
        if abs(bpm - self._engine.tempo_bpm) > TEMPO_CHANGE * bpm:
            self._handle(Set("tempo", bpm))

    def _lost(self, name: str, bpm: float, now_ns: int) -> None:
        stop = self._stop_when_lost and self._engine.playing
        self._alert(f"{name} fell silent: {'stopped' if stop else f'going on alone at {bpm:.1f} BPM'}")
        if stop:
            self._handle(command("stop"))
        elif self._engine.playing:
            self._map = self._map.at_tempo(self._map.tick_at(now_ns), bpm)

    def _obey(self, request: Request, stamp_ns: int) -> None:
        engine = self._engine
        if request.what == "locate":
            place = position(round(request.beat * PPQN), engine.metre)
            self._handle(command("locate", place.bar, place.beat + place.tick / engine.metre.beat_ticks))
        elif request.what == "stop" and engine.playing:
            self._handle(command("stop"))
        elif request.what == "play" and not engine.playing:
            line = self._source.line(stamp_ns) if self._source else None
            if line and self._source and request.exact:  # the nearest meeting, even if it has just gone by
                self._exact_ns = stamp_ns - line.ns_at(line.beat + self._source.cycle / 2) + line.time_ns
            self._handle(command("play"))

    def health(self, health: Health) -> Health:
        """`health` with what this knows filled in."""
        if self._source is None:
            return replace(health, source=INTERNAL, peers=0, following=False)
        source = self._source
        return replace(health, source=source.name, peers=source.peers, following=self._line is not None)

    def close(self) -> None:
        """Leave the source."""
        if self._source:
            self._source.close()
        self._source, self._line = None, None
