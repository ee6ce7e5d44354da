"""What music is here: notes, and the events that sound them, in integer ticks.

Conventions. A tick is 1/480 of a quarter note (`tempo.PPQN`). Pitch 0..127, velocity 1..127, channel 0..15.
A Note's onset counts from the start of what holds it (a segment: may be negative, the note was held into it;
a piece: never negative). An Event's tick counts from the start of the performance. Nothing here knows seconds.
"""

from typing import Any, NamedTuple

NOTE_OFF, NOTE_ON, CONTROL_CHANGE, PROGRAM_CHANGE = 0x80, 0x90, 0xB0, 0xC0
ALL_SOUND_OFF, ALL_NOTES_OFF = 120, 123  # controller numbers
DRUM_CHANNEL = 9  # of General MIDI: its numbers are instruments, not pitches
TOLERANCE = 60  # ticks, a 32nd note, around a moment: for a performer's timing, and a staccato's gap


class Note(NamedTuple):
    """A note of a piece or a segment; `voice` is the part it was written for (0..15)."""

    onset: int
    duration: int
    pitch: int
    velocity: int
    voice: int


class Event(NamedTuple):
    """A MIDI channel message due at `tick`; `part` says which walker sent it, and so which port takes it."""

    tick: int
    status: int
    data1: int
    data2: int
    part: int = 0

    @property
    def channel(self) -> int:
        """MIDI channel, 0..15."""
        return self.status & 0x0F

    @property
    def kind(self) -> int:
        """Status without its channel: NOTE_ON, NOTE_OFF, CONTROL_CHANGE, PROGRAM_CHANGE."""
        return self.status & 0xF0

    @property
    def data(self) -> tuple[int, ...]:
        """The message's bytes as they go over the wire (two for a program change, else three)."""
        if self.kind == PROGRAM_CHANGE:
            return self.status, self.data1
        return self.status, self.data1, self.data2


class TempoChange(NamedTuple):
    """From `tick` on the performance runs at `bpm` quarter notes a minute."""

    tick: int
    bpm: float


Output = Event | TempoChange


def note_on(tick: int, channel: int, pitch: int, velocity: int, part: int = 0) -> Event:
    """A note begins."""
    return Event(tick, NOTE_ON | channel, pitch, velocity, part)


def note_off(tick: int, channel: int, pitch: int, part: int = 0) -> Event:
    """A note ends; release velocity 64, the MIDI default."""
    return Event(tick, NOTE_OFF | channel, pitch, 64, part)


def control_change(tick: int, channel: int, controller: int, value: int, part: int = 0) -> Event:
    """A controller takes a value (0..127)."""
    return Event(tick, CONTROL_CHANGE | channel, controller, value, part)


def program_change(tick: int, channel: int, program: int, part: int = 0) -> Event:
    """A channel takes a sound (0..127, General MIDI numbers less one)."""
    return Event(tick, PROGRAM_CHANGE | channel, program, 0, part)


def at_start(onset: Any, duration: Any, hop: int) -> Any:
    """(M,) True where notes (M,) of segments of `hop` ticks sound as their segment starts."""
    lasts = onset + duration > min(TOLERANCE - 1, hop // 8)
    return (onset < TOLERANCE) & lasts | (onset == 0)
