"""Glide (live room): to arrive somewhere in exactly so many bars, along the manifold, without a leap.

What flows in: where the walk is, where it shall be, and the step at which it shall be there. What flows out: a way,
and for each step a lean that keeps the walk to it. The way is the shortest through landmarks of the eigenmap, each
joined to its nearest: through music that exists, not across what lies empty. The last bar is the piece's own lead-in.
"""

from itertools import pairwise

import numpy as np

from instrument.live.hand import Glide
from instrument.live.material import Material
from instrument.live.places import nearest
from instrument.live.pulls import Lean
from instrument.live.walk import Energies, Segments

PULL = 1.5  # energy of being off the way by the length of a common step
BESIDES = 12  # segments near the way that are weighed besides
LEAD_IN = 0.01  # of a common step: nothing is nearer than the piece's own lead-in


def plan(material: Material, name: str, start: int, target: int, first: int, last: int) -> Glide:
    """A glide from `start`, which sounds before step `first`, to `target`, which sounds at step `last`."""
    points = material.preset.embedding
    way = np.stack([points[start], *material.landmarks.way(points[start], points[target]), points[target]])
    lengths = np.append(0.0, np.cumsum([float(np.linalg.norm(b - a)) for a, b in pairwise(way)]))
    wanted = np.linspace(0, lengths[-1], last - first + 2)
    even = np.stack([np.interp(wanted, lengths, column) for column in way.T], axis=1)
    through = [int(((points - point) ** 2).sum(1).argmin()) for point in way[1:-1]]
    return Glide(name, target, first, last, tuple(map(tuple, even.tolist())), tuple(through))


def lean(material: Material, glide: Glide, n: int, place: int) -> Lean:
    """What keeps step `n` of a glide to its way."""
    points, stride = material.preset.embedding, material.stride
    waypoint = np.asarray(glide.way[min(n - glide.first + 1, len(glide.way) - 1)], np.float32)
    lead = lead_in(material, glide, n)

    def pull(candidates: Segments) -> Energies:
        away = np.sqrt(((points[candidates] - waypoint) ** 2).sum(1)) / stride
        if lead is not None:
            away[candidates == lead] = LEAD_IN
        energies: Energies = PULL * np.square(away, dtype=np.float64)
        return energies

    besides = nearest(material, points, waypoint.tolist(), place, BESIDES).tolist()
    return Lean(pull, (*besides, lead) if lead is not None else tuple(besides))


def lead_in(material: Material, glide: Glide, n: int) -> int | None:
    """The segment that would lead to the glide's end from step `n`; None before the last bar."""
    rest = glide.last - n
    segment = glide.segment - rest
    if rest > material.steps_per_bar or segment < 0:
        return None
    return segment if material.preset.piece[segment] == material.preset.piece[glide.segment] else None
