"""Joins: how far the voices move, whether the bar goes on, and how long a walk copies its corpus.

In: excerpts of one Music. Out: plain numbers. Voice leading in semitones, the mean over the chord's notes.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from quality.music import Excerpt, Ints, Music

NOTHING_SOUNDS = 6.0  # semitones charged where one of the two chords is silent


def voice_leading(before: Ints, after: Ints) -> float:
    """Mean semitones a voice moves: sorted chords of one size are paired in order, else each goes to its nearest."""
    if not len(before) or not len(after):
        return 0.0 if len(before) == len(after) else NOTHING_SOUNDS
    if len(before) == len(after):
        return float(np.abs(before - after).mean())
    many, few = (before, after) if len(before) > len(after) else (after, before)
    return float(np.abs(many[:, None] - few[None]).min(1).mean())


def joins(excerpts: Iterable[Excerpt]) -> list[tuple[int, int]]:
    """Every pair of neighbouring segments."""
    return [pair for excerpt in excerpts for pair in itertools.pairwise(excerpt)]


def mean_leading(music: Music, pairs: Iterable[tuple[int, int]]) -> float:
    """Mean voice leading over joins."""
    return float(np.mean([voice_leading(music.ends[a], music.starts[b]) for a, b in pairs]))


def real_leading(music: Music) -> float:
    """Mean voice leading over all joins that the corpus has."""
    first = np.flatnonzero(music.successor >= 0)
    return mean_leading(music, zip(first.tolist(), music.successor[first].tolist(), strict=True))


def metre_kept(music: Music, pairs: Sequence[tuple[int, int]]) -> float:
    """Share of joins at which the bar goes on counting."""
    place = music.metre_position
    return float(np.mean([place[b] == (place[a] + 1) % music.bars[a] for a, b in pairs]))


def static(music: Music, pairs: Sequence[tuple[int, int]]) -> float:
    """Share of joins whose second segment starts with the chord that the first started with."""
    return float(np.mean([np.array_equal(music.starts[a], music.starts[b]) for a, b in pairs]))


class Verbatim:
    """Finds how long an excerpt's notes stand in one piece, whichever copy of them the walk took."""

    def __init__(self, music: Music) -> None:
        self.music = music
        self.where: dict[bytes, set[int]] = defaultdict(set)
        for segment, content in enumerate(music.content):
            self.where[content].add(segment)

    def runs(self, excerpt: Excerpt) -> list[int]:
        """Lengths of the stretches, cut greedily: each goes on as long as any piece has it."""
        lengths: list[int] = []
        places: set[int] = set()
        for segment in excerpt:
            found = self.where[self.music.content[segment]]
            places = {int(self.music.successor[p]) for p in places} & found
            if places:
                lengths[-1] += 1
            else:
                places = set(found)
                lengths.append(1)
        return lengths
