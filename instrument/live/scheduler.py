"""Scheduler (live room): what is due when, and who owns every sounding note.

What flows in: notes, controls and tempo changes with their ticks, and words about notes already taken in (cut, tie,
release). What flows out: `Output`s, tick by tick. Every note_on that leaves is followed by exactly one note_off: a
pitch that is struck again is released first, and nothing is forgotten on any way out. It never reads a clock, never
sends, and knows no presets.

Order at equal ticks: tempo, note_offs, control and program changes, note_ons. A sounding note is owned as (port,
channel, pitch), for that is what a receiver can tell apart; `ports` says which port a part speaks to (0 unless told).
"""

import heapq
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from instrument.notes import Event, Output, TempoChange, note_off, note_on

Key = tuple[int, int, int]  # port, channel, pitch


@dataclass(slots=True, eq=False)
class Planned:
    """A note that was taken in and is not over: waiting for its onset, or sounding."""

    onset: int
    off: int
    channel: int
    pitch: int
    velocity: int
    part: int
    port: int = 0
    sounding: bool = False
    over: bool = False

    @property
    def key(self) -> Key:
        """What a receiver knows it by."""
        return self.port, self.channel, self.pitch


class Scheduler:
    """A heap in ticks. Times that have passed are due at once, at the tick of the next `pop`."""

    def __init__(self) -> None:
        self.ports: dict[int, int] = {}
        self.polyphony: dict[int, int] = {}  # how many notes a part may sound at once; no entry: any number
        self._heap: list[tuple[int, int, Planned | Output]] = []
        self._count = 0  # breaks ties in the heap by order of arrival
        self._planned: dict[Planned, None] = {}
        self._sounding: dict[Key, Planned] = {}

    def note(self, onset: int, off: int, channel: int, pitch: int, velocity: int, part: int = 0) -> None:
        """Sound a note from `onset` to `off`, one tick long at the least."""
        planned = Planned(onset, max(off, onset + 1), channel, pitch, velocity, part, self.ports.get(part, 0))
        self._planned[planned] = None
        self._push(onset, planned)

    def put(self, output: Output) -> None:
        """Send a tempo, control or program change at its tick."""
        self._push(output.tick, output)

    def _push(self, tick: int, item: Planned | Output) -> None:
        self._count += 1
        heapq.heappush(self._heap, (tick, self._count, item))

    def next_tick(self) -> int | None:
        """The tick at which something is due; None when nothing is."""
        while self._heap and self._stale(*self._heap[0]):
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    @staticmethod
    def _stale(tick: int, _: int, item: Planned | Output) -> bool:
        """Whether the heap's entry no longer means anything: its note was cut, tied on or released meanwhile."""
        if not isinstance(item, Planned):
            return False
        return item.over or (item.sounding and tick < item.off)

    def pop(self, tick: int) -> list[Output]:
        """All that is due at or before `tick`, as of `tick`, in order."""
        offs: dict[Planned, None] = {}  # in order; a note that was moved back and forth has two entries in the heap
        ons: list[Planned] = []
        changes: list[Event] = []
        tempi: list[Output] = []
        while (due := self.next_tick()) is not None and due <= tick:
            item = heapq.heappop(self._heap)[2]
            if isinstance(item, Planned):
                if item.sounding:
                    offs[item] = None
                else:
                    ons.append(item)
            elif isinstance(item, TempoChange):
                tempi.append(item._replace(tick=tick))
            else:
                changes.append(item._replace(tick=tick))
        ons = self._merge(ons)
        for new in ons:
            if (old := self._sounding.get(new.key)) is not None:
                offs[old] = None
        offs |= dict.fromkeys(self._stolen(ons, offs))
        return [*tempi, *(self._end(note, tick) for note in offs), *changes, *(self._begin(n, tick) for n in ons)]

    def _merge(self, ons: Iterable[Planned]) -> list[Planned]:
        """One note a key: two voices that strike one pitch at once are one note, as long and loud as the most."""
        merged: dict[Key, Planned] = {}
        for note in ons:
            key = note.key
            if (first := merged.setdefault(key, note)) is not note:
                first.off, first.velocity = max(first.off, note.off), max(first.velocity, note.velocity)
                self._forget(note)
        return list(merged.values())

    def _stolen(self, ons: list[Planned], offs: Collection[Planned]) -> list[Planned]:
        """The oldest notes of each part that is about to sound more than it may; too many at once lose the inner."""
        stolen: list[Planned] = []
        for part, most in self.polyphony.items():
            new = [note for note in ons if note.part == part]
            for note in sorted(new, key=lambda n: abs(n.pitch - _middle(new)))[: max(0, len(new) - most)]:
                ons.remove(note)
                new.remove(note)
                self._forget(note)
            old = [note for note in self._sounding.values() if note.part == part and note not in offs]
            excess = len(old) + len(new) - most
            stolen += sorted(old, key=lambda n: n.onset)[: max(0, excess)]
        return stolen

    def _begin(self, note: Planned, tick: int) -> Event:
        note.sounding = True
        note.off = max(note.off, tick + 1)
        self._sounding[note.key] = note
        self._push(note.off, note)
        return note_on(tick, note.channel, note.pitch, note.velocity, note.part)

    def _end(self, note: Planned, tick: int) -> Event:
        del self._sounding[note.key]
        self._forget(note)
        return note_off(tick, note.channel, note.pitch, note.part)

    def _forget(self, note: Planned) -> None:
        note.over = True
        self._planned.pop(note, None)

    def find(self, part: int, channel: int, pitch: int, tick: int) -> Planned | None:
        """The note of `part` on that channel and pitch that will sound into `tick`, if there is one."""
        for note in self._planned:
            if (note.part, note.channel, note.pitch) == (part, channel, pitch) and note.onset < tick < note.off:
                return note
        return None

    def move_off(self, note: Planned, off: int) -> None:
        """Let `note` end at `off`: later (a tie) or earlier (a cut), never before it has begun."""
        note.off = max(off, note.onset + 1)
        if note.sounding:
            self._push(note.off, note)

    def cut(self, part: int, tick: int, keep: Iterable[Planned] = ()) -> None:
        """End at `tick` what `part` would sound beyond it, but for `keep`; what would begin there is dropped."""
        kept = set(keep)
        for note in [n for n in self._planned if n.part == part and n.off > tick and n not in kept]:
            if note.onset >= tick and not note.sounding:
                self._forget(note)
            else:
                self.move_off(note, tick)

    def release(self, tick: int, where: Callable[[Planned], bool] = lambda _: True) -> list[Output]:
        """Note_offs, as of `tick`, of all notes for which `where` holds; those that wait are forgotten."""
        chosen = [note for note in self._planned if where(note)]
        outputs: list[Output] = [self._end(note, tick) for note in chosen if note.sounding]
        for note in chosen:
            self._forget(note)
        return outputs

    def sounding(self, part: int) -> tuple[tuple[int, int], ...]:
        """Channel and pitch of what `part` sounds."""
        return tuple((note.channel, note.pitch) for note in self._sounding.values() if note.part == part)


def _middle(notes: list[Planned]) -> float:
    return (min(n.pitch for n in notes) + max(n.pitch for n in notes)) / 2
