"""Workshop: the walk rehearsed: many walkers at once step as the stage will at the preset's default controls.

In: segments, the table, the tether's context, content classes, prices of joins. Out: the ways they went. What a
walk is like over many steps (which joins it takes, which segments it visits) can be learnt from this before the
preset is ever played. It mirrors one step of the live walk (anchor, candidates, taboo, cap, home, departures) but for
two things that are rare: a departure takes the first phrase drawn, and what a knob other than the defaults does.

Shapes: N segments, K columns of the table, k of them weighed, S steps, W walkers.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from instrument.controls import PartControls
from instrument.energy import CAP, DEPARTURES, FAR, HOME_RATE, PROGRESSION, STAY, TABOO, phrase_ends
from instrument.fit.segments import Array, Floats, Segments
from instrument.fit.table import Table
from instrument.progressions import Progressions

Bools = npt.NDArray[np.bool_]
STAYED, JOINED, ELSEWHERE = range(3)  # how a segment was come to: in the piece, by a join, from a piece's end or away
BARRED = 1e4  # energy
WAYS_ON = 16  # columns of the table in which a piece's end looks for a way on


@dataclass(frozen=True, slots=True)
class Ground:
    """What is walked on; `content` (N,) are content classes."""

    segments: Segments
    table: Table
    context: Floats
    content: Array
    controls: PartControls
    progressions: Progressions
    likeness: Floats  # (N, P) likeness.py

    @property
    def weighed(self) -> int:
        """Columns of the table that a step weighs at the default step."""
        return min(int(self.controls.neighbors), int(self.table.candidates.shape[1]))


@dataclass(slots=True)
class Walkers:
    """Where W walkers stand, and the little that they remember."""

    at: Array
    path: list[Array]  # what sounded up to there, newest last
    home: Floats  # (W, C)
    recent: Array  # (W, TABOO) content classes, newest last
    run: Array


@dataclass(frozen=True, slots=True)
class Ways:
    """Where walkers went: `path` (S, W) segments, `how` (S, W) STAYED, JOINED or ELSEWHERE.

    `choice` is the mean entropy of a step's choice, bits.
    """

    path: Array
    how: Array
    choice: float


def rehearse(ground: Ground, prices: Floats, walkers: int, steps: int, seed: int) -> Ways:
    """Let `walkers` go `steps` steps; `prices` (N, >= k) of joins from segment i into candidates of its successor."""
    generator = np.random.default_rng(seed)
    follows = np.flatnonzero(ground.segments.successor >= 0)
    at = generator.choice(follows, walkers)
    recent = np.full((walkers, TABOO), -1)
    recent[:, -1] = ground.content[at]
    before = np.where(ground.segments.predecessor[at] >= 0, ground.segments.predecessor[at], at)
    here = Walkers(at, [before, at], ground.context[at].copy(), recent, np.zeros(walkers, dtype=np.int64))
    phrases = _Phrases(ground)
    path, how = np.empty((steps, walkers), dtype=np.int64), np.empty((steps, walkers), dtype=np.int64)
    choice = 0.0
    for step in range(steps):
        how[step], bits = _step(ground, phrases, prices, here, generator)
        path[step] = here.at
        choice += bits / steps
    return Ways(path, how, choice)


class _Phrases:
    """Where walkers may depart, and for where; every bar is a phrase where too few are marked."""

    def __init__(self, ground: Ground) -> None:
        after = ground.segments.successor
        place = ground.segments.metre_position
        self.ends = phrase_ends(ground.segments.phrase_end, after, place)
        freedom = min(1.0, PartControls().home / max(ground.controls.home, 1e-9))
        self.rate = freedom * min(0.5, DEPARTURES / max(float(self.ends.mean()), 1e-9))
        begins = after[self.ends]
        self.first = {int(p): begins[place[begins] == p] for p in np.unique(place[begins])}


def _anchors(
    ground: Ground, phrases: _Phrases, here: Walkers, generator: np.random.Generator
) -> tuple[Array, Bools, Bools]:
    """(W,) the segments to step from, which of them follow in the piece, and who departs."""
    segments, size = ground.segments, len(here.at)
    anchor = segments.successor[here.at]
    follows = anchor >= 0
    chance, draws = generator.random(size), generator.random(size)
    departs = follows & phrases.ends[here.at] & (chance < phrases.rate)
    for walker in np.flatnonzero(~follows):
        near = segments.successor[ground.table.candidates[here.at[walker], :WAYS_ON]]
        near = near[near >= 0] if (near >= 0).any() else np.flatnonzero(segments.predecessor < 0)
        anchor[walker] = near[int(draws[walker] * len(near))]
    for walker in np.flatnonzero(departs):
        first = phrases.first[int(segments.metre_position[anchor[walker]])]
        anchor[walker] = first[int(draws[walker] * len(first))]
    return anchor, follows & ~departs, departs


def _step(
    ground: Ground, phrases: _Phrases, prices: Floats, here: Walkers, generator: np.random.Generator
) -> tuple[Array, float]:
    """Every walker's next step: (W,) how, and the choice they had, bits; `here` becomes where they then stand."""
    anchor, follows, departs = _anchors(ground, phrases, here, generator)
    home = here.home + np.float32(HOME_RATE) * (ground.context[here.at] - here.home)
    home[departs] = ground.context[anchor[departs]]
    into, energies = _weigh(ground, prices, here, anchor, home)
    capped = follows & (here.run >= CAP) & (energies[:, 1:].min(1) < BARRED)
    energies[capped, 0] = BARRED
    chance = np.exp((energies.min(1, keepdims=True) - energies) / ground.controls.temperature)
    share = chance / chance.sum(1, keepdims=True)
    bits = float(-(share * np.log2(np.maximum(share, 1e-30))).sum(1).mean())
    chance = np.cumsum(chance, axis=1)
    drawn = generator.random((len(anchor), 1)) * chance[:, -1:]
    taken = np.minimum((chance < drawn).sum(1), chance.shape[1] - 1)
    at = into[np.arange(len(anchor)), taken]
    here.run = np.where(at == ground.segments.successor[here.at], here.run + 1, 0)
    here.recent = np.concatenate([here.recent[:, 1:], ground.content[at][:, None]], axis=1)
    here.path = [*here.path[-max(1, int(ground.controls.loop_steps) - 1) :], at]
    here.at, here.home = at, home
    return np.where(follows, np.where(taken > 0, JOINED, STAYED), ELSEWHERE), bits


def _weigh(
    ground: Ground, prices: Floats, here: Walkers, anchor: Array, home: Floats
) -> tuple[Array, npt.NDArray[np.float32]]:
    """(W, 1 + k) the anchor and its candidates, and the energy of each."""
    table, k = ground.table, ground.weighed
    candidates = table.candidates[anchor, :k].astype(np.int64)
    into = np.concatenate([anchor[:, None], candidates], axis=1)
    taboo = (ground.content[candidates][:, :, None] == here.recent[:, None, :]).any(2)
    far = np.where(taboo, np.inf, table.distance[anchor, :k].astype(np.float32))
    least = np.where(taboo.all(1), 0, far.min(1))[:, None]
    z = np.minimum((far - least) / table.scale[anchor][:, None], FAR)
    before = ground.segments.predecessor[anchor]
    price = prices[np.where(before >= 0, before, anchor), :k]
    stay = np.full((len(anchor), 1), STAY, dtype=np.float32)
    energies = np.concatenate([stay, np.where(taboo, BARRED, 0.5 * z * z + price)], axis=1)
    context = ground.context[into]
    along = np.matmul(context, home[:, :, None])[:, :, 0]
    energies += ground.controls.home * (np.vecdot(context, context) - 2 * along)
    energies += PROGRESSION * ground.progressions.bits(here.path[-2][:, None], here.at[:, None], into)
    ago = int(ground.controls.loop_steps)
    if ground.controls.echo and len(here.path) >= ago:
        again = np.matmul(ground.likeness[into], ground.likeness[here.path[-ago]][:, :, None])[:, :, 0]
        energies += ground.controls.echo * (1 - again)
    return into, energies.astype(np.float32)
