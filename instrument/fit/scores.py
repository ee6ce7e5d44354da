"""Workshop: notation (MusicXML, ABC, kern) -> pieces, through music21, which is an extra.

In: a music21 score. Out: pieces with one voice a part, real bar lines, pickups and fermatas. Repeats are not played
out: a bar that sounds twice is one bar of the corpus.
"""

from collections.abc import Iterable
from typing import Any

from instrument.fit.piece import Piece, note_table
from instrument.fit.sections import Section, split
from instrument.tempo import PPQN, Metre

VELOCITY = 80


def score_pieces(score: Any, name: str) -> list[Piece]:
    """The pieces of `score`, one a metre; none where it has no notes. Raises music21's errors on a broken score."""
    parts = list(score.parts) or [score]
    rows = [row for voice, part in enumerate(parts) for row in _notes(part, min(voice, 15))]
    if not rows:
        return []
    whole = Piece(
        name=name,
        notes=note_table(rows),
        voices=tuple(str(part.partName or f"voice {number + 1}") for number, part in enumerate(parts[:16])),
        phrase_ends=tuple(sorted({tick for part in parts for tick in _fermatas(part)})),
    )
    return split(whole, _sections(parts[0]))


def _ticks(quarters: Any) -> int:
    return round(float(quarters) * PPQN)


def _notes(part: Any, voice: int) -> Iterable[tuple[int, int, int, int, int]]:
    for element in part.flatten().stripTies().notes:
        if element.duration.isGrace or type(element).__name__ == "ChordSymbol":
            continue
        begin, length = _ticks(element.offset), _ticks(element.quarterLength)
        for pitch in element.pitches:
            yield begin, length, int(pitch.midi), VELOCITY, voice


def _fermatas(part: Any) -> Iterable[int]:
    """Ticks of the notes under a fermata."""
    for element in part.flatten().notes:
        if any(type(mark).__name__ == "Fermata" for mark in element.expressions):
            yield _ticks(element.offset)


def _sections(part: Any) -> list[Section]:
    """Where the metre changes, or a full bar begins off the bars before it (bars that do not add up)."""
    sections: list[Section] = []
    metre = Metre()
    measures = list(part.getElementsByClass("Measure"))
    for measure in measures:
        begin, length = _ticks(measure.offset), _ticks(measure.duration.quarterLength)
        signature = measure.timeSignature
        changed = signature is not None and Metre(signature.numerator, signature.denominator) != metre
        if signature is not None:
            metre = Metre(signature.numerator, signature.denominator)
        if not sections:
            lead = length if length < metre.bar_ticks and len(measures) > 1 else 0
            sections.append(Section(begin, metre, lead, measure.number + (lead > 0)))
        elif changed or (length == metre.bar_ticks and _off_the_bar(sections[-1], begin)):
            sections.append(Section(begin, metre, 0, measure.number))
    return sections or [Section(0, metre)]


def _off_the_bar(section: Section, tick: int) -> bool:
    return (tick - section.start - section.lead) % section.metre.bar_ticks != 0
