"""The line in the middle of the narrowest strip that holds all samples of something regular.

In: counts and the times (ns) that were noticed, jittered. Out: the line's time at the last count, its period, and
the strip's width. Jitter that has bounds (a receiver's periods, a bus's frames, a loop's sleep) tells far more by its
extremes than by its mean: of 96 pulses with +-5 ms least squares know the tempo to .05%, the strip to .02%. Jitter
without bounds tells less, so it says whether there are any. The width is a convex function of the slope, made of
straight pieces: where the two pieces cross that are known left and right of the bottom, the next is looked for.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

ODD = 2.5  # times the mean deviation: a late pulse, left out
BOUNDED = 2.3  # deviations reach so many times their mean: 2 where all are as likely, 3 and more for a bell's
SPARED = 0.04  # of the samples may be left out; a bell leaves more beyond that
PASSES, CROSSINGS = 2, 20
STEEPEST = 3.0  # times the samples' mean slope: the bottom is below


class Strip(NamedTuple):
    """Its middle line, and how wide it is in time."""

    time_ns: float  # at the last count
    period_ns: float
    width_ns: float
    bounded: bool  # whether the jitter looks as if it had bounds


def narrowest(counts: Sequence[int], times_ns: Sequence[int], passes: int = PASSES) -> Strip:
    """The strip that holds all samples but a few that are late; with no `passes`, simply all."""
    count, time = np.array(counts, float), np.array(times_ns, float)
    first, last, origin = count[0], count[-1] - count[0], time[0]
    count, time = count - first, time - origin
    slope = _flattest(count, time)
    for _ in range(passes):
        rest = time - count * slope
        away = np.abs(rest - np.median(rest))
        kept = away <= ODD * away.mean()
        if kept.all():
            break
        count, time = count[kept], time[kept]
        slope = _flattest(count, time)
    rest = time - slope * count
    top, bottom = rest.max(), rest.min()
    middle = (top + bottom) / 2
    bounded = len(count) >= (1 - SPARED) * len(counts)
    bounded &= bool((top - bottom) / 2 <= BOUNDED * np.abs(rest - middle).mean())
    return Strip(float(origin + middle + slope * last), slope, float(top - bottom), bounded)


def _flattest(count: np.ndarray, time: np.ndarray) -> float:
    """The slope along which the samples lie closest together."""
    mean = float((time[-1] - time[0]) / max(1.0, count[-1] - count[0]))
    low, high = _piece(count, time, -STEEPEST * mean), _piece(count, time, STEEPEST * mean)
    slope = mean
    for _ in range(CROSSINGS):
        if low[0] == high[0]:
            return slope
        slope = (high[1] - low[1]) / (high[0] - low[0])
        piece = _piece(count, time, slope)
        if piece[1] - piece[0] * slope <= low[1] - low[0] * slope + 1:
            break
        if piece[0] > 0:
            low = piece
        else:
            high = piece
    return slope


def _piece(count: np.ndarray, time: np.ndarray, slope: float) -> tuple[float, float]:
    """What makes the width at a slope: by how many counts and how much time its upper edge is after its lower."""
    rest = time - slope * count
    upper, lower = rest.argmax(), rest.argmin()
    return float(count[upper] - count[lower]), float(time[upper] - time[lower])
