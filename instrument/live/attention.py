"""Attention (live room): whom a part listens to, and what it makes of the advice it gets.

What flows in: the part's controls, the performer's messages or what the part that it follows sounds, the words to
advise a step or to judge a choice. What flows out: how long to wait, a lean for the walk, and the hand as the leader
has it (louder, thinner, in another key). Whom the part's controls do not let in is not heard. It owns the part's
advisor and nothing else.

A part that follows a part does not wait for it, nor judge a choice by it: leaders choose first, and their harmony is
known before it sounds.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from instrument.controls import PartControls
from instrument.live.advisor import Advice, Advisor
from instrument.live.ears import Ears
from instrument.live.following import strength
from instrument.live.hand import Hand
from instrument.live.listener import Listener
from instrument.live.pulls import Lean
from instrument.messages import Heard
from instrument.notes import DRUM_CHANNEL, NOTE_ON, Event
from instrument.tempo import PPQN

ALL_CHANNELS = 0xFFFF
THINNED = 0.3  # density at which only what begins with a step is left
MOST_SEMITONES, LOUDEST = 24, 2.0  # ends of the controls that advice moves


@dataclass(slots=True)
class Attention:
    """A part's advisor, made when there are ears to listen with, and its last advice."""

    advice: Advice = field(default_factory=Advice)
    advisor: Advisor | None = None
    leader: int = 0  # whom the listener hears: 0 the performer, else a part from 1

    @property
    def listener(self) -> Listener | None:
        """Who hears for it."""
        return self.advisor.listener if self.advisor else None

    def settle(self, ears: Ears, origin: int, leader: int = 0) -> None:
        """Listen to `leader` with these tables, to a grid that begins at `origin`; to another with fresh ears."""
        if self.listener is None or leader != self.leader:
            self.advisor, self.leader = Advisor(Listener(ears, origin)), leader
        else:
            self.listener.settle(ears, origin)

    def forget(self) -> None:
        """The last advice was for another walk: its segments may not be in this one's preset."""
        self.advice = Advice()

    def attends(self, controls: PartControls) -> bool:
        """Whether it is the performer whom the part follows."""
        return self.listener is not None and controls.follow > 0 and controls.leader == 0

    def hear(self, controls: PartControls, message: Heard, tick: int) -> bool:
        """Take in a message that this part listens to; True when a note began."""
        if self.listener is None or self.leader or controls.listen_port not in (0, message.source + 1):
            return False
        channel = int(controls.listen_channel)
        self.listener.hearing.channels = 1 << (channel - 1) if channel else ALL_CHANNELS
        return self.listener.hear(message.data, tick)

    def overhear(self, event: Event) -> None:
        """Take in what the part that is followed sounds; of drums their strokes, for their numbers are no pitches."""
        if self.listener is None or not self.leader:
            return
        if event.channel != DRUM_CHANNEL:
            self.listener.hear(event.data, event.tick)
        elif event.kind == NOTE_ON:
            self.listener.knock(event.data2, event.tick)

    def grace(self, controls: PartControls, step_tick: int, bpm: float) -> int | None:
        """Ticks after `step_tick` up to which its choice waits for a note; None when it does not wait."""
        if self.advisor is None or not self.attends(controls) or not self.advisor.waits(controls, step_tick):
            return None
        return round(controls.grace * bpm * PPQN / 60_000)

    def advise(
        self,
        controls: PartControls,
        step_tick: int,
        tick: int,
        here: int | None,
        place: int,
        frame: int | None = None,
    ) -> Advice:
        """The advice for a step, which is kept until the next. `frame`: semitones that the leading part is above its
        preset; None while the performer leads, or nobody."""
        self.advice = Advice()
        if self.advisor is None or controls.follow <= 0 or bool(self.leader) != (frame is not None):
            return self.advice
        self.advisor.listener.given = frame
        if frame is not None:
            self.advisor.listener.downbeat = 0  # they share their bar line
            controls = replace(controls, follow_harmony=0.0)  # which the part itself sees to
        self.advice = self.advisor.advise(step_tick, tick, here, place, controls)
        return self.advice

    def frame(self, controls: PartControls) -> int:
        """Semitones, -5..6, by which the leader's music lies above the preset's frame."""
        return self.listener.frame(controls) if self.listener is not None else 0

    def amend(
        self, controls: PartControls, step_tick: int, tick: int, playing: int, weighed: Sequence[int]
    ) -> int | None:
        """The segment to change to, when the note that began at `tick` contradicts `playing`."""
        if self.advisor is None or not self.attends(controls):
            return None
        return self.advisor.amend(step_tick, tick, playing, weighed, controls)

    def leans(self) -> list[Lean]:
        """What the last advice has the walk lean to."""
        return [Lean(self.advice.pull, self.advice.extra)] if self.advice.pull is not None else []

    def led(self, hand: Hand) -> Hand:
        """`hand` as the last advice has it: transposed to the performer's key, as loud, thinned out."""
        gain, shift, thin = self.advice.gain, self.advice.shift, self.advice.thin
        if gain == 1 and not shift and not thin:
            return hand
        c = hand.controls
        controls = replace(
            c,
            transpose=max(-MOST_SEMITONES, min(MOST_SEMITONES, c.transpose + shift)),
            velocity=min(LOUDEST, c.velocity * gain),
            density=min(c.density, THINNED) if thin else c.density,
        )
        return replace(hand, controls=controls)

    def agree_on(self, downbeat: int) -> None:
        """Let the performer's bars begin so many beats after ours."""
        if self.listener is not None:
            self.listener.downbeat = downbeat * PPQN // self.listener.ears.preset.hop

    def heard(self, controls: PartControls) -> str:
        """What the part hears, in words; "" when it listens to nobody or nobody plays."""
        return self.listener.heard(controls) if self.listener is not None else ""

    def heard_at(self, controls: PartControls) -> tuple[float, ...]:
        """Where on the map that is; () when it is not known."""
        return self.listener.heard_at(controls) if self.listener is not None else ()

    def pull(self, controls: PartControls) -> float:
        """How strongly what is heard pulls on the walk now, 0..1."""
        return strength(controls.follow) if self.advice.pull is not None else 0.0
