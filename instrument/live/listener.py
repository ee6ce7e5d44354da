"""Listener (live room): one part's ear. It hears a performer, or another part, and says what the walk should do.

What flows in: MIDI bytes with their ticks, and questions from the part at each step. What flows out: whether to wait
for a note, an `Advice` for the step (sound or not, where to, with what pull, how loud, how transposed), and the
segment to go on with when a note contradicts the choice in mid-beat. It is deterministic, reads no clock, sends
nothing and changes nothing of the walk. Pitches are the performer's own until `_frame` moves them to the preset's.

Shapes: C cells (eighths) a segment. Steps fall on `origin + n * hop`.
"""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from instrument.controls import PartControls
from instrument.live.belief import believed, weights
from instrument.live.ears import Ears
from instrument.live.following import Wish, amendment, amounts, offers, pull, strength
from instrument.live.hearing import Hearing, Struck
from instrument.live.keyfinder import KeyFinder
from instrument.live.matching import CELL, SILENT, TOLERANCE
from instrument.live.modes import LEAD, PULLED, SHADOW, TOGETHER, Manner, thins, wanted_onsets
from instrument.live.naming import chord, notes
from instrument.live.picture import Picture
from instrument.live.prediction import ORDER
from instrument.live.walk import Energies, Pull, Segments
from instrument.live.whereabouts import Whereabouts, along, onwards

EARLY_TICKS = 60  # a note so little before a step belongs to it
CHORUS = 1.6  # notes at once from which the performer is taken to play a texture, not a line
REMEMBERED_CELLS = 4 * ORDER
CAUGHT_UP_CELLS = 64  # after a longer gap the past is forgotten, not counted through
SOFTER = 0.6  # of a shadow
LOUDEST, SOFTEST = 1.6, 0.3

Floats = npt.NDArray[np.float32]


class Advice(NamedTuple):
    """What a listener says of one step."""

    sounds: bool = True
    jump: int | None = None  # a segment to begin at
    pull: Pull | None = None
    extra: tuple[int, ...] = ()
    gain: float = 1.0  # of velocities
    shift: int = 0  # semitones that the part sounds above its preset
    thin: bool = False  # only what begins with the step should sound


@dataclass(slots=True)
class Listener:
    """What one part has heard. `struck_tick` is when a note last began, `active_tick` when anything last sounded."""

    ears: Ears
    origin: int = 0
    hearing: Hearing = field(default_factory=Hearing)
    manner: Manner = field(default_factory=Manner)
    struck_tick: int = -(10**9)
    active_tick: int = -(10**9)
    whereabouts: Whereabouts = field(default_factory=Whereabouts)
    downbeat: int = 0  # segments from our bar line to the performer's
    given: int | None = None  # the frame of what is heard, where that is known
    picture: Picture = field(init=False)
    key: KeyFinder = field(init=False)
    _line: deque[int] = field(default_factory=lambda: deque(maxlen=REMEMBERED_CELLS))  # pitches, -1 for silence
    _cell: int = 0  # the next cell to be closed, counted from the origin
    _amended: int = -1  # the cell in which the choice was last changed
    _listened: int | None = None  # the tick up to which time has passed

    def __post_init__(self) -> None:
        self.picture = Picture(self.ears.preset.hop, memory=4.0)
        self.key = KeyFinder(self.ears.evidence)

    # what is heard

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
            self._amended = -1

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

    # what the part asks

    def waits(self, controls: PartControls, step_tick: int) -> bool:
        """Whether the choice for the step at `step_tick` should wait for a note, as far as the grace allows."""
        if not self._together(controls) or self.struck_tick >= step_tick - EARLY_TICKS:
            return False
        return self._playing(step_tick)

    def advise(self, step_tick: int, tick: int, here: int | None, place: int, controls: PartControls) -> Advice:
        """What to do about the step at `step_tick`, decided at `tick`, by a walk that stands at segment `here`.

        `place` is the step's place in our bar.
        """
        self.picture.memory = controls.follow_memory
        self.listen(tick)
        self._find_place(step_tick, place, controls)
        mode = int(controls.mode)
        if controls.follow <= 0:
            return Advice()
        turn = self.manner.step(mode, self._playing(step_tick), self._most_steps(controls))
        advice = Advice(
            turn.sounds,
            gain=self._gain(controls),
            shift=self.shift(controls),
            thin=thins(mode, self.picture.onsets_per_beat),
        )
        if not turn.sounds or here is None:
            return advice
        if turn.jump:
            return advice._replace(jump=self._phrase_lives_at(place, controls))
        if mode not in PULLED or step_tick - self.active_tick > self._fade_ticks(controls):
            return advice
        if controls.follow_harmony <= 0:
            return advice._replace(pull=self._pull(self._wish(None, controls)))
        heard = self._heard(controls)
        believed = self._believed(heard, controls, 0)
        wish = self._wish(believed, controls)
        if self.downbeat:
            wish = wish._replace(place=(place - self.downbeat) % self.ears.steps_per_bar)
        tone = heard[-1] if heard else int(believed[0].argmax())
        return advice._replace(pull=self._pull(wish), extra=self._offers(wish, tone, here, controls))

    def amend(
        self, step_tick: int, tick: int, playing: int, weighed: Sequence[int], controls: PartControls
    ) -> int | None:
        """The segment to change to when the note begun at `tick` contradicts `playing`; None when it does not."""
        phase = tick - step_tick
        if not self._together(controls) or not 0 <= phase < self.ears.preset.hop - EARLY_TICKS:
            return None
        cell = min((phase + EARLY_TICKS) // CELL, self.ears.matcher.cells - 1)
        number = (step_tick - self.origin) // CELL + cell
        heard = self._heard(controls)
        if number == self._amended or not heard:
            return None
        if self.ears.matcher.agreement(playing, cell, weights(heard[-1:])) > 0.5:
            return None
        wish = self._wish(self._believed(heard, controls, cell), controls)
        found = amendment(wish, self.ears.matcher, playing, list(weighed), cell, heard[-1])
        if found is not None:
            self._amended = number
        return found

    def shift(self, controls: PartControls) -> int:
        """Semitones, -5..6, that the part should sound above its preset to be in the performer's key."""
        return self.frame(controls) if controls.follow > 0 and controls.follow_key == 0 else 0

    def heard(self, controls: PartControls) -> str:
        """What is heard, in words: notes, chord, key; "" when nothing was of late."""
        if self.picture.tick - self.active_tick > self._fade_ticks(controls):
            return ""
        pitches = self.hearing.sounding(self.picture.tick)
        words = (notes(pitches), chord(pitches) if len(pitches) > 1 else "", self.key.name)
        return "  ".join(word for word in words if word)

    def heard_at(self, controls: PartControls) -> tuple[float, ...]:
        """Where on the map that is, -1..1 both; () when it is not known."""
        line = self.picture.polyphony <= CHORUS
        place = along(self.ears, self._line_at_home(controls)) if line else self.whereabouts.place
        return self.ears.atlas.on_map(place.segments, place.weights) if place and self.heard(controls) else ()

    # how it comes to that

    def _together(self, controls: PartControls) -> bool:
        return controls.follow > 0 and controls.mode in TOGETHER

    def frame(self, controls: PartControls) -> int:
        """Semitones, -5..6, by which the leader's music lies above the preset's frame."""
        if not self.ears.moves or controls.follow_key >= 2 or controls.mode == LEAD:
            return 0
        frame = (self.key.frame if self.given is None else self.given) % 12
        return frame - 12 if frame > 6 else frame

    def _playing(self, tick: int) -> bool:
        """Whether the performer was heard during the last segment before `tick`."""
        return tick - self.active_tick < self.ears.preset.hop or bool(self.hearing.newest(tick))

    def _most_steps(self, controls: PartControls) -> int:
        return int(controls.answer_bars) * self.ears.steps_per_bar

    def _fade_ticks(self, controls: PartControls) -> int:
        return round(2 * controls.follow_memory * 480)

    def _heard(self, controls: PartControls) -> list[int]:
        """Pitch classes, in the preset's frame, of what the performer holds, the newest last; of a line only that."""
        pitches = self.hearing.newest(self.picture.tick)
        if self.picture.polyphony <= CHORUS:
            pitches = pitches[-1:]
        frame = self.frame(controls)
        return [(p - frame) % 12 for p in pitches]

    def _wish(self, believed: Floats | None, controls: PartControls) -> Wish:
        """What the segment should be like, given what is `believed` (C, 13) to sound, if that matters."""
        picture, frame = self.picture, self.frame(controls)
        harmony, register, density, rhythm = amounts(controls)
        if controls.mode == LEAD:
            harmony = 0.0
        strokes = sum(picture.rhythm)
        return Wish(
            against=self.ears.matcher.against(believed) if harmony > 0 and believed is not None else (),
            height=None if picture.height is None else picture.height - frame,
            onsets=wanted_onsets(int(controls.mode), picture.onsets_per_segment),
            rhythm=np.array([math.sqrt(n / strokes) for n in picture.rhythm], np.float32)
            if strokes > 0 and rhythm > 0
            else None,
            amounts=(harmony, register, density, rhythm),
        )

    def _believed(self, heard: list[int], controls: PartControls, cell: int) -> Floats:
        frame = self.frame(controls)
        line = [(p - frame) % 12 if p >= 0 else SILENT for p in list(self._line)[-ORDER:]]
        return believed(self.ears, line, heard, cell, self.picture.polyphony > CHORUS)

    def _pull(self, wish: Wish) -> Pull:
        def energies(segments: Segments) -> Energies:
            return pull(wish, self.ears.matcher, segments)

        return energies

    def _offers(self, wish: Wish, tone: int, here: int, controls: PartControls) -> tuple[int, ...]:
        """Segments from the whole preset that the walk should weigh besides its own candidates.

        `tone` is the newest that is heard, or else the pitch class that is believed in most.
        """
        preset = self.ears.preset
        follows = int(preset.successor[here])
        anchor = follows if follows >= 0 else int(preset.candidates[here, 0])
        found = offers(wish, self.ears.matcher, preset, here, anchor, tone)
        if self.picture.polyphony > CHORUS:
            found += self._next_segments(controls)
        return tuple(found)

    def _next_segments(self, controls: PartControls) -> list[int]:
        """Segments that the corpus has after what was heard."""
        if self.picture.polyphony <= CHORUS:
            found = along(self.ears, self._line_at_home(controls))
            return list(found.segments) if found else []
        place = self.whereabouts.place
        return onwards(self.ears, place.segments, 2) if place else []

    def _phrase_lives_at(self, place: int, controls: PartControls) -> int | None:
        """A segment that goes on from the phrase heard last, at `place` in the bar if there is one."""
        matcher, found = self.ears.matcher, self._next_segments(controls)
        sounding = [s for s in found if matcher.chord[0, s]]
        return next((s for s in sounding if matcher.metre[s] == place), sounding[0] if sounding else None)

    def _find_place(self, step_tick: int, place: int, controls: PartControls) -> None:
        """Place what was heard on the manifold, when it is a texture: a line is placed when somebody asks."""
        if step_tick - self.active_tick > 3 * self.ears.preset.hop:
            self.whereabouts.forget()
        elif self.picture.polyphony > CHORUS:
            position = (place - 2) % self.ears.steps_per_bar
            held = self.hearing.held.values()
            self.whereabouts.find(self.ears, step_tick, held, self.frame(controls), position)

    def _line_at_home(self, controls: PartControls) -> list[int]:
        """Pitch classes of the heard line in the preset's frame, eighth by eighth, without its silences."""
        return [(p - self.frame(controls)) % 12 for p in self._line if p >= 0]

    def _gain(self, controls: PartControls) -> float:
        """Factor of velocities: towards the performer's own loudness, and softer in a shadow."""
        heard = self.picture.velocity
        wanted = 1.0 if heard is None else heard / self.ears.velocity
        gain = 1 + strength(controls.follow) * controls.follow_dynamics * (wanted - 1)
        if controls.mode == SHADOW:
            gain *= SOFTER
        return min(LOUDEST, max(SOFTEST, gain))
