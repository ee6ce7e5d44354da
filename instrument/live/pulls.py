"""Pulls (live room): what leans on the walk's choice from outside: the scale lock, steering, a part that is followed.

What flows in: material, and what the hand or another part asks for. What flows out: `Lean`s: energies added to
candidates, in the walk's own measure (see walk.py), and segments to weigh besides. Nothing here chooses.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from instrument.live.hand import Steer
from instrument.live.material import Material
from instrument.live.places import POPCOUNT, agreeing, nearest
from instrument.live.walk import Energies, Pull, Segments

OUTSIDE = 1.0  # energy of each pitch class that the scale lock would have to move
LEAN = 16.0  # energy of half the map's width, at full strength
REACH = 0.5  # share of the way to the point that is weighed besides, at full strength
STRANGE = 3.0  # energy of each pitch class that the leader does not sound
MISSING = 0.3  # of each that only the leader sounds
OFF_BEAT = 6.0  # energy of another place in the bar than the clock is at
BESIDES = 8  # segments weighed besides


class Lean(NamedTuple):
    """One influence from outside."""

    pull: Pull
    extra: tuple[int, ...] = ()


def together(leans: Sequence[Lean]) -> tuple[Pull | None, tuple[int, ...]]:
    """All leans as the one that a step takes."""
    extra = tuple(dict.fromkeys(segment for lean in leans for segment in lean.extra))
    if len(leans) < 2:
        return (leans[0].pull, extra) if leans else (None, ())

    def pull(candidates: Segments) -> Energies:
        energies: Energies = np.sum([lean.pull(candidates) for lean in leans], axis=0, dtype=np.float64)
        return energies

    return pull, extra


def to_scale(material: Material, mask: int) -> Lean:
    """Away from segments that the scale lock would bend; `mask` has the pitch classes that lie in the scale."""
    outside = np.uint16(~mask & 0xFFF)

    def pull(candidates: Segments) -> Energies:
        energies: Energies = OUTSIDE * POPCOUNT[material.harmony[candidates] & outside].astype(np.float64)
        return energies

    return Lean(pull)


def to_beat(material: Material, segment: int, place: int) -> Lean:
    """Back onto the bar line, for a walk that came off it: where a piece has a bar of another length, say."""
    positions, points = material.preset.metre_position, material.preset.embedding

    def pull(candidates: Segments) -> Energies:
        energies: Energies = OFF_BEAT * (positions[candidates] != place)
        return energies

    return Lean(pull, tuple(nearest(material, points, points[segment].tolist(), place, BESIDES).tolist()))


def to_point(material: Material, segment: int, steer: Steer, place: int) -> Lean:
    """Towards a point of the map: near ones are preferred, and some on the way are weighed besides."""
    points = material.preset.map
    here, there = points[segment], np.array((steer.x, steer.y), np.float32)
    ahead = here + REACH * steer.strength * (there - here)

    def pull(candidates: Segments) -> Energies:
        away: Energies = np.sqrt(((points[candidates] - there) ** 2).sum(1), dtype=np.float64)
        return LEAN * steer.strength * away

    return Lean(pull, tuple(nearest(material, points, ahead.tolist(), place, BESIDES).tolist()))


def to_harmony(material: Material, segment: int, mask: int, amount: float, place: int) -> Lean:
    """Towards segments whose pitch classes are in `mask`; `amount` 0..1 is how much that counts."""
    strange = np.uint16(~mask & 0xFFF)

    def pull(candidates: Segments) -> Energies:
        chords = material.harmony[candidates]
        lacking = POPCOUNT[~chords & np.uint16(mask)]
        energies: Energies = amount * (STRANGE * POPCOUNT[chords & strange] + MISSING * lacking)
        return energies

    extra = agreeing(material, material.preset.end_pitch[segment], mask, place, BESIDES)
    return Lean(pull, tuple(extra.tolist()))


def rotate(mask: int, semitones: int) -> int:
    """Pitch classes moved up by so many semitones."""
    shift = semitones % 12
    return (mask << shift | mask >> (12 - shift)) & 0xFFF
