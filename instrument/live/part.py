"""Part (live room): one walker: its preset, where the walk stands in it, and what the hand has put on it.

What flows in: the word to decide step n, and who is followed. What flows out: notes in the scheduler. Step n falls on
`origin + n * hop`. Where a step comes from, first that applies: a jump that a gesture asked for, the freeze, deja vu,
the walk under all that leans on it. It never reads a clock and never sends.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from instrument.live import glide, pulls
from instrument.live.attention import Attention
from instrument.live.before import Before
from instrument.live.draw import Draw
from instrument.live.grid import DECIDE_EARLY_TICKS, thinking_ticks
from instrument.live.groove import reach
from instrument.live.hand import Hand, Played
from instrument.live.material import Material
from instrument.live.memory import Memory
from instrument.live.modes import DEAF
from instrument.live.morph import Morph
from instrument.live.past import Past
from instrument.live.places import aligned, entry
from instrument.live.pulls import Lean
from instrument.live.rhythm import in_rhythm
from instrument.live.scheduler import Scheduler
from instrument.live.seam import join, rest_of
from instrument.live.shape import shape
from instrument.live.tuning import OFF, scale_mask
from instrument.live.walk import Choice, State
from instrument.messages import Heard
from instrument.notes import Event
from instrument.tempo import PPQN

FREEZABLE = 2048  # 64 bars, the longest freeze, of up to 32 steps
LANE_PATH, LANE_RHYTHM, LANE_MORPH = 16, 18, 20
JUDGED_MS = 10.0  # between two looks at a choice; half of what a played note may take to the output
APART_MS = 2.0  # more for each part: in a flood four looks at one moment made what they changed 2 ms late


class Followed(NamedTuple):
    """What a leader is about to sound: pitch classes (a bit each), and semitones above its preset."""

    harmony: int
    shift: int


@dataclass(slots=True)
class Part:
    """One walker. `line` is a tick on which one of its bars begins; `broken`: nothing of the walk sounds."""

    index: int
    material: Material
    hand: Hand
    origin: int = 0
    line: int = 0
    n: int = 0
    state: State | None = None
    choice: Choice | None = None
    jump: int | None = None
    cursor: int | None = None  # the step of the set that the hand went back to
    away: tuple[Material, int] | None = None  # what played there, until that other preset comes in
    morph: Morph | None = None
    broken: bool = True
    trail: array[int] = field(default_factory=lambda: array("i"))  # every segment since this preset came
    past: Past = field(default_factory=Past)  # and before
    played: list[Played] = field(default_factory=list)  # the last FREEZABLE steps
    path: Memory = field(default_factory=lambda: Memory(LANE_PATH))
    rhythm: Memory = field(default_factory=lambda: Memory(LANE_RHYTHM))
    attention: Attention = field(default_factory=Attention)
    _before: Before | None = None
    _judge_at: int | None = None  # when the standing choice is to be judged by what was heard since
    _judged: int = -PPQN  # when it last was
    _last_onset: int = 0
    _register: tuple[object, ...] = ()

    @property
    def next_step(self) -> int:
        """Tick at which the next step begins."""
        return self.origin + self.n * self.material.hop

    def place(self, n: int) -> int:
        """Place of step `n` in the part's bar: segments since the bar line."""
        return (self.origin + n * self.material.hop - self.line) // self.material.hop % self.material.steps_per_bar

    @property
    def harmony(self) -> int:
        """Pitch classes (a bit each) that the current segment sounds, as transposed; 0 when it is silent."""
        if self.state is None or self.hand.muted:
            return 0
        mask = int(self.material.harmony[self.state.segment])
        return pulls.rotate(mask, self.shift)

    @property
    def shift(self) -> int:
        """Semitones that it sounds above its preset; 0 where a preset's keys are its own."""
        return int(self.hand.controls.transpose) + self.attention.advice.shift

    def align(self, tick: int) -> None:
        """Let the next step be the first that begins at or after `tick`; a step that has not begun is taken back."""
        n = max(0, -(-(tick - self.origin) // self.material.hop))
        if n < self.n and self._before is not None:
            before, self._before = self._before, None
            self.state, self.jump = before.state, before.jump
            self.path.steps, self.rhythm.steps = before.path, before.rhythm
            if before.glide is not None and self.n - 1 == before.glide.last:
                self.hand = replace(self.hand, glide=before.glide)
            del self.trail[-1:], self.played[-1:]
        self.n, self.broken, self._last_onset, self._judge_at = n, True, tick, None

    def due_at(self, tick: int, bpm: float) -> int:
        """Tick at which to look at the part next, as it seems at `tick`: to decide a step, or to judge one."""
        decide_at = self._decide_at(tick, bpm)
        return decide_at if self._judge_at is None else min(decide_at, self._judge_at)

    def decides(self, tick: int, bpm: float) -> bool:
        """Whether the next step is to be decided at `tick`."""
        return self._decide_at(tick, bpm) <= tick

    def _decide_at(self, tick: int, bpm: float) -> int:
        """A little before the step, or after it while a note of the performer is awaited; from afar a lower bound."""
        step_tick, controls = self.next_step, self.hand.controls
        if tick < step_tick - DECIDE_EARLY_TICKS:
            return step_tick - DECIDE_EARLY_TICKS
        if (grace := self.attention.grace(controls, step_tick, bpm)) is not None:
            return step_tick + grace
        return step_tick - min(DECIDE_EARLY_TICKS, thinking_ticks(bpm) + reach(controls.humanise))

    def decide(self, scheduler: Scheduler | None, followed: Followed | None = None, tick: int = 0) -> None:
        """Take step n at `tick`; hand its notes on, or walk silently without a scheduler.

        `followed` is what its leader sounds then. An exception leaves the walk at its last good state.
        """
        self._morph()
        self._judge_at = None
        place, draw = self.place(self.n), Draw(self.hand.seed, self.index, self.n)
        if scheduler is not None:
            here = self.state.segment if self.state else None
            self._listen()
            frame = followed.shift if followed else None
            if not self.attention.advise(self.hand.controls, self.next_step, tick, here, place, frame).sounds:
                self._rest(scheduler)
                return
        before = Before(self.state, self.jump, self.path.steps[:], self.rhythm.steps[:], self.hand.glide)
        state, played, choice = self._step(place, draw, followed)
        rhythm = self._rhythm(played, draw)
        if scheduler is not None:
            self._sound(scheduler, state, played, rhythm, place)
        self._before, self.state, self.choice, self.jump = before, state, choice, None
        self.trail.append(state.segment)
        self.played.append(played)
        del self.played[:-FREEZABLE]
        if self.hand.glide is not None and self.n >= self.hand.glide.last:
            self.hand = replace(self.hand, glide=None)
        self.n, self.broken = self.n + 1, False

    def skip(self) -> None:
        """Let step n pass in silence; the walk stays where it is."""
        self.n, self.broken, self.jump = self.n + 1, True, None

    def _rest(self, scheduler: Scheduler) -> None:
        """Let step n pass in silence, for it is somebody else's turn; the walk stays where it is."""
        scheduler.cut(self.index, self.next_step)
        self._before = None
        self.n, self.broken = self.n + 1, True

    def hear(self, message: Heard, tick: int) -> bool:
        """Take in what the performer played at `tick`; True when a note began."""
        self._listen()
        return self.attention.hear(self.hand.controls, message, tick)

    def overhear(self, event: Event) -> None:
        """Take in what the part that this one follows sounds."""
        self._listen()
        self.attention.overhear(event)

    def _listen(self) -> None:
        self.attention.settle(self.material.ears, self.origin, int(self.hand.controls.leader))

    def doubt(self, tick: int, bpm: float) -> None:
        """A note began at `tick`: have the standing choice judged by it, at once, or a while after it last was.

        So a chord is judged twice, and a flood costs no more.
        """
        if self.attention.attends(self.hand.controls):
            pause_ms = JUDGED_MS + APART_MS * self.index
            self._judge_at = max(tick, self._judged + round(pause_ms * bpm * PPQN / 60_000))

    def judge(self, scheduler: Scheduler, tick: int) -> None:
        """Go on with another segment from the same place in the beat if what is heard contradicts the choice made."""
        if self._judge_at is None or self._judge_at > tick:
            return
        self._judge_at, self._judged = None, tick
        if self.choice is None or self._before is None or self._before.state is None:
            return
        start = self.next_step - self.material.hop
        found = self.attention.amend(self.hand.controls, start, tick, self.trail[-1], self.choice.candidates)
        if found is not None:
            self._amend(scheduler, self._before.state, found, tick - start)

    def _amend(self, scheduler: Scheduler, before: State, segment: int, phase: int) -> None:
        """Sound the rest of `segment`, `phase` ticks into the step that began from `before`, in its place."""
        tick = self.next_step - self.material.hop + phase
        hand, n = self.attention.led(self.hand), self.n - 1
        draw = Draw(hand.seed, self.index, n)
        notes = self.material.notes(segment)
        shaped = shape(notes, hand, self.material.drums, self.place(n) == 0, self.material.hop, draw)
        self._last_onset = join(scheduler, self.index, tick, rest_of(shaped, phase), True, tick)
        self.state = self.material.walk.move(before, segment)
        self.trail[-1], self.played[-1] = segment, Played(segment, n)
        if self.path.steps:
            self.path.steps[-1] = self.played[-1]

    def rewind(self) -> None:
        """Forget the walk: its next step is the first of all."""
        self.n = 0
        self.hand = replace(self.hand, glide=None, loop=None)
        self.past = Past()
        self._forget()

    def enter(self, material: Material) -> None:
        """Go on in another preset, near in harmony and register to where the walk is."""
        old, state = self.material, self.state
        self.material, jump = material, None
        if state is not None:
            chord = int(old.harmony[state.segment])
            jump = entry(material, old.preset.end_pitch[state.segment], chord, self.place(self.n))
        self.hand = replace(self.hand, glide=None, loop=None)
        self.past.close(old, self.trail)
        self._forget()
        self.jump = jump

    def _forget(self) -> None:
        self.state = self.choice = self.jump = self.cursor = self.away = self._before = None
        self.trail, self.played, self.broken = array("i"), [], True
        self.path.steps, self.rhythm.steps = [], []
        self.attention.forget()

    def _morph(self) -> None:
        if self.morph is not None:
            chance = Draw(self.hand.seed, self.index, self.n).uniform(LANE_MORPH)
            chosen = self.morph.choose(self.next_step, chance)
            if chosen is not self.material:
                self.enter(chosen)
            if self.next_step >= self.morph.last:
                self.morph = None

    def _step(self, place: int, draw: Draw, followed: Followed | None) -> tuple[State, Played, Choice | None]:
        """The next state, what it plays, and the choice when there was one."""
        walk, state, controls = self.material.walk, self.state, self.hand.controls
        told = self._told(place, draw)
        if told is not None:
            state = walk.start(draw, told.segment) if state is None else walk.move(state, told.segment)
            return state, told, None
        if state is None:
            state, choice = walk.start(draw), None
        else:
            pull, extra = pulls.together(self._leans(state, place, followed))
            state, choice = walk.step(state, controls, draw, pull, extra)
        played = Played(state.segment, self.n)
        self.path.keep(played)
        return state, played, choice

    def _told(self, place: int, draw: Draw) -> Played | None:
        """What a gesture, the freeze or deja vu says that the step plays; None: the walk is free."""
        hand, controls = self.hand, self.hand.controls
        if self.jump is not None:
            told = Played(aligned(self.material, self.jump, place), self.n)
            self.path.keep(told)
            return told
        if hand.loop is not None:
            return hand.loop.at(self.n)
        if self.attention.advice.jump is not None:
            return Played(self.attention.advice.jump, self.n)
        if hand.glide is not None and self.n == hand.glide.last:
            return Played(hand.glide.segment, self.n)
        steps_per_bar = self.material.steps_per_bar
        return self.path.recall(controls.deja_vu, int(controls.loop_steps), steps_per_bar, draw)

    def _leans(self, state: State, place: int, followed: Followed | None) -> list[Lean]:
        hand, controls, material = self.hand, self.hand.controls, self.material
        leans = self.attention.leans()
        if material.off_the_line(state.segment, place):
            leans.append(pulls.to_beat(material, state.segment, place))
        if controls.scale != OFF:
            mask = scale_mask(int(controls.key), int(controls.scale), int(controls.transpose))
            leans.append(pulls.to_scale(material, mask))
        if followed and followed.harmony and controls.mode not in DEAF:
            mask = pulls.rotate(followed.harmony, -int(controls.transpose) - self.attention.frame(controls))
            amount = controls.follow * controls.follow_harmony
            leans.append(pulls.to_harmony(material, state.segment, mask, amount, place))
        if hand.glide is not None and hand.glide.first <= self.n < hand.glide.last:
            leans.append(glide.lean(material, hand.glide, self.n, place))
        elif hand.steer is not None:
            leans.append(pulls.to_point(material, state.segment, hand.steer, place))
        return leans

    def _sound(self, scheduler: Scheduler, state: State, played: Played, rhythm: Played, place: int) -> None:
        hand, preset, tick = self.attention.led(self.hand), self.material.preset, self.next_step
        notes = self.material.notes(played.segment)
        if rhythm.segment != played.segment:
            notes = in_rhythm(notes, self.material.notes(rhythm.segment))
        follows = self.state is not None and preset.successor[self.state.segment] == state.segment
        register = (hand.register, rhythm is played)
        seam = self.broken or not follows or rhythm is not played or register != self._register
        draw = Draw(hand.seed, self.index, played.n)
        sounding = shape(notes, hand, self.material.drums, place == 0, self.material.hop, draw)
        self._last_onset = join(scheduler, self.index, tick, sounding, seam, self._last_onset)
        self._register = register

    def _rhythm(self, played: Played, draw: Draw) -> Played:
        """Whose rhythm the step has: its own, or one that is remembered."""
        controls, steps_per_bar = self.hand.controls, self.material.steps_per_bar
        recalled = self.rhythm.recall(controls.deja_vu_rhythm, int(controls.loop_steps), steps_per_bar, draw)
        if recalled is None:
            self.rhythm.keep(played)
        return recalled or played
