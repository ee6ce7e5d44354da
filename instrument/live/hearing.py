"""Hearing (live room): a performer's MIDI bytes, made into notes that begin and end.

What flows in: bytes as they came over a port, with their tick, in any state of repair. What flows out: `Struck` and
`Released`, and what is held at the moment. It never raises and never guesses what music it is. Whatever is no note on
or note off (clock, active sensing, system exclusive, stray data bytes of a running status, controllers) passes
without a trace, but for all-notes-off and all-sound-off, which release.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from instrument.notes import ALL_NOTES_OFF, ALL_SOUND_OFF, CONTROL_CHANGE, NOTE_OFF, NOTE_ON
from instrument.tempo import PPQN

FORGOTTEN_TICKS = 16 * PPQN  # a note held for longer is taken for one whose release was lost
CROWD = 16  # more notes at once than hands hold: a stuck controller, not a chord; the newest are heard
CHANNELS_ALL = 0xFFFF


class Struck(NamedTuple):
    """A note began at `tick`."""

    tick: int
    pitch: int
    velocity: int


class Released(NamedTuple):
    """A note that was struck at `since` ended at `tick`."""

    tick: int
    pitch: int
    since: int


@dataclass(slots=True)
class Hearing:
    """What is held, by pitch, oldest first. `channels` has bit c set where channel c is listened to."""

    channels: int = CHANNELS_ALL
    held: dict[int, Struck] = field(default_factory=dict)

    def take(self, data: tuple[int, ...], tick: int) -> tuple[Struck | Released, ...]:
        """What the bytes of one message mean, in order; empty when they mean nothing to a listener."""
        if len(data) != 3:
            return ()
        status, first, second = data
        if not (0x80 <= status < 0xF0 and 0 <= first <= 127 and 0 <= second <= 127):
            return ()
        if not self.channels >> (status & 15) & 1:
            return ()
        kind = status & 0xF0
        if kind == NOTE_ON and second:
            return self._strike(Struck(tick, first, second))
        if kind in (NOTE_OFF, NOTE_ON):
            return self._release(first, tick)
        if kind == CONTROL_CHANGE and first in (ALL_SOUND_OFF, ALL_NOTES_OFF):
            return self.clear(tick)
        return ()

    def newest(self, tick: int) -> list[int]:
        """Pitches that are held and not forgotten, in the order in which they were struck."""
        held = self.held
        if held and tick - next(iter(held.values())).tick < FORGOTTEN_TICKS:
            return list(held)  # the oldest is not forgotten, so none is
        return [note.pitch for note in held.values() if tick - note.tick < FORGOTTEN_TICKS]

    def sounding(self, tick: int) -> list[int]:
        """Pitches that are held and not forgotten, low to high."""
        return sorted(self.newest(tick))

    def clear(self, tick: int) -> tuple[Released, ...]:
        """Let go of everything: the port has gone, or says that all notes are off."""
        gone = tuple(Released(tick, note.pitch, note.tick) for note in self.held.values())
        self.held.clear()
        return gone

    def _strike(self, note: Struck) -> tuple[Struck | Released, ...]:
        before = self._release(note.pitch, note.tick)
        if len(self.held) >= CROWD:
            before += self._release(next(iter(self.held)), note.tick)
        self.held[note.pitch] = note
        return (*before, note)

    def _release(self, pitch: int, tick: int) -> tuple[Struck | Released, ...]:
        note = self.held.pop(pitch, None)
        return () if note is None else (Released(tick, pitch, note.tick),)
