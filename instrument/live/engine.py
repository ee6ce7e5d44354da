"""Engine (live room): messages in, events out; the whole instrument without a clock, a port or a thread.

What flows in: `handle(message, tick)`, and `advance(until_tick)` from whoever knows what time it is. What flows out:
outputs in order of their ticks, and `status()`. Ticks count from the start of the performance and never go back; the
song's position (bars, beats) starts where the transport was last located. Same presets, seed and messages: same
outputs.

A step is decided a little before it sounds (see grid.py), so that its cost does not make its first note late.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from instrument.controls import GLOBAL, ControlError, GlobalControls, control
from instrument.live.band import Band
from instrument.live.beat import Beat
from instrument.live.gestures import GESTURES, MOVES
from instrument.live.grid import BEAT, Coming, Grid
from instrument.live.loading import LoadPreset
from instrument.live.material import Material
from instrument.live.part import Part
from instrument.live.scheduler import Scheduler
from instrument.live.showing import show
from instrument.live.switching import Switching
from instrument.live.transport import Transport
from instrument.live.undo import History, Snapshot
from instrument.messages import Command, Heard, Message, Set, Status
from instrument.notes import Output
from instrument.preset import Preset
from instrument.tempo import PPQN, Metre

__all__ = ["Engine", "LoadPreset"]

ALERTS_KEPT = 4
ALERT_TICKS = 480 * 16


class Engine:
    """Up to four walkers on one clock. Starts stopped; its tick moves only while it rolls."""

    def __init__(
        self,
        presets: Sequence[Preset],
        seed: int,
        settings: Mapping[str, float] | None = None,
        bars: int | None = None,
    ) -> None:
        """`settings` are controls by name, for all parts; after `bars` it ends by itself. Raises ControlError."""
        self.seed = seed
        self.scheduler = Scheduler()
        self.band = Band(self.scheduler, seed)
        self.controls = GlobalControls()
        self.alerts: list[tuple[int, str]] = []
        self.grid = Grid()
        self._history = History()
        for index, preset in enumerate(presets):
            self.band.add(Material(preset), index, 0)
        self._beat = Beat(max(1, self.metre.bar_ticks // PPQN))
        self.transport = Transport(self.band, self.scheduler, self.controls.tempo, bars)
        self._switching = Switching(self.band, self.grid, self.transport, self._entered)
        self._apply_globals(self.band.first.material)
        for name, value in (settings or {}).items():
            for index in (0,) if name in GLOBAL else tuple(self.band.parts):
                self._put(Set(name, value, index))

    @property
    def tick(self) -> int:
        """Where it stands."""
        return self.transport.tick

    @property
    def playing(self) -> bool:
        """Whether the transport rolls."""
        return self.transport.playing

    @property
    def ended(self) -> bool:
        """Whether it came to its last bar, or was told to quit."""
        return self.transport.ended

    @property
    def parts(self) -> Mapping[int, Part]:
        """The parts by their index."""
        return self.band.parts

    @property
    def metre(self) -> Metre:
        """The time signature: the first part's."""
        return self.band.metre

    @property
    def origin(self) -> int:
        """The tick on which the song's first bar lies; before it when the transport was located further on."""
        return self.band.origin

    @property
    def tempo_bpm(self) -> float:
        """Quarter notes a minute, ramps and nudges included."""
        return self.transport.pace.sounding

    def handle(self, message: Message | LoadPreset, tick: int) -> None:
        """Take in a message at `tick`, after all that was due by then. Raises ControlError, and then did nothing."""
        self._run(tick)
        match message:
            case Set():
                self._set(message)
            case Command():
                self._command(message)
            case LoadPreset():
                self._switching.load(message, BEAT if message.now else self.controls.quantize, self._applies)
            case Heard():
                self._hear(message)
        if not self.playing:
            self.transport.flush()

    def advance(self, until_tick: int) -> list[Output]:
        """All outputs due up to `until_tick`, that tick included, in order, and what `handle` left."""
        self._run(until_tick)
        out, self.transport.out = self.transport.out, []
        return out

    def next_tick(self) -> int | None:
        """The tick at which `advance` has something to do next; None while it is stopped and has nothing to give."""
        if self.transport.out:
            return self.tick
        return self._due() if self.playing else None

    def status(self) -> Status:
        """A picture for the screen."""
        recent = tuple(text for tick, text in self.alerts if tick + ALERT_TICKS > self.tick)
        return show(self.band, self.scheduler, self.grid, self.transport, self.controls, self.seed, recent)

    def names(self) -> dict[tuple[int, int], str]:
        """What a (part, channel) is called: the voices that speak on it."""
        return self.band.names()

    def _run(self, until: int) -> None:
        while self.playing and (due := self._due()) is not None and due <= until:
            self.transport.tick = due
            self._happen()
        if self.playing:
            self.transport.tick = max(self.tick, until)

    def _due(self) -> int | None:
        bpm = self.tempo_bpm
        ticks = [part.due_at(self.tick, bpm) for part in self.band]
        pace, end = self.transport.pace.next_tick(), self.transport.end
        others = (self.scheduler.next_tick(), pace, self.grid.next_tick(), end)
        ticks += [tick for tick in others if tick is not None]
        return max(self.tick, min(ticks)) if ticks else None

    def _happen(self) -> None:
        """All that is due at the standing tick: the end, the tempo, the grid, decisions, then what is queued."""
        transport = self.transport
        if transport.end is not None and self.tick >= transport.end:
            transport.finish()
            return
        transport.pace.pass_tick(self.tick)
        self._tell_tempo()
        for coming in self.grid.due(self.tick):
            self._come(coming)
        for part in self.band.in_order():
            if part.decides(self.tick, self.tempo_bpm):
                self._decide(part)
            else:
                part.judge(self.scheduler, self.tick)
        transport.flush()

    def _decide(self, part: Part) -> None:
        """One step of `part`. A fault in it releases all and is told; the walk goes on from its last good state."""
        try:
            self.band.decide(part, self.scheduler, self.tick)
        except Exception as error:
            self.transport.release()
            self.alert(f"part {part.index + 1} stumbled ({type(error).__name__}: {error}); all notes released")
            part.skip()

    def _come(self, coming: Coming) -> None:
        try:
            coming.act(coming.line)
        except Exception as error:
            self.alert(str(error))

    @property
    def _applies(self) -> bool:
        """Whether a preset's own controls come in with it."""
        return GLOBAL["defaults"].show(self.controls.defaults) == "apply"

    def _entered(self, part: Part, material: Material, apply: bool, controls: Mapping[str, float]) -> None:
        """A preset came in, with its own controls if they apply."""
        if apply:
            self.band.apply_defaults(part, material)
            if part is self.band.first:
                self._apply_globals(material)
        for name, value in controls.items():
            self._put(Set(name, value, part.index))

    def _apply_globals(self, material: Material) -> None:
        for name, value in material.preset.meta["controls"].items():
            if name in GLOBAL:
                self._put(Set(name, value))

    def alert(self, text: str) -> None:
        """Show a line to the performer for some bars."""
        self.alerts = [*self.alerts[1 - ALERTS_KEPT :], (self.tick, text)]

    def _tell_tempo(self) -> None:
        self.controls = replace(self.controls, tempo=self.transport.pace.bpm)
        if self.transport.started:
            self.transport.tell_tempo()

    def _set(self, message: Set) -> None:
        """A hand turned a control: that can be taken back, and leaves the walk where it then is."""
        before = self._snapshot()
        name = self._put(message)
        self._history.note(before._replace(places={}), self.tick, (name, message.part))

    def _put(self, message: Set) -> str:
        """Let a control have a value; its name."""
        row = control(message.name)
        part = self.band.part(message.part) if row.scope == "part" else None
        if part is None:
            self.controls = self.controls.set(row.name, message.value)
            if row.name == "tempo":
                self.transport.pace.put(self.controls.tempo)
                self._tell_tempo()
        else:
            part.hand = replace(part.hand, controls=part.hand.controls.set(row.name, message.value))
            if row.name == "mute":
                self._switching.mute(part, self.controls.quantize)
        return row.name

    def _hear(self, message: Heard) -> None:
        """What the performer played, to all who listen; while it rolls it may change a step, and the tempo."""
        struck = [part for part in self.band if part.hear(message, self.tick)]
        if self.playing and struck:
            for part in struck:
                part.doubt(self.tick, self.tempo_bpm)
            bpm = self._beat.hear(
                self.tick - self.origin, message.data[2], self.tempo_bpm, self.controls.follow_tempo
            )
            if bpm is not None and self.transport.pace.ramp is None:
                self.transport.pace.put(bpm)
                self._tell_tempo()
                self.transport.flush()
            for part in self.band:
                part.attention.agree_on(self._beat.downbeat if self.controls.follow_tempo else 0)

    def _command(self, message: Command) -> None:
        transport, args = self.transport, message.args
        match message.name:
            case "toggle" if transport.playing:
                transport.stop()
            case "toggle" | "play":
                transport.play(int(self.controls.count_in))
            case "start":
                transport.locate(1, 1.0)
                transport.play(int(self.controls.count_in))
            case "stop":
                transport.stop()
            case "locate":
                transport.locate(int(args[0]), float(args[1]))
            case "ramp":
                transport.pace.lead(self.tick, float(args[0]), int(args[1]) * self.metre.bar_ticks)
            case "nudge":
                transport.pace.nudge(self.tick, float(args[0]), self.metre.beat_ticks)
                self._tell_tempo()
            case "panic":
                transport.panic()
            case "undo" | "redo":
                self._take_back(message.name)
            case "quit":
                transport.finish()
            case "remove":
                self._switching.remove(message.part, self.controls.quantize)
            case name if name in GESTURES:
                self._gesture(message)

    def _gesture(self, message: Command) -> None:
        part, before = self.band.part(message.part), self._snapshot()
        GESTURES[message.name](part, *message.args)
        self._switching.revisit(part, self.controls.quantize, self._applies)
        if part.hand.voices != before.hands[part.index].voices:
            self.band.programs(part, self.tick)
        places = {part.index: before.places[part.index]} if message.name in MOVES and part.state else {}
        self._history.note(before._replace(places=places), self.tick)

    def _snapshot(self) -> Snapshot:
        return Snapshot.of(self.controls, self.band)

    def _take_back(self, name: str) -> None:
        now = self._snapshot()
        found = self._history.undo(now) if name == "undo" else self._history.redo(now)
        if found is None:
            raise ControlError(f"there is nothing to {name}")
        self.controls = found.controls
        self.transport.pace.put(found.controls.tempo)
        self._tell_tempo()
        for part in self.band:
            found.give_back(part)
            self.band.programs(part, self.tick)
