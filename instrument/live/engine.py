"""Engine (live room): messages in, events out; the whole instrument without a clock, a port or a thread.

What flows in: `handle(message, tick)`, and `advance(until_tick)` from whoever knows what time it is. What flows out:
outputs in order of their ticks, and `status()`. Ticks count from the start of the performance and never go back; the
song's position (bars, beats) starts where the transport was last located. Same presets, seed and messages: same
outputs.

A step is decided `DECIDE_EARLY_TICKS` before it sounds, so that its cost does not make its first note late.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from instrument.controls import GLOBAL, ControlError, GlobalControls, control
from instrument.live.channels import allocate
from instrument.live.material import Material
from instrument.live.part import Part
from instrument.live.scheduler import Scheduler
from instrument.messages import Command, Heard, Message, Set, Status
from instrument.notes import ALL_NOTES_OFF, ALL_SOUND_OFF, Output, TempoChange, control_change, program_change
from instrument.preset import Preset
from instrument.tempo import Metre, position

DECIDE_EARLY_TICKS = 24  # 30 ms at 100 BPM, 10 ms at 300; a step costs well under 1 ms
ALERTS_SHOWN = 4
ALERT_TICKS = 480 * 16


@dataclass(frozen=True, slots=True, eq=False)
class LoadPreset:
    """The loader's message: `preset`, read and checked, is for `part`. Making it builds the tables that it needs."""

    preset: Preset
    part: int = 0


class Engine:
    """Up to four walkers on one clock. Starts stopped; its tick moves only while it rolls."""

    def __init__(
        self,
        presets: Sequence[Preset],
        seed: int,
        settings: Mapping[str, float] | None = None,
        bars: int | None = None,
    ) -> None:
        self.tick = 0
        self.playing = False
        self.ended = False
        self.seed = seed
        self.controls = GlobalControls()
        self.scheduler = Scheduler()
        self.parts: list[Part] = []
        self._origin = 0  # the tick on which bar 1 lies
        self._bars = bars
        self._started = False
        self._out: list[Output] = []
        self._alerts: list[tuple[int, str]] = []
        for preset in presets:
            self._add(Material(preset))
        for name, value in (settings or {}).items():
            for index in range(1 if name in GLOBAL else len(self.parts)):
                self._set(Set(name, value, index))

    @property
    def metre(self) -> Metre:
        """The time signature: the first part's."""
        return self.parts[0].material.metre

    @property
    def origin(self) -> int:
        """The tick on which the song's first bar lies; before it when the transport was located further on."""
        return self._origin

    @property
    def tempo_bpm(self) -> float:
        """Quarter notes a minute."""
        return self.controls.tempo

    def handle(self, message: Message | LoadPreset, tick: int) -> None:
        """Take in a message at `tick`, after all that was due by then. Raises ControlError, and then did nothing."""
        self._run(tick)
        match message:
            case Set():
                self._set(message)
            case Command():
                self._command(message)
            case LoadPreset():
                self._load(message)
            case Heard():
                pass

    def advance(self, until_tick: int) -> list[Output]:
        """All outputs due up to `until_tick`, that tick included, in order, and what `handle` left."""
        self._run(until_tick)
        out, self._out = self._out, []
        return out

    def next_tick(self) -> int | None:
        """The tick at which `advance` has something to do next; None while it is stopped and has nothing to give."""
        if self._out:
            return self.tick
        return self._due() if self.playing else None

    def status(self) -> Status:
        """A picture for the screen."""
        recent = [text for tick, text in self._alerts if tick + ALERT_TICKS > self.tick]
        bar, beat, rest = position(self.tick - self._origin, self.metre)
        return Status(
            playing=self.playing,
            tick=self.tick,
            position=(bar, beat, rest),
            metre=(self.metre.beats, self.metre.unit),
            seed=self.seed,
            controls=dict(self.controls.items()),
            parts=tuple(part.status(self.scheduler.sounding(part.index)) for part in self.parts),
            alerts=tuple(recent[-ALERTS_SHOWN:]),
            ended=self.ended,
        )

    def names(self) -> dict[tuple[int, int], str]:
        """What a (part, channel) is called: the voices that speak on it."""
        called: dict[tuple[int, int], str] = {}
        for part in self.parts:
            for channel, name in zip(part.channels, part.material.voice_names, strict=True):
                key = (part.index, channel)
                called[key] = f"{called[key]}, {name}" if key in called else name
        return called

    def _run(self, until: int) -> None:
        while self.playing and (due := self._due()) is not None and due <= until:
            self.tick = due
            self._happen()
        if self.playing:
            self.tick = max(self.tick, until)

    def _due(self) -> int | None:
        ticks = [part.next_step - DECIDE_EARLY_TICKS for part in self.parts]
        if (queued := self.scheduler.next_tick()) is not None:
            ticks.append(queued)
        if self._end is not None:
            ticks.append(self._end)
        return max(self.tick, min(ticks)) if ticks else None

    def _happen(self) -> None:
        """All that is due at the standing tick: the end, then decisions, then what is queued."""
        if self._end is not None and self.tick >= self._end:
            self.ended = True
            self._stop()
            return
        for part in self.parts:
            if part.next_step - DECIDE_EARLY_TICKS <= self.tick:
                self._decide(part)
        self._out += self.scheduler.pop(self.tick)

    def _decide(self, part: Part) -> None:
        """One step of `part`. A fault in it releases all and is told; the walk goes on from its last good state."""
        try:
            part.decide(self.scheduler)
        except Exception as error:
            self._release()
            self._alert(f"part {part.index + 1} stumbled ({type(error).__name__}: {error}); all notes released")
            part.skip()

    @property
    def _end(self) -> int | None:
        return None if self._bars is None else self._bars * self.metre.bar_ticks

    def _set(self, message: Set) -> None:
        row = control(message.name)
        if row.scope == "global":
            self.controls = self.controls.set(message.name, message.value)
            if row.name == "tempo":
                self.scheduler.put(TempoChange(self.tick, self.controls.tempo))
                self._flush()
        else:
            part = self._part(message.part)
            part.controls = part.controls.set(message.name, message.value)

    def _part(self, index: int) -> Part:
        if not 0 <= index < len(self.parts):
            raise ControlError(f"there is no part {index + 1}; there are {len(self.parts)}")
        return self.parts[index]

    def _flush(self) -> None:
        """Give out at once what is queued for the standing tick, rolling or not."""
        self._out += self.scheduler.pop(self.tick)

    def _command(self, message: Command) -> None:
        match message.name:
            case "toggle":
                (self._stop if self.playing else self._play)()
            case "play":
                self._play()
            case "stop":
                self._stop()
            case "panic":
                self._panic()
            case "quit":
                self._stop()
                self.ended = True

    def _play(self) -> None:
        if self.playing or self.ended:
            return
        self.playing = True
        if not self._started:
            self._started = True
            self.scheduler.put(TempoChange(self.tick, self.controls.tempo))
            for part in self.parts:
                self._programs(part)
        for part in self.parts:
            part.align(self.tick)
        self._flush()

    def _programs(self, part: Part) -> None:
        for voice, channel in enumerate(part.channels):
            self.scheduler.put(program_change(self.tick, channel, part.material.program(voice), part.index))

    def _stop(self) -> None:
        self._release()
        self.playing = False

    def _release(self) -> None:
        self._out += self.scheduler.release(self.tick)

    def _panic(self) -> None:
        """Release what is owned, then silence every channel of every part by controller 120 and 123."""
        self._release()
        for part in self.parts:
            for channel in range(16):
                for controller in (ALL_SOUND_OFF, ALL_NOTES_OFF):
                    self.scheduler.put(control_change(self.tick, channel, controller, 0, part.index))
            part.broken = True
        self._flush()

    def _alert(self, text: str) -> None:
        self._alerts = [*self._alerts[-ALERTS_SHOWN:], (self.tick, text)]

    def _add(self, material: Material) -> Part:
        taken = {channel for part in self.parts for channel in part.channels}
        channels = allocate(material.voices, material.drums, taken)
        part = Part(len(self.parts), self.seed, material, channels)
        self.parts.append(part)
        for name, value in material.preset.meta["controls"].items():
            self._set(Set(name, value, part.index))
        return part

    def _load(self, message: LoadPreset) -> None:
        part = self._part(message.part)
        part.material = Material(message.preset)
        part.state, part.broken = None, True
