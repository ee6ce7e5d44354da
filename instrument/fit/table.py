"""Workshop: vectors -> the candidates that a live step reads.

In: vectors, and what the walk keeps apart (content, piece, place in bar and phrase). Out: `Table`, 64 candidates a
segment, sorted by distance: 32 near, one per content class and at most 4 a piece, all at the same place in bar and
phrase; and 32 far, at log-spaced ranks of a sample drawn anew for every block of rows, so that no segment is
everyone's neighbour.
Where who asks says what a join costs, the near are those of the 96 nearest that are best joined to. A row that the
corpus cannot fill by these rules is filled by looser ones, always with true distances.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from instrument import energy
from instrument.fit.graph import SEED, search, search_index
from instrument.fit.segments import Array, Floats

Rows = npt.NDArray[np.int32]

NEAR, FAR = 32, 32
POOL, SHARE = 96, 4  # nearest of which the near are chosen; of a place no more than one of SHARE segments
A_PIECE = 4
SEARCHES = (4 * NEAR, 16 * NEAR, 64 * NEAR)  # how many neighbours are looked through before the whole corpus is
SAMPLE, BLOCK = 2048, 512
SCALE_RANK = 6  # the 7th near candidate
LEAST_SCALE = 1e-9


Cost = Callable[[Array, Array], Floats]  # energy of (n, m) candidates in the place of segments (n,)


@dataclass(frozen=True, slots=True)
class Table:
    """Candidates and distances (N, 64), and the scale (N,): how far the 7th near candidate is."""

    candidates: Rows
    distance: Floats
    scale: Floats


@dataclass(frozen=True, slots=True)
class Kinds:
    """What candidates are told apart by, each (N,): content class, piece, place in bar and phrase."""

    content: Array
    piece: Array
    place: Array


def candidate_table(vectors: Floats, kinds: Kinds, cost: Cost | None = None) -> Table:
    """The table of all N segments; N must exceed 64. Without `cost` the near are the nearest."""
    size = len(vectors)
    index = np.empty((size, NEAR + FAR), dtype=np.int32)
    distance = np.empty((size, NEAR + FAR), dtype=np.float32)
    scale = np.empty(size, dtype=np.float32)
    generator = np.random.default_rng(SEED)
    for place in np.unique(kinds.place):
        rows = np.flatnonzero(kinds.place == place)
        index[rows, :NEAR], distance[rows, :NEAR], scale[rows] = _near(vectors, kinds, rows, cost)
        for begin in range(0, len(rows), BLOCK):
            block = rows[begin : begin + BLOCK]
            found = _far(vectors, kinds, block, index[block], rows, _pool(len(rows), cost), generator)
            index[block, NEAR:], distance[block, NEAR:] = found
    for begin in range(0, size, BLOCK):  # the whole table's order at once would be half a gigabyte a million segments
        some = slice(begin, begin + BLOCK)
        order = np.argsort(distance[some], axis=1, kind="stable")
        index[some] = np.take_along_axis(index[some], order, 1)
        distance[some] = np.take_along_axis(distance[some], order, 1)
    return Table(index, distance, np.maximum(scale, 0.25 * float(np.median(scale)) or 1.0))


def _near(vectors: Floats, kinds: Kinds, rows: Array, cost: Cost | None) -> tuple[Array, Floats, Floats]:
    """The 32 near candidates of `rows`, which share a place, their distances, and each row's scale."""
    index = np.empty((len(rows), NEAR), dtype=np.int64)
    distance = np.empty((len(rows), NEAR), dtype=np.float32)
    scale = np.empty(len(rows), dtype=np.float32)
    pool = _pool(len(rows), cost)
    todo, held = np.arange(len(rows)), search_index(vectors[rows], len(rows))
    for width in SEARCHES:
        if width == SEARCHES[-1] and len(todo):
            held = search_index(vectors[rows], 1)  # exact: an approximate index looks through fewer than so many
        enough = NEAR if width == SEARCHES[-1] else pool
        short = [todo[:0]]
        for begin in range(0, len(todo), BLOCK):
            block = todo[begin : begin + BLOCK]
            apart, found = search(held, vectors[rows[block]], min(width, len(rows)))
            found = rows[found]
            allowed = _allowed(kinds, rows[block], found)
            full = allowed.sum(1) >= enough
            if full.any():
                done = block[full]
                first = np.argsort(~allowed[full], axis=1, kind="stable")[:, :pool]
                found, apart, allowed = (np.take_along_axis(of[full], first, 1) for of in (found, apart, allowed))
                index[done], distance[done], scale[done] = _best_joined(rows[done], found, apart, allowed, cost)
            short.append(block[~full])
        todo = np.concatenate(short)
    for number in todo:
        row = int(rows[number])
        index[number], distance[number], scale[number] = _near_by_search(vectors, kinds, row, pool, cost)
    return index, distance, scale


def _pool(size: int, cost: Cost | None) -> int:
    """How many nearest the near are chosen from, at a place of `size` segments."""
    return max(NEAR, min(POOL, size // SHARE)) if cost else NEAR


def _best_joined(
    rows: Array, found: Array, apart: Floats, allowed: npt.NDArray[np.bool_], cost: Cost | None
) -> tuple[Array, Floats, Floats]:
    """Of (n, m) `found`, nearest first, the 32 that `rows` are best joined to, as near; their distances; scales."""
    scale = apart[:, SCALE_RANK]
    z = (apart - apart[:, :1]) / np.maximum(scale, LEAST_SCALE)[:, None]
    total = 0.5 * np.minimum(z, energy.FAR) ** 2 + np.where(allowed, cost(rows, found) if cost else 0.0, np.inf)
    best = np.sort(np.argsort(total, axis=1, kind="stable")[:, :NEAR], axis=1)
    return np.take_along_axis(found, best, 1), np.take_along_axis(apart, best, 1), scale


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


def _near_by_search(
    vectors: Floats, kinds: Kinds, row: int, pool: int, cost: Cost | None
) -> tuple[Array, Floats, np.float32]:
    """The near candidates of one row out of the whole corpus, and its scale: by the rules, then by looser ones."""
    distance = np.sqrt(((vectors - vectors[row]) ** 2).sum(1))
    order = np.argsort(distance, kind="stable")
    order = order[order != row]
    fresh = (_rank_within(kinds.content[order][None])[0] == 0) & (kinds.content[order] != kinds.content[row])
    same_place = kinds.place[order] == kinds.place[row]
    piece = np.where(fresh & same_place, kinds.piece[order], -1 - np.arange(len(order)))
    few = _rank_within(piece[None])[0] < A_PIECE
    looseness = np.select([fresh & same_place & few, fresh & same_place, fresh], [0, 1, 2], 3)
    size = max(NEAR, min(pool, int((looseness <= 1).sum())))
    found = order[np.argsort(looseness, kind="stable")[:size]]
    found = found[np.argsort(distance[found], kind="stable")][None]
    allowed = np.ones(found.shape, dtype=bool)
    best, apart, scale = _best_joined(np.array([row]), found, distance[found], allowed, cost)
    return best[0], apart[0], scale[0]


def _far(
    vectors: Floats,
    kinds: Kinds,
    block: Array,
    near: Rows,
    rows: Array,
    nearest: int,
    generator: np.random.Generator,
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
    ranks = _log_ranks(len(sample), len(pool), nearest)
    order = np.argpartition(squared, ranks, axis=1)[:, ranks]
    distance = np.sqrt(((vectors[block][:, None] - vectors[sample[order]]) ** 2).sum(2))
    return sample[order], distance


def _log_ranks(sample: int, size: int, nearest: int) -> Array:
    """32 rising ranks within a sample without the near: from past where those end to half way."""
    near = nearest * sample / size
    first = max(2.0, near - NEAR * sample / size / 2)
    ranks = np.round(np.geomspace(first, max(first + FAR, sample / 2 - near), FAR)).astype(np.int64)
    ranks = np.maximum.accumulate(ranks - np.arange(FAR)) + np.arange(FAR)  # strictly rising
    return np.minimum(ranks, sample - FAR + np.arange(FAR))
