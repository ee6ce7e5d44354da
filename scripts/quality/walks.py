"""The walks that are compared: ours, the textbook's, and no walk at all. Each makes excerpts of one Music."""

import numpy as np
import numpy.typing as npt

from instrument.controls import PartControls
from instrument.fit.embedding import laplacian_eigenmap
from instrument.fit.graph import affinity, distinct, neighbours
from instrument.live.draw import Draw
from instrument.live.walk import Walk
from quality.music import Excerpt, Ints, Music

WARM_UP = 32  # segments a walk goes before it is judged: it starts where a piece does, real excerpts anywhere
TEXTBOOK_NOTES = 8
TEXTBOOK_NEIGHBOURS = 8


def real(music: Music, count: int, length: int, seed: int) -> list[Excerpt]:
    """Excerpts of the pieces themselves, from bar lines: each piece as often as it is long.

    Not each opening as often as another: a tune of 33 beats has one opening, one of 64 has nine, and so nine of ten
    excerpts would be of reels where one segment of three is of a jig.
    """
    openings = music.openings(length)
    owner, size = music.piece[openings], np.bincount(music.piece)
    chance = size[owner] / np.bincount(owner, minlength=len(size))[owner]
    first = np.random.default_rng(seed).choice(openings, count, p=chance / chance.sum())
    return [list(range(i, i + length)) for i in first.tolist()]


def of_every_piece(music: Music, length: int, most: int, seed: int = 0) -> list[Excerpt]:
    """At most `most` excerpts of each piece, in random order."""
    rng = np.random.default_rng(seed)
    openings = rng.permutation(music.openings(length))
    kept, count = [], np.zeros(int(music.piece.max()) + 1, int)
    for first in openings.tolist():
        count[music.piece[first]] += 1
        if count[music.piece[first]] <= most:
            kept.append(list(range(first, first + length)))
    return kept


def shuffled(music: Music, count: int, length: int, seed: int) -> list[Excerpt]:
    """Segments drawn at random."""
    rows: list[Excerpt] = np.random.default_rng(seed).integers(0, len(music), (count, length)).tolist()
    return rows


def ours(
    walk: Walk, music: Music, count: int, length: int, seed: int, controls: PartControls | None = None
) -> list[Excerpt]:
    """Excerpts of the live walk, each from the first bar line after WARM_UP segments of a walk of its own.

    They set out from segments drawn evenly: from the openings of pieces they would be in the short ones too often.
    """
    chosen = controls or PartControls()
    found = []
    begins = np.random.default_rng(seed).integers(0, len(music), count).tolist()
    for part, begin in enumerate(begins):
        state = walk.start(Draw(seed, part), begin)
        path = [state.segment]
        while len(path) < WARM_UP + length + 32:
            state, _ = walk.step(state, chosen, Draw(seed, part, len(path)))
            path.append(state.segment)
        lines = [n for n in range(WARM_UP, WARM_UP + 32) if music.metre_position[path[n]] == 0]
        first = lines[0] if lines else WARM_UP
        found.append(path[first : first + length])
    return found


class Textbook:
    """What a first reading of the idea gives: per-note vectors, a 2-D eigenmap, uniform among neighbours of here."""

    def __init__(self, music: Music) -> None:
        vectors, which = distinct(_note_vectors(music))
        distance, index = neighbours(vectors, 15)
        place, _ = laplacian_eigenmap(vectors, affinity(distance, index, 7), 2)
        flat = np.asarray(place, np.float32)[which]
        self.index = neighbours(flat, 4 * TEXTBOOK_NEIGHBOURS)[1]

    def excerpts(self, music: Music, count: int, length: int, seed: int) -> list[Excerpt]:
        """Excerpts from random bar lines; the last 16 segments are not played again."""
        rng = np.random.default_rng(seed)
        openings = np.flatnonzero(music.metre_position == 0)
        return [self._walk(int(i), length, rng) for i in rng.choice(openings, count)]

    def _walk(self, segment: int, length: int, rng: np.random.Generator) -> Excerpt:
        path = [segment]
        while len(path) < length:
            near = [j for j in self.index[path[-1]].tolist() if j not in path[-16:]] or self.index[path[-1]].tolist()
            path.append(int(rng.choice(near[:TEXTBOOK_NEIGHBOURS])))
        return path


def _note_vectors(music: Music) -> npt.NDArray[np.float32]:
    """(N, 24) pitch, onset and duration (beats) of the first eight notes of each segment and the next."""
    out = np.zeros((len(music), TEXTBOOK_NOTES, 3), np.float32)
    for segment in range(len(music)):
        notes = _two(music, segment)[:TEXTBOOK_NOTES]
        out[segment, : len(notes)] = np.stack([notes[:, 2], np.maximum(notes[:, 0], 0) / 480, notes[:, 1] / 480], 1)
    return out.reshape(len(music), -1)


def _two(music: Music, segment: int) -> Ints:
    notes, after = music.notes[segment], music.successor[segment]
    if after >= 0:
        struck = music.notes[after]
        notes = np.concatenate([notes, struck[struck[:, 0] >= 0] + np.array([music.hop, 0, 0, 0])])
    return notes[np.lexsort((notes[:, 2], notes[:, 0]))]
