"""An engine that plays a list, and a port that remembers: enough to hold the clock to its word."""

from collections.abc import Sequence
from queue import SimpleQueue
from typing import Any

from instrument.controls import GlobalControls
from instrument.messages import Command, Set, Status
from instrument.notes import Event, Output
from instrument.tempo import Metre


class ListEngine:
    """Plays `outputs` (by tick) and ends after the last; `fault` is a tick at which `advance` raises, once."""

    def __init__(self, outputs: Sequence[Output], fault: int | None = None, tempo_bpm: float = 300.0) -> None:
        self._outputs, self._fault = list(outputs), fault
        self.tick, self.playing, self.ended, self.origin = 0, False, False, 0
        self.controls, self.metre = GlobalControls(tempo=tempo_bpm), Metre()
        self.handled: list[tuple[Any, int]] = []

    @property
    def tempo_bpm(self) -> float:
        """Of its controls."""
        return self.controls.tempo

    def handle(self, message: Any, tick: int) -> None:
        """Obeys play and stop, and takes the controls of the performance."""
        self.handled.append((message, tick))
        if isinstance(message, Set):
            self.controls = self.controls.set(message.name, message.value)
        if isinstance(message, Command) and message.name in {"play", "stop"}:
            self.playing = message.name == "play"

    def advance(self, until_tick: int) -> list[Output]:
        """What falls due; raises at the fault."""
        if self._fault is not None and until_tick >= self._fault:
            self._fault = None
            raise ArithmeticError("a step went wrong")
        due = [output for output in self._outputs if output.tick <= until_tick] if self.playing else []
        self._outputs = self._outputs[len(due) :]
        self.tick = max(self.tick, until_tick)
        self.ended = self.playing and not self._outputs
        return due

    def next_tick(self) -> int | None:
        """Tick of the next output while it plays."""
        return self._outputs[0].tick if self.playing and self._outputs else None

    def status(self) -> Status:
        """Just enough."""
        return Status(self.playing, self.tick, (1, 1, 0), (4, 4), 0, {}, ())


class Memory:
    """A port that keeps what it was given."""

    name = "memory"
    lead_ns = missed = 0

    def lead(self, wish_ns: int) -> None:
        """Sends now."""

    def take_back(self) -> list[tuple[int, ...]]:
        """All is sent."""
        return []

    def lateness(self) -> list[int] | None:
        """Whoever calls knows."""
        return None

    def __init__(self) -> None:
        self.sent: list[tuple[int, ...]] = []
        self.queue: SimpleQueue[tuple[int, ...]] = SimpleQueue()

    def send(self, data: tuple[int, ...], due_ns: int) -> None:
        """Keep it, and tell whoever waits."""
        self.sent.append(tuple(data))
        self.queue.put(tuple(data))

    def close(self) -> None:
        """Nothing to close."""


def sounding(sent: list[tuple[int, ...]]) -> set[tuple[int, int]]:
    """(channel, pitch) of what nobody ended."""
    left = set()
    for status, *rest in sent:
        key = (status & 15, rest[0] if rest else 0)
        if status & 0xF0 == 0x90:
            left.add(key)
        elif status & 0xF0 == 0x80:
            left.discard(key)
    return left


def scale(count: int, step: int = 60) -> list[Event]:
    """Notes of half a step's length, one every `step` ticks."""
    from instrument.notes import note_off, note_on

    events = []
    for index in range(count):
        pitch = 60 + index % 12
        events += [note_on(index * step, 0, pitch, 90), note_off(index * step + step // 2, 0, pitch)]
    return events
