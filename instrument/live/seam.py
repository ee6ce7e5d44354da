"""Seam (live room): a step's notes joined to what sounds already.

What flows in: what a step sounds, in ticks from its start, and whether it follows what came before. What flows
out: notes in the scheduler. Over a seam the same pitch is tied and the rest is cut; what is held into the step and
does not sound yet is struck. Nothing is chosen here.
"""

from collections.abc import Sequence

from instrument.live.scheduler import Scheduler
from instrument.live.shape import Sounding

SHORTEST = 30  # ticks: what is left of a note that is shorter is not worth striking


def join(scheduler: Scheduler, part: int, tick: int, notes: Sequence[Sounding], seam: bool, earliest: int) -> int:
    """Sound `notes` from `tick` on; returns the last onset. None begins before `earliest`: steps keep their order."""
    if seam:
        _tie(scheduler, part, tick, [note for note in notes if note.held])
    last = earliest
    for note in notes:
        if not note.held:
            onset = max(earliest, tick + note.onset)
            last = max(last, onset)
            scheduler.note(onset, tick + note.off, note.channel, note.pitch, note.velocity, part)
    return last


def rest_of(notes: Sequence[Sounding], phase: int) -> list[Sounding]:
    """What is left of a step's notes `phase` ticks into it, in ticks from there; what sounds then is held."""
    left = [note for note in notes if note.onset >= phase or note.off >= phase + SHORTEST]
    return [n._replace(onset=n.onset - phase, off=n.off - phase, held=n.held or n.onset < phase) for n in left]


def _tie(scheduler: Scheduler, part: int, tick: int, held: Sequence[Sounding]) -> None:
    going = [note for note in held if note.off > 0]
    found = [scheduler.find(part, note.channel, note.pitch, tick) for note in going]
    scheduler.cut(part, tick, [sounding for sounding in found if sounding])
    for note, sounding in zip(going, found, strict=True):
        if sounding:
            scheduler.move_off(sounding, tick + note.off)
        else:
            scheduler.note(tick, tick + note.off, note.channel, note.pitch, note.velocity, part)
