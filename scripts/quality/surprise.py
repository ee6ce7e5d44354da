"""How surprised a listener of held-out music is: cross-entropy in bits a beat under a trigram model.

In: sequences of symbols, one a segment: the chord at its start with its bass; for one-voice music the intervals and
the rhythm of the segment; for drums what is struck in each sixteenth of it. The model backs off from three to two to
one (Witten-Bell like, fixed weights).
"""

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence

from quality.music import Music

Symbol = Hashable
BIGRAM_WEIGHT, TRIGRAM_WEIGHT = 4, 3  # how many sightings the shorter memory counts for


class Trigrams:
    """Trained once on sequences; says how many bits a symbol another sequence costs."""

    def __init__(self, sequences: Iterable[Sequence[Symbol]]) -> None:
        self.counts: tuple[Counter[Symbol], ...] = (Counter(), Counter(), Counter())
        self.befores: tuple[Counter[Symbol], ...] = (Counter(), Counter(), Counter())
        for sequence in sequences:
            for order in range(3):
                for end in range(order, len(sequence)):
                    gram = tuple(sequence[end - order : end + 1])
                    self.counts[order][gram] += 1
                    self.befores[order][gram[:-1]] += 1
        self.total = sum(self.counts[0].values())
        self.kinds = len(self.counts[0]) + 1

    def bits(self, sequence: Sequence[Symbol]) -> float:
        """Mean bits a symbol of `sequence`, from its third on."""
        chances = [self._chance(tuple(sequence[end - 2 : end + 1])) for end in range(2, len(sequence))]
        return -sum(map(math.log2, chances)) / len(chances)

    def _chance(self, gram: tuple[Symbol, ...]) -> float:
        chance = (self.counts[0][gram[2:]] + 0.5) / (self.total + self.kinds)
        for order, weight in ((1, BIGRAM_WEIGHT), (2, TRIGRAM_WEIGHT)):
            part = gram[2 - order :]
            chance = (self.counts[order][part] + weight * chance) / (self.befores[order][part[:-1]] + weight)
        return chance


def symbols(music: Music, excerpt: Sequence[int], melodic: bool) -> list[Symbol]:
    """The symbol of each segment of `excerpt`."""
    if music.drums:
        return [_strokes(music, segment) for segment in excerpt]
    if melodic:
        return _melodic(music, excerpt)
    chords = (music.starts[segment] for segment in excerpt)
    return [(frozenset((c % 12).tolist()), int(c[0]) % 12) if len(c) else None for c in chords]


def is_melodic(music: Music) -> bool:
    """True when most segments start with one note or none."""
    return sum(len(start) <= 1 for start in music.starts) > len(music) / 2


def _strokes(music: Music, segment: int) -> Symbol:
    notes = music.notes[segment]
    return frozenset(zip((4 * notes[:, 0] // music.hop).tolist(), notes[:, 2].tolist(), strict=True))


def _melodic(music: Music, excerpt: Sequence[int]) -> list[Symbol]:
    out: list[Symbol] = []
    last = 0
    for segment in excerpt:
        struck = [row for row in music.notes[segment].tolist() if row[0] >= 0]
        steps = []
        for _, _, pitch, _ in struck:
            steps.append(max(-12, min(12, pitch - last)) if last else 0)
            last = pitch
        out.append((tuple(steps[:3]), len(struck)))
    return out
