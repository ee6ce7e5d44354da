"""The tape (midi room): what was played, kept small, and cut out again in whole bars.

What flows in: outputs in order of their ticks. What flows out: the last bars as outputs that begin at tick 0 and can
stand alone (the tempo and programs in force, notes that sound over an edge struck or ended there), or all of it.
No file, no thread. Memory is bounded for the last bars; the whole takes 12 bytes an event.
"""

import struct
from collections import deque
from collections.abc import Iterator

from instrument.notes import (
    NOTE_OFF,
    NOTE_ON,
    PROGRAM_CHANGE,
    Event,
    Output,
    TempoChange,
    note_off,
)

RECENT = 60_000  # outputs: 64 bars of four dense parts
Key = tuple[int, int, int]  # part, channel, pitch
Slot = tuple[int, int] | None  # part and channel of a program; None: the tempo
_PACKED = struct.Struct("<QBBBB")


class Tape:
    """`whole`: keep everything, too, for `all`."""

    def __init__(self, whole: bool = False, recent: int = RECENT) -> None:
        self._recent: deque[Output] = deque(maxlen=recent)
        self._before: dict[Slot, Output] = {}  # in force where the recent begin: programs, tempo
        self._whole = whole
        self._packed = bytearray()
        self._tempi: list[TempoChange] = []

    def add(self, output: Output) -> None:
        """Keep `output`."""
        if len(self._recent) == self._recent.maxlen:
            _remember(self._recent[0], self._before)
        self._recent.append(output)
        if not self._whole:
            return
        if isinstance(output, TempoChange):
            self._tempi.append(output)
        else:
            self._packed += _PACKED.pack(output.tick, output.status, output.data1, output.data2, output.part)

    def all(self) -> Iterator[Output]:
        """Everything since the beginning: tempo changes, then events, each in order."""
        yield from self._tempi
        for tick, status, data1, data2, part in _PACKED.iter_unpack(self._packed):
            yield Event(tick, status, data1, data2, part)

    def cut(self, start: int, end: int) -> list[Output]:
        """What was played from tick `start` up to `end`, moved to begin at 0; empty when no note was.

        Where the tape does not reach back to `start`, from where it begins.
        """
        if len(self._recent) == self._recent.maxlen:
            start = min(end, max(start, self._recent[0].tick))
        force = dict(self._before)
        sounding: dict[Key, Event] = {}
        for output in self._recent:
            if output.tick < start:
                _follow(output, sounding)
                _remember(output, force)
        body: list[Output] = [*force.values(), *sounding.values()]
        body += [o for o in self._recent if start <= o.tick < end and _follow(o, sounding)]
        if not any(isinstance(output, Event) and output.kind == NOTE_ON for output in body):
            return []
        body += [note_off(end, event.channel, event.data1, event.part) for event in sounding.values()]
        return [output._replace(tick=max(0, output.tick - start)) for output in body]


def _remember(output: Output, force: dict[Slot, Output]) -> None:
    """Note in `force` a tempo or a program, which stays until the next."""
    if isinstance(output, TempoChange):
        force[None] = output
    elif output.kind == PROGRAM_CHANGE:
        force[output.part, output.channel] = output


def _follow(output: Output, sounding: dict[Key, Event]) -> bool:
    """Keep track of what sounds; False for the end of a note whose beginning is not on the tape."""
    if not isinstance(output, Event) or output.kind not in (NOTE_ON, NOTE_OFF):
        return True
    key = output.part, output.channel, output.data1
    if output.kind == NOTE_ON:
        sounding[key] = output
        return True
    return sounding.pop(key, None) is not None
