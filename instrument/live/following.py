"""Following (live room): what a listener wishes for, as energies on segments, and the segments that grant it best.

What flows in: what is believed to sound, eighth by eighth, and the picture of the last beats, all in the preset's
frame. What flows out: energies for the walk to add to its own, candidates from the whole preset, and the segment to
go on with when a choice turns out wrong in mid-beat. Pure: no state, no ticks.

Shapes: n segments weighed, C cells (eighths) a segment, H kinds of chord (see matching.py).
Energies have no unit, as in the walk: a difference of `temperature` makes one choice e times likelier.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from instrument.controls import PartControls
from instrument.live.matching import Matcher, middle
from instrument.preset import Preset

HARMONY = 10.0  # energy of a clash on every eighth, at follow 1
JOIN = 1.5  # of a semitone of voice leading, as in the walk
CLOSELY = 48  # segments whose distance is looked at, out of those that hold the note
NEARBY = 0.5  # of a squared distance, in units of the anchor's scale, as in the walk
FAR = 4.0  # where that stops growing
REGISTER, DENSITY, RHYTHM = 1.0, 2.0, 1.0
REGISTER_UNIT = 6.0  # semitones
PLACE = 3.0  # of another place in the bar than the performer's: enough to drift there over some bars
OFFERED = 24  # segments offered to the walk out of all
AMEND_GAIN = 1.5  # energy that a change in mid-beat must save, for it breaks a line

Array = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Energies = npt.NDArray[np.float64]


class Wish(NamedTuple):
    """What a listener would have the next segment be. `None` where it has nothing to say."""

    against: Sequence[Energies | None]  # (H,) for each cell: how far each kind of chord is from what is believed
    height: float | None = None  # pitch of the top line
    onsets: float | None = None  # distinct onsets a segment
    rhythm: Floats | None = None  # (R,) notes in each 16th, of unit length
    amounts: tuple[float, float, float, float] = (1.0, 0.0, 0.0, 0.0)  # harmony, register, density, rhythm
    place: int | None = None  # place in the bar, by the performer's own bar line

    @property
    def harmony(self) -> float:
        """Energy of a clash with a note that is believed for certain."""
        return self.amounts[0] * HARMONY


def strength(follow: float) -> float:
    """How strongly `follow` (0..1) pulls: squared, for the lower half of the knob should be felt as slight."""
    return follow * follow


def amounts(controls: PartControls) -> tuple[float, float, float, float]:
    """The part's amounts of harmony, register, density and rhythm, `follow` included."""
    pull = strength(controls.follow)
    wanted = (controls.follow_harmony, controls.follow_register, controls.follow_density, controls.follow_rhythm)
    return tuple(pull * amount for amount in wanted)  # type: ignore[return-value]


def pull(wish: Wish, matcher: Matcher, segments: Array) -> Energies:
    """(n,) what each segment costs for not being what is wished."""
    _, register, density, rhythm = wish.amounts
    energies = harmony(wish, matcher, segments, 0)
    manner = matcher.manner.take(segments, 0)
    if register > 0 and wish.height is not None:
        away = (manner[:, 0] - wish.height) / REGISTER_UNIT
        energies += register * REGISTER * np.minimum(0.5 * away * away, FAR)
    if density > 0 and wish.onsets is not None:
        energies += density * DENSITY * (manner[:, 1] - math.log1p(wish.onsets)) ** 2
    if rhythm > 0 and wish.rhythm is not None:
        energies += rhythm * RHYTHM * (1 - manner[:, 2:].dot(wish.rhythm))
    if wish.place is not None:
        energies += PLACE * (matcher.metre.take(segments) != wish.place)
    return energies


def harmony(wish: Wish, matcher: Matcher, segments: Array, first: int) -> Energies:
    """(n,) the harmonic part of `pull`, from cell `first` of the segments on."""
    energies: Energies | None = None
    if wish.harmony > 0:
        for against, kind in zip(wish.against[first:], matcher.kind[first:], strict=True):
            if against is not None:
                clash = against.take(kind.take(segments))
                energies = clash if energies is None else np.add(energies, clash, energies)
    return np.zeros(len(segments)) if energies is None else np.multiply(energies, wish.harmony, energies)


def offers(wish: Wish, matcher: Matcher, preset: Preset, here: int, anchor: int, pitch_class: int) -> list[int]:
    """The segments of the whole preset that hold `pitch_class` where the walk is about to be, and cost least there.

    Cost as the walk will count it: the wish, the join relative to the corpus's own, the distance from the anchor.
    """
    if wish.harmony <= 0:
        return []
    end = preset.end_pitch[here]
    found = matcher.holding(int(matcher.metre[anchor]), 0, pitch_class, middle(end))
    if not len(found):
        return []
    own = middle(np.abs(preset.start_pitch[anchor] - end))
    cost = harmony(wish, matcher, found, 0) + JOIN * np.abs(matcher.leading(found, 0, end) - own)
    if len(found) > CLOSELY:
        best = _least(cost, CLOSELY)
        found, cost = found.take(best), cost.take(best)
    if len(found) > OFFERED:
        away = matcher.feature.take(found, 0) - matcher.feature[anchor]
        near = np.sqrt(np.vecdot(away, away)) / float(preset.scale[anchor])
        found = found.take(_least(cost + NEARBY * np.minimum(near, FAR) ** 2, OFFERED))
    offered: list[int] = found.tolist()
    return offered


def _least(cost: Energies, most: int) -> Array:
    """Which `most` cost least; of equals the first, on every machine."""
    return cost.argsort(kind="stable")[:most]


def amendment(
    wish: Wish, matcher: Matcher, playing: int, others: list[int], cell: int, pitch_class: int
) -> int | None:
    """The segment to go on with from `cell` on in place of `playing`; None when none is worth the break.

    `others` are segments that the last choice weighed; all of the preset that hold `pitch_class` there join them.
    """
    if wish.harmony <= 0:
        return None
    sounding = matcher.pitch[max(0, cell - 1)][playing]
    held = matcher.holding(int(matcher.metre[playing]), cell, pitch_class, middle(sounding))
    segments = np.concatenate([np.array([playing, *others], np.int64), held])
    cost = harmony(wish, matcher, segments, cell) + JOIN * matcher.leading(segments, cell, sounding)
    best = int(cost.argmin())
    return int(segments[best]) if cost[best] < cost[0] - AMEND_GAIN else None
