"""Workshop: what each join of the candidate table costs the walk, learnt by rehearsal.

In: the ground of a walk. Out: (N, K) codes of the seam from segment i into the c-th candidate of the segment that
follows i. The walk is rehearsed; a logistic regression learns to tell the joins that it took from the corpus's own,
and its logit, the logarithm of a density ratio (Sugiyama, Suzuki & Kanamori 2012), is laid on the prices; then the
walk is rehearsed again, until nothing that is heard around a join gives it away. Each rehearsal also evens out how
often segments are visited, and how often the walk goes on in the piece; and what was learnt is made milder where it
leaves the walk too little choice, as in a corpus of few pieces. A join by which a quotation would go on unnoticed,
because other pieces have the same notes, is barred: leaving a piece is to be heard.
"""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from instrument.energy import JOIN_UNIT, PLAIN_JOIN, join_codes
from instrument.fit.balance import potential, shares
from instrument.fit.echo import Echo
from instrument.fit.rehearsal import JOINED, STAYED, Ground, Ways, rehearse
from instrument.fit.segments import Array, Floats, splitmix64
from instrument.fit.sounds import Sounds

Doubles = npt.NDArray[np.float64]
SEED = 20240
ROUNDS, FEW_ROUNDS = 7, 3  # rehearsals; few where there is little music to learn from, or so much that it takes long
LITTLE, MUCH = 2_500, 60_000  # segments
SETTLING, LEVELLING = 10, 5  # rehearsals more, where what was learnt was made milder; the last for the level alone
WALKERS, STEPS, WARM_UP = 512, 200, 32
VISITS = 8  # a segment and rehearsal, where that takes no more than WALKERS
LEARNT = 20_000  # joins of each kind that a round looks at
RATE = 0.5  # of the logit that is laid on the prices
CHOICE = 0.72  # bits: a walk that has less to choose from is a tape; what was learnt is then made MILDER
MILDER = 0.8
STAYS = 0.485  # share of the steps that go on in the piece: in runs of two beats
FIRM, FIRMER = 1.2, 2.5  # how firmly the level of all prices is led there while it learns and after; from FIRST on
FIRST = PLAIN_JOIN + 1.5
EVEN, SEEN = 0.5, 3.0  # how fast visits are evened out; visits that every segment is credited with
LIMIT = 4.0  # of the potential that does it
QUOTED = 2  # segments before a join that make it a quotation, when they and what it leads to stand in a piece
DEAREST = 255 * JOIN_UNIT
BLOCK = 1 << 16  # joins looked at together: 50 MB


def join_prices(ground: Ground, sounds: Sounds, echo: float | None = None) -> tuple[npt.NDArray[np.uint8], float]:
    """(N, K) codes (energy.py) of each join's price, and the `echo` to walk with: what is given, or else learnt."""
    barred = quotations(ground)
    taste, level, even, echo = _learn(ground, sounds, barred, echo)
    liking = np.zeros(barred.shape, dtype=np.float32)
    _like(ground, sounds, liking, taste)
    return join_codes(settled(ground, np.float32(level) - liking, even, barred)), echo


def quotations(ground: Ground) -> npt.NDArray[np.bool_]:
    """(N, K) True where a join into a candidate continues a quotation: QUOTED segments and it stand in a piece."""
    segments, content = ground.segments, ground.content.astype(np.uint64)
    key, back, whole = content.copy(), np.arange(len(segments)), segments.successor >= 0
    for _ in range(QUOTED - 1):
        back = segments.predecessor[np.maximum(back, 0)]
        whole &= back >= 0
        key = _mixed(key, content[np.maximum(back, 0)])
    follows = np.flatnonzero(whole)
    stands = np.unique(_mixed(key[follows], content[segments.successor[follows]]))
    out: npt.NDArray[np.bool_] = np.zeros_like(ground.table.candidates, dtype=bool)
    for rows in _blocks(follows, out.shape[1]):
        asked = _mixed(key[rows][:, None], content[ground.table.candidates[segments.successor[rows]]])
        out[rows] = stands[np.minimum(np.searchsorted(stands, asked), len(stands) - 1)] == asked
    return out


def _learn(
    ground: Ground, sounds: Sounds, barred: npt.NDArray[np.bool_], given: float | None
) -> tuple[Doubles, float, Doubles, float]:
    """Weights (F,) of what is heard, the price where nothing is, the potential (N,) that evens out visits; echo."""
    segments, k, warmth = ground.segments, ground.weighed, ground.controls.temperature
    generator = np.random.default_rng(SEED)
    liking = np.zeros((len(segments), k), dtype=np.float32)
    taste, level, share = np.zeros(sounds.width), FIRST, shares(segments)
    even = warmth * potential(segments, ground.table, ground.context, np.float32(level) - liking, ground.controls)
    walkers = int(np.clip(VISITS * len(segments) // STEPS, WALKERS // 16, WALKERS))
    echo = Echo(ground, given)
    rounds, milder = ROUNDS if LITTLE <= len(segments) <= MUCH else FEW_ROUNDS, False
    for number in range(rounds + SETTLING):
        if number >= rounds and not milder:
            break
        prices = settled(ground, np.float32(level) - liking, even, barred)
        ways = rehearse(echo.ground, prices, walkers, WARM_UP + STEPS, number)
        echo.learn(ways.path[WARM_UP:])
        if ways.choice < CHOICE and number < rounds + SETTLING - LEVELLING:
            milder, taste, liking, even = True, MILDER * taste, MILDER * liking, MILDER * even
        elif number < rounds:
            lesson, common = _lesson(ground, sounds, ways, generator)
            taste, level = taste + lesson, level + common
            _like(ground, sounds, liking, lesson)
        firm = FIRM if number < rounds else FIRMER
        level += firm * warmth * (_logit(STAYS) - _logit(_stayed(ways)))
        visits = np.bincount(ways.path[WARM_UP:].ravel(), minlength=len(segments)) + SEEN
        even -= EVEN * warmth * np.log(visits / visits.mean() / share)
        even = np.clip(even - even.mean(), -LIMIT, LIMIT)
    return taste, level, even, echo.amount


def _lesson(ground: Ground, sounds: Sounds, ways: Ways, generator: np.random.Generator) -> tuple[Doubles, float]:
    """What to add to the taste (F,), and to all prices so that joins that were taken keep their mean."""
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - takes two seconds to import
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

    joined = ways.how[WARM_UP:] == JOINED
    before, after = ways.path[WARM_UP - 1 : -1][joined], ways.path[WARM_UP:][joined]
    follows = np.flatnonzero(ground.segments.successor >= 0)
    count = min(LEARNT, len(before))
    if count < sounds.width:
        return np.zeros(sounds.width), 0.0
    drawn = generator.choice(len(before), count, replace=False)
    real = generator.choice(follows, count)
    made = sounds.columns(before[drawn], after[drawn])
    table = np.concatenate([sounds.columns(real, ground.segments.successor[real]), made])
    scaler = StandardScaler().fit(table)
    model = LogisticRegression(C=0.1, max_iter=200).fit(scaler.transform(table), np.repeat([1, 0], count))
    lesson = RATE * model.coef_[0] / scaler.scale_
    return lesson, float(made.mean(0) @ lesson)


def _like(ground: Ground, sounds: Sounds, liking: Floats, taste: Doubles) -> None:
    """Add what `taste` makes of each join to `liking` (N, any)."""
    segments, width = ground.segments, liking.shape[1]
    for rows in _blocks(np.flatnonzero(segments.successor >= 0), width):
        after = ground.table.candidates[segments.successor[rows], :width].ravel().astype(np.int64)
        heard = sounds.columns(np.repeat(rows, width), after) @ taste.astype(np.float32)
        liking[rows] += heard.reshape(-1, width)


def settled(ground: Ground, prices: Floats, even: Doubles, barred: npt.NDArray[np.bool_]) -> Floats:
    """`prices` as the stage will read them: evened out, quotations barred, between the least and the dearest."""
    segments, width, out = ground.segments, prices.shape[1], prices.copy()
    for rows in _blocks(np.flatnonzero(segments.successor >= 0), width):
        anchor = segments.successor[rows]
        out[rows] -= even[ground.table.candidates[anchor, :width]] - even[anchor][:, None]
    out[barred[:, :width]] = DEAREST
    return np.clip(out, 0, DEAREST, out=out)


def _stayed(ways: Ways) -> float:
    """Share of the steps that went on in the piece, of those that could choose."""
    stayed, joined = (int((ways.how[WARM_UP:] == how).sum()) for how in (STAYED, JOINED))
    return (stayed + 1) / (stayed + joined + 2)


def _logit(share: float) -> float:
    return math.log(share / (1 - share))


def _blocks(rows: Array, width: int) -> Iterator[Array]:
    """`rows`, as many at a time as make BLOCK joins."""
    size = max(1, BLOCK // width)
    return (rows[begin : begin + size] for begin in range(0, len(rows), size))


def _mixed(one: Any, other: Any) -> npt.NDArray[np.uint64]:
    """One 64-bit number for two."""
    return np.asarray(splitmix64(one) + other)
