"""Part (live room): one walker: a preset, where the walk stands in it, and the notes that a step becomes.

What flows in: the word to decide step n, which begins at a tick. What flows out: notes in the scheduler, on the
part's channels. Step n falls on `origin + n * hop`. It never reads a clock and never sends.
"""

from dataclasses import dataclass, field

from instrument.controls import PartControls
from instrument.live.draw import Draw
from instrument.live.material import Material
from instrument.live.scheduler import Scheduler
from instrument.live.walk import Choice, State
from instrument.messages import PartStatus

TRAIL_SHOWN = 64
CANDIDATES_SHOWN = 32


@dataclass(slots=True)
class Part:
    """One walker. `before` is the state that the last step began from, for the case that the step never sounds."""

    index: int
    seed: int
    material: Material
    channels: tuple[int, ...]
    controls: PartControls = field(default_factory=PartControls)
    origin: int = 0
    n: int = 0
    state: State | None = None
    before: State | None = None
    choice: Choice | None = None
    broken: bool = True  # nothing of the walk sounds: what is held into the next step must be struck
    trail: list[int] = field(default_factory=list)

    @property
    def next_step(self) -> int:
        """Tick at which the next step begins."""
        return self.origin + self.n * self.material.hop

    def align(self, tick: int) -> None:
        """Let the next step be the first that begins at or after `tick`; a step that has not begun is taken back."""
        hop = self.material.hop
        n = max(0, -(-(tick - self.origin) // hop))
        if n < self.n and self.trail:
            self.state = self.before
            self.trail.pop()
        self.n, self.broken = n, True

    def decide(self, scheduler: Scheduler) -> None:
        """Take step n and hand its notes to the scheduler. An exception leaves the walk at its last good state."""
        tick, draw = self.next_step, Draw(self.seed, self.index, self.n)
        walk = self.material.walk
        choice = None
        if self.state is None:
            state = walk.start(draw)
        else:
            state, choice = walk.step(self.state, self.controls, draw)
        self._sound(scheduler, state.segment, tick, seam=self.broken or choice is None or not choice.stayed)
        self.before, self.state, self.choice, self.broken = self.state, state, choice, False
        self.trail.append(state.segment)
        self.n += 1

    def skip(self) -> None:
        """Let step n pass in silence; the walk stays where it is."""
        self.n, self.broken = self.n + 1, True

    def _sound(self, scheduler: Scheduler, segment: int, tick: int, seam: bool) -> None:
        """Notes of `segment` from `tick` on. Over a seam the same pitch is tied, and the rest is cut."""
        notes = self.material.preset.notes(segment)
        if seam:
            held = [note for note in notes if note.onset < 0 and note.voice not in self.material.drums]
            found = [scheduler.find(self.index, self.channels[n.voice], n.pitch, tick) for n in held]
            scheduler.cut(self.index, tick, [sounding for sounding in found if sounding])
            for note, sounding in zip(held, found, strict=True):
                end = tick + note.onset + note.duration
                if sounding:
                    scheduler.move_off(sounding, end)
                else:
                    channel = self.channels[note.voice]
                    scheduler.note(tick, end, channel, note.pitch, note.velocity, self.index)
        for note in notes:
            if note.onset >= 0:
                on = tick + note.onset
                scheduler.note(
                    on, on + note.duration, self.channels[note.voice], note.pitch, note.velocity, self.index
                )

    def status(self, sounding: tuple[tuple[int, int], ...]) -> PartStatus:
        """A picture for the screen."""
        preset = self.material.preset
        segment = self.state.segment if self.state else -1
        choice = self.choice
        shown = zip(choice.candidates, choice.probabilities, strict=True) if choice else ()
        best = sorted(shown, key=lambda pair: -pair[1])[:CANDIDATES_SHOWN]
        return PartStatus(
            preset=str(preset.path or ""),
            title=preset.title,
            segment=segment,
            piece=preset.piece_name(segment) if segment >= 0 else "",
            bar=preset.bar(segment) if segment >= 0 else 0,
            verbatim=self.state.run if self.state else 0,
            candidates=tuple(best),
            trail=tuple(self.trail[-TRAIL_SHOWN:]),
            controls=dict(self.controls.items()),
            sounding=sounding,
        )
