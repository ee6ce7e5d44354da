"""Progressions: which chords follow two others in a corpus, and how surprising another one would be there.

What flows in: a code of the chord that each segment starts with, and where segments go on. What flows out: bits. The
workshop prices joins by them, after the segment that comes before in the piece; the stage, which knows what did sound
before, leans on the walk's choice by them; so both reckon here. Nothing here is chosen.

Shapes: N segments. Codes are 0, 1, .., each in use.
"""

from bisect import bisect_left
from collections.abc import Sequence
from functools import lru_cache, partial
from math import log2
from typing import Any

import numpy as np
import numpy.typing as npt

from instrument.notes import at_start
from instrument.preset import Preset

Array = npt.NDArray[np.int64]
Bits = npt.NDArray[np.float64]

PRIOR = 3.0  # sightings
SMOOTH = 0.5  # sightings that everything is credited with
KEPT = 4096  # contexts whose sightings a stage keeps at hand
NEVER = np.iinfo(np.int64).max  # is past all numbers that are asked for
SILENT = 12  # the class of a bass that does not sound


def chance(kinds: int, *sightings: Any) -> Any:
    """Chance of one of `kinds` things that was seen a number of times out of a number, `sightings` in turn.

    First anywhere, then after ever more of what came before. Each is topped up by PRIOR of what is usual after less
    (a Dirichlet prior; MacKay & Peto 1995, "A hierarchical Dirichlet language model"). Numbers or arrays.
    """
    known = (sightings[0] + SMOOTH) / (sightings[1] + SMOOTH * kinds)
    for seen, times in zip(sightings[2::2], sightings[3::2], strict=True):
        known = (seen + PRIOR * known) / (times + PRIOR)
    return known


class Tally:
    """How often each of some whole numbers was seen."""

    def __init__(self, seen: Array) -> None:
        found, times = np.unique(seen, return_counts=True)
        self._found, self._times = np.append(found, NEVER), np.append(times, 0)

    def of(self, asked: Array) -> Array:
        """The times of each of `asked`, any shape."""
        place = self._found.searchsorted(asked)
        return np.where(self._found[place] == asked, self._times[place], 0)

    def between(self, least: int, count: int) -> tuple[dict[int, int], int]:
        """The times of those seen among `count` numbers from `least`, by how far they lie above it; and their sum."""
        seen = self._found.data  # of a memoryview a number is read sooner
        begin = bisect_left(seen, least)
        if seen[begin] >= least + count:
            return {}, 0
        end = bisect_left(seen, least + count, begin)
        times: list[int] = self._times[begin:end].tolist()
        return dict(zip((self._found[begin:end] - least).tolist(), times, strict=True)), sum(times)


class Progressions:
    """Those of a corpus: `chord` (N,) codes, `successor` (N,) the segment that follows in the piece or -1.

    Where the corpus itself goes on from a segment to another, that is no precedent of itself.
    """

    def __init__(self, chord: Array, successor: npt.NDArray[Any]) -> None:
        follows = np.flatnonzero(successor >= 0)
        after = successor[follows]
        previous = np.arange(len(chord))
        previous[after] = follows
        self._successor, self._chord, self._came = np.ascontiguousarray(successor), chord, chord[previous]
        self._kinds, self._total = int(chord.max()) + 1, len(follows)
        self._anywhere = np.bincount(chord[after], minlength=self._kinds)
        self._one = np.bincount(chord[follows], minlength=self._kinds)
        context = self._came[follows] * self._kinds + chord[follows]
        self._two, self._pairs = Tally(context), Tally(chord[follows] * self._kinds + chord[after])
        self._triples = Tally(context * self._kinds + chord[after])
        anywhere = chance(self._kinds, self._anywhere, self._total)
        self._prior: list[float] = (PRIOR * anywhere).tolist()
        self._after_one, self._after_two = (
            lru_cache(KEPT)(partial(tally.between, count=self._kinds)) for tally in (self._pairs, self._triples)
        )

    def bits(self, before: Array, here: Array, after: Array) -> Bits:
        """Surprise at segments `after` once `before` and `here` sounded; segments, shapes that broadcast."""
        first, last, chord, kinds = self._chord[before], self._chord[here], self._chord[after], self._kinds
        own = (self._successor[here] == after).astype(np.int64)
        alike = own * (self._came[here] == first)
        context = first * kinds + last
        pairs = self._pairs.of(last * kinds + chord) - own, self._one[last] - own
        triples = self._triples.of(context * kinds + chord) - alike, self._two.of(context) - alike
        found: Bits = -np.log2(chance(kinds, self._anywhere[chord] - own, self._total - own, *pairs, *triples))
        return found

    def bits_of(self, before: int, here: int, after: Sequence[int]) -> list[float]:
        """The same of a few segments, in a quarter of the time."""
        heard, kinds = self._chord.data, self._kinds
        first, last = heard[before], heard[here]
        pairs, one = self._after_one(last * kinds)
        triples, two = self._after_two((first * kinds + last) * kinds)
        share, of = PRIOR / (one + PRIOR), two + PRIOR
        prior, chords = self._prior, [heard[segment] for segment in after]
        found = [
            -log2((triples.get(chord, 0) + share * (pairs.get(chord, 0) + prior[chord])) / of) for chord in chords
        ]
        goes_on = self._successor.data[here]
        if goes_on in after:
            place, alike = after.index(goes_on), self._came.data[here] == first
            chord = chords[place]
            seen = pairs[chord] - 1, one - 1, triples.get(chord, 0) - alike, two - alike
            found[place] = -log2(chance(kinds, self._anywhere.data[chord] - 1, self._total - 1, *seen))
        return found


def preset_chords(preset: Preset) -> Array:
    """(N,) codes of the chords that segments start with; drums count for nothing."""
    owner = preset.note_segment()
    sounds = at_start(preset.note_onset, preset.note_duration, preset.hop)
    sounds &= ~np.isin(preset.note_voice, preset.meta.get("drums", ()))
    return chord_codes(len(preset), owner[sounds], preset.note_pitch[sounds])


def chord_codes(size: int, segment: Array, pitch: npt.NDArray[Any]) -> Array:
    """(size,) codes, equal where pitch classes and the bass's class are; of notes (M,) that sound at the starts."""
    pitch = pitch.astype(np.int64)
    classes = np.zeros(size, dtype=np.int64)
    np.bitwise_or.at(classes, segment, 1 << pitch % 12)
    bass = np.full(size, np.iinfo(np.int64).max)
    np.minimum.at(bass, segment, pitch)
    chord = classes * (SILENT + 1) + np.where(classes > 0, bass % 12, SILENT)
    return np.unique(chord, return_inverse=True)[1].ravel()
