"""Modes (live room): whose turn it is, and where an answer begins. Two musicians' manners, not their notes.

What flows in: at every step, whether the performer plays and for how long it has been quiet. What flows out: whether
the walk sounds in this step, and whether it should jump to where the performer's phrase lives. It counts steps, knows
no ticks, notes or segments, and never decides what sounds.

  accompany  together: the walk sounds, and waits for the performer's note
  answer     call and response: silent while the performer plays, for N bars or until a rest; then replies as long
  shadow     together, but softer, and on the beats alone where the performer is dense
  solo       sounds when the performer rests
  lead       goes its way in harmony: takes register, density, rhythm and dynamics, never notes or time
  teleport   deaf, but a phrase that has ended sends the walk where it lives
"""

from dataclasses import dataclass
from typing import NamedTuple

from instrument.controls import MODES

ACCOMPANY, ANSWER, SHADOW, SOLO, LEAD, TELEPORT = range(len(MODES))
TOGETHER = (ACCOMPANY, SHADOW)  # modes that wait for the performer's note
PULLED = (ACCOMPANY, SHADOW, LEAD)  # modes in which what is heard pulls on the choice
DEAF = (LEAD, TELEPORT)  # modes in which no harmony does
DENSE = 1.5  # distinct onsets a beat from which a shadow thins out
PHRASE_STEPS = 2  # steps of playing that make a phrase


class Turn(NamedTuple):
    """What the mode says of one step."""

    sounds: bool
    jump: bool = False  # begin where the heard phrase lives


@dataclass(slots=True)
class Manner:
    """The state of turn-taking: steps that the performer's phrase has lasted, and steps left of the reply."""

    phrase: int = 0
    reply: int = 0
    called: bool = False  # a phrase has ended and nobody has answered it yet

    def step(self, mode: int, playing: bool, most_steps: int) -> Turn:
        """The turn for a step before which the performer was `playing` or quiet; calls last `most_steps` at most."""
        ended = self._count(playing)
        if mode == ANSWER:
            return self._answer(playing, ended, most_steps)
        if mode == SOLO:
            return Turn(sounds=not playing)
        return Turn(sounds=True, jump=mode == TELEPORT and ended >= PHRASE_STEPS)

    def _count(self, playing: bool) -> int:
        """Lengthen the phrase while it is played; the length of one that has just ended, else 0."""
        ended = 0 if playing else self.phrase
        self.phrase = self.phrase + 1 if playing else 0
        return ended

    def _answer(self, playing: bool, ended: int, most_steps: int) -> Turn:
        if ended >= PHRASE_STEPS or (playing and self.phrase >= most_steps):
            self.reply, self.phrase = min(max(ended, self.phrase), most_steps), 0
            return self._reply(jump=True)
        if playing and self.phrase >= PHRASE_STEPS:
            self.reply = 0  # the performer goes on: listen again
        return self._reply(jump=False)

    def _reply(self, jump: bool) -> Turn:
        if self.reply <= 0:
            return Turn(sounds=False)
        self.reply -= 1
        return Turn(sounds=True, jump=jump)


def wanted_onsets(mode: int, heard: float) -> float | None:
    """Distinct onsets a segment should have: as many as are `heard`; for a shadow the fewer the more are heard."""
    if heard <= 0:
        return None
    return 2 / (1 + heard) if mode == SHADOW else heard


def thins(mode: int, onsets_per_beat: float) -> bool:
    """Whether only what begins with a step should sound: a shadow keeps out of a busy performer's way."""
    return mode == SHADOW and onsets_per_beat > DENSE
