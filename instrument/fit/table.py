"""Workshop: vectors -> the candidates that a live step reads.

In: vectors, and what the walk keeps apart (content, piece, place in the bar). Out: `Table`, 64 candidates a segment,
sorted by distance: 32 near, one per content class and at most 4 a piece, all at the same place in the bar; and 32
far, at log-spaced ranks of a sample drawn anew for every block of rows, so that no segment is everyone's neighbour.
A row that the corpus cannot fill by these rules is filled by looser ones, always with true distances.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from instrument.fit.graph import SEED, search, search_index
from instrument.fit.segments import Array, Floats

Rows = npt.NDArray[np.int32]

NEAR, FAR = 32, 32
A_PIECE = 4
SEARCHES = (4 * NEAR, 16 * NEAR, 64 * NEAR)  # how many neighbours are looked through before the whole corpus is
SAMPLE, BLOCK = 2048, 512
SCALE_RANK = 6  # the 7th near candidate


@dataclass(frozen=True, slots=True)
class Table:
    """Candidates and distances (N, 64), and the scale (N,): how far the 7th near candidate is."""

    candidates: Rows
    distance: Floats
    scale: Floats


@dataclass(frozen=True, slots=True)
class Kinds:
    """What candidates are told apart by, each (N,): content class, piece, place in the bar."""

    content: Array
    piece: Array
    place: Array


def candidate_table(vectors: Floats, kinds: Kinds) -> Table:
    """The table of all N segments; N must exceed 64."""
    size = len(vectors)
    index = np.empty((size, NEAR + FAR), dtype=np.int32)
    distance = np.empty((size, NEAR + FAR), dtype=np.float32)
    scale = np.empty(size, dtype=np.float32)
    generator = np.random.default_rng(SEED)
    for place in np.unique(kinds.place):
        rows = np.flatnonzero(kinds.place == place)
        index[rows, :NEAR], distance[rows, :NEAR] = _near(vectors, kinds, rows)
        for begin in range(0, len(rows), BLOCK):
            block = rows[begin : begin + BLOCK]
            index[block, NEAR:], distance[block, NEAR:] = _far(vectors, kinds, block, index[block], rows, generator)
    for begin in range(0, size, BLOCK):  # the whole table's order at once would be half a gigabyte a million segments
        some = slice(begin, begin + BLOCK)
        scale[some] = np.sort(distance[some, :NEAR], axis=1)[:, SCALE_RANK]
        order = np.argsort(distance[some], axis=1, kind="stable")
        index[some] = np.take_along_axis(index[some], order, 1)
        distance[some] = np.take_along_axis(distance[some], order, 1)
    return Table(index, distance, np.maximum(scale, 0.25 * float(np.median(scale)) or 1.0))


def _near(vectors: Floats, kinds: Kinds, rows: Array) -> tuple[Array, Floats]:
    """The 32 near candidates of `rows`, which share a place in the bar."""
    index = np.empty((len(rows), NEAR), dtype=np.int64)
    distance = np.empty((len(rows), NEAR), dtype=np.float32)
    todo, held = np.arange(len(rows)), search_index(vectors[rows], len(rows))
    for width in SEARCHES:
        if width == SEARCHES[-1] and len(todo):
            held = search_index(vectors[rows], 1)  # exact: an approximate index looks through fewer than so many
        short = [todo[:0]]
        for begin in range(0, len(todo), BLOCK):
            block = todo[begin : begin + BLOCK]
            apart, found = search(held, vectors[rows[block]], min(width, len(rows)))
            allowed = _allowed(kinds, rows[block], rows[found])
            chosen = allowed & (np.cumsum(allowed, axis=1) <= NEAR)
            full = chosen.sum(1) == NEAR
            index[block[full]] = rows[found][full][chosen[full]].reshape(-1, NEAR)
            distance[block[full]] = apart[full][chosen[full]].reshape(-1, NEAR)
            short.append(block[~full])
        todo = np.concatenate(short)
    for number in todo:
        index[number], distance[number] = _near_by_search(vectors, kinds, int(rows[number]))
    return index, distance


def _allowed(kinds: Kinds, rows: Array, found: Array) -> npt.NDArray[np.bool_]:
    """True where a found neighbour is of a new content class, and among the first 4 such of its piece."""
    content = kinds.content[found]
    fresh = _rank_within(content) == 0
    fresh &= content != kinds.content[rows][:, None]
    piece = np.where(fresh, kinds.piece[found], -1 - np.arange(found.shape[1]))  # no two refused ones share a piece
    return np.asarray(fresh & (_rank_within(piece) < A_PIECE))


def _rank_within(values: Array) -> Array:
    """For each entry, how many equal ones stand to its left in the row."""
    order = np.argsort(values, axis=1, kind="stable")
    ordered = np.take_along_axis(values, order, 1)
    column = np.broadcast_to(np.arange(values.shape[1]), values.shape)
    opens = np.concatenate([np.ones((len(values), 1), bool), ordered[:, 1:] != ordered[:, :-1]], axis=1)
    rank = column - np.maximum.accumulate(np.where(opens, column, 0), axis=1)
    out = np.empty_like(rank)
    np.put_along_axis(out, order, rank, 1)
    return out


def _near_by_search(vectors: Floats, kinds: Kinds, row: int) -> tuple[Array, Floats]:
    """The near candidates of one row out of the whole corpus: by the rules, then by ever looser ones."""
    distance = np.sqrt(((vectors - vectors[row]) ** 2).sum(1))
    order = np.argsort(distance, kind="stable")
    order = order[order != row]
    fresh = (_rank_within(kinds.content[order][None])[0] == 0) & (kinds.content[order] != kinds.content[row])
    same_place = kinds.place[order] == kinds.place[row]
    piece = np.where(fresh & same_place, kinds.piece[order], -1 - np.arange(len(order)))
    few = _rank_within(piece[None])[0] < A_PIECE
    looseness = np.select([fresh & same_place & few, fresh & same_place, fresh], [0, 1, 2], 3)
    best = order[np.argsort(looseness, kind="stable")[:NEAR]]
    best = best[np.argsort(distance[best], kind="stable")]
    return best, distance[best]


def _far(
    vectors: Floats, kinds: Kinds, block: Array, near: Rows, rows: Array, generator: np.random.Generator
) -> tuple[Array, Floats]:
    """The 32 far candidates of `block`: log-spaced ranks in a sample of `rows`, from past the near to the middle."""
    pool = rows if len(rows) > NEAR + FAR else np.arange(len(vectors))
    sample = generator.choice(pool, min(SAMPLE, len(pool)), replace=False)
    squared = ((vectors[block] ** 2).sum(1)[:, None] + (vectors[sample] ** 2).sum(1)) - (
        2 * vectors[block] @ vectors[sample].T
    )
    taken = kinds.content[sample][None] == kinds.content[block][:, None]
    column = np.full(len(vectors), -1)
    column[sample] = np.arange(len(sample))
    near_column = column[near[:, :NEAR]]
    row, which = np.nonzero(near_column >= 0)
    taken[row, near_column[row, which]] = True
    squared = np.where(taken, np.inf, np.maximum(squared, 0))
    ranks = _log_ranks(len(sample), len(pool))
    order = np.argpartition(squared, ranks, axis=1)[:, ranks]
    distance = np.sqrt(((vectors[block][:, None] - vectors[sample[order]]) ** 2).sum(2))
    return sample[order], distance


def _log_ranks(sample: int, size: int) -> Array:
    """32 rising ranks within a sample without the near: from past where those end to half way."""
    near = NEAR * sample / size
    first = max(2.0, near / 2)
    ranks = np.round(np.geomspace(first, max(first + FAR, sample / 2 - near), FAR)).astype(np.int64)
    ranks = np.maximum.accumulate(ranks - np.arange(FAR)) + np.arange(FAR)  # strictly rising
    return np.minimum(ranks, sample - FAR + np.arange(FAR))
