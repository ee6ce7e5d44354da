"""Workshop: where in its bar and its phrase each segment stands.

In: Segments. Out: (N,) places, equal where two segments are alike in the length of their bar, their place in it, the
way to the end of their phrase, and how long it rests there. A walk whose candidates share its place keeps the metre,
ends its phrases where they would have ended, and rests there. A walk that keeps the bar alone has phrases of any
length: of the chorales' 50% are of 8 beats, of its own 27%. One that keeps the place but not the length of its bar
goes from jigs to reels and back: 29% of its excerpts of session tunes have bars of both.
"""

import numpy as np

from instrument.energy import phrases_marked
from instrument.fit.segments import Array, Segments

LEAST = 128  # segments at a place: of fewer, those at one place of the bar share one
LONGEST_REST = 2  # segments, from which rests are alike
METRE_PIECES = 8  # that have a length of bar: of fewer, no table of that length alone could be filled


def segment_places(segments: Segments) -> Array:
    """(N,) the place of each segment; that in the bar where the corpus marks too few phrase ends to go by."""
    bar = _places_in_bar(segments)
    if not phrases_marked(segments.phrase_end, segments.successor):
        return bar
    rest, left = _ahead(segments)
    place = 1 + (rest * len(segments) + left) * (int(bar.max()) + 1) + bar
    _, which, count = np.unique(place, return_inverse=True, return_counts=True)
    return np.where(count[which] < LEAST, -bar, place)


def _places_in_bar(segments: Segments) -> Array:
    """(N,) a number a place in a bar of a length; lengths of bar that few pieces have are not told apart."""
    lengths = segments.beats.astype(np.int64)
    for length in np.unique(lengths):
        if len(np.unique(segments.piece[segments.beats == length])) < METRE_PIECES:
            lengths[segments.beats == length] = 0
    length = np.unique(lengths, return_inverse=True)[1].ravel()
    return length * (int(segments.metre_position.max()) + 1) + segments.metre_position


def _ahead(segments: Segments) -> tuple[Array, Array]:
    """(N,) how long the phrase that a segment is in rests at its end, and how far it is to the last of that.

    A phrase's rest are the segments after its end in which nothing is struck. A piece's end is a phrase's.
    """
    rows, final = np.arange(len(segments)), segments.successor < 0
    struck = np.zeros(len(segments), dtype=bool)
    struck[segments.segment[segments.onset >= 0]] = True
    stops = np.flatnonzero(np.append(struck[1:], True) | final)
    stop = stops[np.searchsorted(stops, rows)]  # the last segment before the next in which something is struck
    begins = np.maximum.accumulate(np.where(struck | (segments.predecessor < 0), rows, 0))
    ends = np.append(np.flatnonzero(segments.phrase_end), begins[final])
    rests = np.zeros(len(segments), dtype=np.int64)
    np.maximum.at(rests, stop[ends], np.minimum(stop[ends] - ends, LONGEST_REST))
    last = np.unique(stop[ends])
    end = last[np.searchsorted(last, rows)]
    return rests[end], end - rows
