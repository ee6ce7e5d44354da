"""Listener (live room): one part's ear. It hears a performer, or another part, and knows what it has heard.

What flows in: MIDI bytes with their ticks, strokes of drums. What flows out: what is held and was played of late, as
pictures, in words and on the map, and which segments go on from it. Deterministic; it reads no clock, sends nothing
and decides nothing: that is `advisor`'s. Pitches are the performer's own until `frame` moves them to the preset's.

Shapes: C cells (eighths) a segment. Steps fall on `origin + n * hop`.
"""

from collections import deque
from dataclasses import dataclass, field

from instrument.controls import PartControls
from instrument.live.ears import Ears
from instrument.live.hearing import Hearing, Struck
from instrument.live.keyfinder import KeyFinder
from instrument.live.matching import CELL, SILENT
from instrument.live.modes import LEAD
from instrument.live.naming import chord, notes
from instrument.live.picture import Picture
from instrument.live.prediction import ORDER
from instrument.live.whereabouts import Whereabouts, along, onwards
from instrument.notes import TOLERANCE

CHORUS = 1.6  # notes at once from which the performer is taken to play a texture, not a line
REMEMBERED_CELLS = 4 * ORDER
CAUGHT_UP_CELLS = 64  # after a longer gap the past is forgotten, not counted through


@dataclass(slots=True)
class Listener:
    """What one part has heard. `struck_tick` is when a note last began, `active_tick` when anything last sounded."""

    ears: Ears
    origin: int = 0
    hearing: Hearing = field(default_factory=Hearing)
    struck_tick: int = -(10**9)
    active_tick: int = -(10**9)
    whereabouts: Whereabouts = field(default_factory=Whereabouts)
    downbeat: int = 0  # segments from our bar line to the performer's
    given: int | None = None  # the frame of what is heard, where that is known
    picture: Picture = field(init=False)
    key: KeyFinder = field(init=False)
    _line: deque[int] = field(default_factory=lambda: deque(maxlen=REMEMBERED_CELLS))  # pitches, -1 for silence
    _cell: int = 0  # the next cell to be closed, counted from the origin
    _listened: int | None = None  # the tick up to which time has passed

    def __post_init__(self) -> None:
        self.picture = Picture(self.ears.preset.hop, memory=4.0)
        self.key = KeyFinder(self.ears.evidence)

    def hear(self, data: tuple[int, ...], tick: int) -> bool:
        """Take in the bytes of one message; True when a note began."""
        self.listen(tick)
        struck = False
        for event in self.hearing.take(data, tick):
            self.active_tick = tick
            if isinstance(event, Struck):
                self.picture.strike(event, (tick - self.origin) % self.ears.preset.hop)
                self.struck_tick, struck = tick, True
            else:
                self.whereabouts.end(event)
        return struck

    def knock(self, velocity: int, tick: int) -> None:
        """A drum was struck: a rhythm without a pitch."""
        self.listen(tick)
        self.picture.strike(Struck(tick, 0, velocity), (tick - self.origin) % self.ears.preset.hop)
        self.struck_tick = self.active_tick = tick

    def settle(self, ears: Ears, origin: int) -> None:
        """Listen with the tables of another preset, or by another grid; what was heard is kept."""
        if ears is not self.ears:
            self.ears, self.key = ears, KeyFinder(ears.evidence)
            self.picture = Picture(ears.preset.hop, self.picture.memory, self.picture.tick)
            self.whereabouts.forget()
            self._listened = None
        if origin != self.origin:
            self._listened = None
            self.origin = origin
            self._cell = (self.picture.tick - origin - TOLERANCE) // CELL + 1

    def listen(self, tick: int) -> None:
        """Let time pass up to `tick`: pictures fade, eighths that are over are entered into the line."""
        if tick == self._listened:  # a flood brings some notes a tick
            return
        self._listened = tick
        held = self.hearing.newest(tick)
        top = max(held, default=-1)
        self.picture.advance(tick, len(held), top)
        if held:
            self.active_tick = tick
        last = (tick - self.origin - TOLERANCE) // CELL
        if self._cell <= last:
            self._cell = max(self._cell, last - CAUGHT_UP_CELLS)
            classes = [pitch % 12 for pitch in sorted(held)]
            for _ in range(last + 1 - self._cell):
                self._line.append(top)
                self.key.hear(classes)
            self._cell = last + 1

    @property
    def texture(self) -> bool:
        """Whether a texture is heard, not a line."""
        return self.picture.polyphony > CHORUS

    def playing(self, tick: int) -> bool:
        """Whether the performer was heard during the last segment before `tick`."""
        return tick - self.active_tick < self.ears.preset.hop or bool(self.hearing.newest(tick))

    def fade_ticks(self, controls: PartControls) -> int:
        """Ticks after which what was heard is forgotten."""
        return round(2 * controls.follow_memory * 480)

    def frame(self, controls: PartControls) -> int:
        """Semitones, -5..6, by which the leader's music lies above the preset's frame."""
        if not self.ears.moves or controls.follow_key >= 2 or controls.mode == LEAD:
            return 0
        frame = (self.key.frame if self.given is None else self.given) % 12
        return frame - 12 if frame > 6 else frame

    def held(self, controls: PartControls) -> list[int]:
        """Pitch classes, in the preset's frame, of what the performer holds, the newest last; of a line only that."""
        pitches = self.hearing.newest(self.picture.tick)
        if not self.texture:
            pitches = pitches[-1:]
        frame = self.frame(controls)
        return [(p - frame) % 12 for p in pitches]

    def line(self, controls: PartControls) -> list[int]:
        """Pitch classes of the line heard last, in the preset's frame, eighth by eighth; SILENT where none was."""
        frame = self.frame(controls)
        return [(p - frame) % 12 if p >= 0 else SILENT for p in list(self._line)[-ORDER:]]

    def next_segments(self, controls: PartControls) -> list[int]:
        """Segments that the corpus has after what was heard."""
        if not self.texture:
            found = along(self.ears, self.line_at_home(controls))
            return list(found.segments) if found else []
        place = self.whereabouts.place
        return onwards(self.ears, place.segments, 2) if place else []

    def find_place(self, step_tick: int, place: int, controls: PartControls) -> None:
        """Place what was heard on the manifold, when it is a texture: a line is placed when somebody asks."""
        if step_tick - self.active_tick > 3 * self.ears.preset.hop:
            self.whereabouts.forget()
        elif self.texture:
            position = (place - 2) % self.ears.steps_per_bar
            held = self.hearing.held.values()
            self.whereabouts.find(self.ears, step_tick, held, self.frame(controls), position)

    def heard(self, controls: PartControls) -> str:
        """What is heard, in words: notes, chord, key; "" when nothing was of late."""
        if self.picture.tick - self.active_tick > self.fade_ticks(controls):
            return ""
        pitches = self.hearing.sounding(self.picture.tick)
        words = (notes(pitches), chord(pitches) if len(pitches) > 1 else "", self.key.name)
        return "  ".join(word for word in words if word)

    def heard_at(self, controls: PartControls) -> tuple[float, ...]:
        """Where on the map that is, -1..1 both; () when it is not known."""
        line = not self.texture
        place = along(self.ears, self.line_at_home(controls)) if line else self.whereabouts.place
        return self.ears.atlas.on_map(place.segments, place.weights) if place and self.heard(controls) else ()

    def line_at_home(self, controls: PartControls) -> list[int]:
        """Pitch classes of the heard line in the preset's frame, eighth by eighth, without its silences."""
        return [(p - self.frame(controls)) % 12 for p in self._line if p >= 0]
