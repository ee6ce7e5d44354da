"""Advisor (live room): what the walk should do about what its part hears.

What flows in: what the listener knows, and questions from the part at each step. What flows out: whether to wait for
a note, an `Advice` for the step (sound or not, where to, with what pull, how loud, how transposed), and the segment
to go on with when a note contradicts the choice in mid-beat. Deterministic; it reads no clock, sends nothing and
changes nothing of the walk.

Shapes: C cells (eighths) a segment. Steps fall on `origin + n * hop`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from instrument.controls import PartControls
from instrument.live.belief import believed, weights
from instrument.live.following import Wish, amendment, amounts, offers, pull, strength
from instrument.live.listener import Listener
from instrument.live.matching import CELL
from instrument.live.modes import LEAD, PULLED, SHADOW, TOGETHER, Manner, thins, wanted_onsets
from instrument.live.walk import Energies, Pull, Segments

EARLY_TICKS = 60  # a note so little before a step belongs to it
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
class Advisor:
    """Advises one part by what its `listener` hears."""

    listener: Listener
    manner: Manner = field(default_factory=Manner)
    _amended: tuple[int, int] | None = None  # the origin and the cell in which the choice was last changed

    def waits(self, controls: PartControls, step_tick: int) -> bool:
        """Whether the choice for the step at `step_tick` should wait for a note, as far as the grace allows."""
        if not self._together(controls) or self.listener.struck_tick >= step_tick - EARLY_TICKS:
            return False
        return self.listener.playing(step_tick)

    def advise(self, step_tick: int, tick: int, here: int | None, place: int, controls: PartControls) -> Advice:
        """What to do about the step at `step_tick`, decided at `tick`, by a walk that stands at segment `here`.

        `place` is the step's place in our bar.
        """
        self.listener.picture.memory = controls.follow_memory
        self.listener.listen(tick)
        self.listener.find_place(step_tick, place, controls)
        mode = int(controls.mode)
        if controls.follow <= 0:
            return Advice()
        turn = self.manner.step(mode, self.listener.playing(step_tick), self._most_steps(controls))
        advice = Advice(
            turn.sounds,
            gain=self._gain(controls),
            shift=self.shift(controls),
            thin=thins(mode, self.listener.picture.onsets_per_beat),
        )
        if not turn.sounds or here is None:
            return advice
        if turn.jump:
            return advice._replace(jump=self._phrase_lives_at(place, controls))
        if mode not in PULLED or step_tick - self.listener.active_tick > self.listener.fade_ticks(controls):
            return advice
        heard = self.listener.held(controls)
        believed = self._believed(heard, controls, 0) if controls.follow_harmony > 0 else None
        wish = self._wish(believed, controls)
        if self.listener.downbeat:
            wish = wish._replace(place=(place - self.listener.downbeat) % self.listener.ears.steps_per_bar)
        if believed is None:
            return advice._replace(pull=self._pull(wish))
        tone = heard[-1] if heard else int(believed[0].argmax())
        return advice._replace(pull=self._pull(wish), extra=self._offers(wish, tone, here, controls))

    def amend(
        self, step_tick: int, tick: int, playing: int, weighed: Sequence[int], controls: PartControls
    ) -> int | None:
        """The segment to change to when the note begun at `tick` contradicts `playing`; None when it does not."""
        phase = tick - step_tick
        if not self._together(controls) or not 0 <= phase < self.listener.ears.preset.hop - EARLY_TICKS:
            return None
        cell = min((phase + EARLY_TICKS) // CELL, self.listener.ears.matcher.cells - 1)
        number = (step_tick - self.listener.origin) // CELL + cell
        heard = self.listener.held(controls)
        if (self.listener.origin, number) == self._amended or not heard:
            return None
        if self.listener.ears.matcher.agreement(playing, cell, weights(heard[-1:])) > 0.5:
            return None
        wish = self._wish(self._believed(heard, controls, cell), controls)
        found = amendment(wish, self.listener.ears.matcher, playing, list(weighed), cell, heard[-1])
        if found is not None:
            self._amended = self.listener.origin, number
        return found

    def shift(self, controls: PartControls) -> int:
        """Semitones, -5..6, that the part should sound above its preset to be in the performer's key."""
        return self.listener.frame(controls) if controls.follow > 0 and controls.follow_key == 0 else 0

    def _together(self, controls: PartControls) -> bool:
        return controls.follow > 0 and controls.mode in TOGETHER

    def _most_steps(self, controls: PartControls) -> int:
        return int(controls.answer_bars) * self.listener.ears.steps_per_bar

    def _wish(self, believed: Floats | None, controls: PartControls) -> Wish:
        """What the segment should be like, given what is `believed` (C, 13) to sound, if that matters."""
        picture, frame = self.listener.picture, self.listener.frame(controls)
        harmony, register, density, rhythm = amounts(controls)
        if controls.mode == LEAD:
            harmony = 0.0
        strokes = sum(picture.rhythm)
        return Wish(
            against=self.listener.ears.matcher.against(believed) if harmony > 0 and believed is not None else (),
            height=None if picture.height is None else picture.height - frame,
            onsets=wanted_onsets(int(controls.mode), picture.onsets_per_segment),
            rhythm=np.array([math.sqrt(n / strokes) for n in picture.rhythm], np.float32)
            if strokes > 0 and rhythm > 0
            else None,
            amounts=(harmony, register, density, rhythm),
        )

    def _believed(self, heard: list[int], controls: PartControls, cell: int) -> Floats:
        line = self.listener.line(controls)
        return believed(self.listener.ears, line, heard, cell, self.listener.texture)

    def _pull(self, wish: Wish) -> Pull:
        def energies(segments: Segments) -> Energies:
            return pull(wish, self.listener.ears.matcher, segments)

        return energies

    def _offers(self, wish: Wish, tone: int, here: int, controls: PartControls) -> tuple[int, ...]:
        """Segments from the whole preset that the walk should weigh besides its own candidates.

        `tone` is the newest that is heard, or else the pitch class that is believed in most.
        """
        preset = self.listener.ears.preset
        follows = int(preset.successor[here])
        anchor = follows if follows >= 0 else int(preset.candidates[here, 0])
        found = offers(wish, self.listener.ears.matcher, preset, here, anchor, tone)
        if self.listener.texture:
            found += self.listener.next_segments(controls)
        return tuple(found)

    def _phrase_lives_at(self, place: int, controls: PartControls) -> int | None:
        """A segment that goes on from the phrase heard last, at `place` in the bar if there is one."""
        matcher, found = self.listener.ears.matcher, self.listener.next_segments(controls)
        sounding = [s for s in found if matcher.chord[0, s]]
        return next((s for s in sounding if matcher.metre[s] == place), sounding[0] if sounding else None)

    def _gain(self, controls: PartControls) -> float:
        """Factor of velocities: towards the performer's own loudness, and softer in a shadow."""
        heard = self.listener.picture.velocity
        wanted = 1.0 if heard is None else heard / self.listener.ears.velocity
        gain = 1 + strength(controls.follow) * controls.follow_dynamics * (wanted - 1)
        if controls.mode == SHADOW:
            gain *= SOFTER
        return min(LOUDEST, max(SOFTEST, gain))
