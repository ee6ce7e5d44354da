"""Workshop: where the bar lines of a source lie -> pieces of one metre each, their bar lines on multiples of the bar.

In: notes on the source's own time line, and its sections. Out: `Piece`s. A source whose metre changes, or whose bars
do not add up, is cut there; a short section before another (a pickup) becomes its lead-in.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from instrument.fit.piece import DURATION, ONSET, Piece, note_table
from instrument.tempo import Metre


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of a source from tick `start` on; its first full bar begins `lead` ticks later, as bar `bar`."""

    start: int
    metre: Metre
    lead: int = 0
    bar: int = 1


def split(source: Piece, sections: Sequence[Section]) -> list[Piece]:
    """`source` as one piece a section; notes go with their onset and end with their section.

    Each keeps the source's name, for its bars keep their numbers.
    """
    pieces = []
    sections = _pickups_joined(sections)
    stops = [s.start for s in sections[1:]] + [source.end]
    for section, stop in zip(sections, stops, strict=True):
        onset = source.notes[:, ONSET]
        inside = source.notes[(onset >= section.start) & (onset < stop)].copy()
        if not len(inside):
            continue
        inside[:, DURATION] = np.minimum(inside[:, DURATION], stop - inside[:, ONSET])
        offset = _offset(section)
        inside[:, ONSET] += offset
        ends = tuple(t + offset for t in source.phrase_ends if section.start <= t < stop)
        bar = section.bar - (section.lead > 0)
        pieces.append(replace(source, notes=note_table(inside), metre=section.metre, bar=bar, phrase_ends=ends))
    return pieces


def _offset(section: Section) -> int:
    """What brings the section's first full bar to a multiple of the bar, and its lead-in into the bar before."""
    return -section.start + (section.metre.bar_ticks - section.lead) % section.metre.bar_ticks


def _pickups_joined(sections: Sequence[Section]) -> list[Section]:
    """Sections with every one that is shorter than a bar of its follower made that one's lead-in."""
    joined: list[Section] = []
    for section in sections:
        before = joined[-1] if joined else None
        if before and not before.lead and section.start - before.start < section.metre.bar_ticks:
            joined[-1] = replace(section, start=before.start, lead=section.start - before.start)
        else:
            joined.append(section)
    return joined
