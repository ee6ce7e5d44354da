"""The line in the middle of the narrowest strip that holds all samples of something regular.

In: counts and the times (ns) that were noticed, jittered. Out: the line's time at the last count, and its period.
Jitter that has bounds (a receiver's periods, a bus's frames, a loop's sleep) tells far more by its extremes than by
its mean: of 96 pulses with +-5 ms least squares know the tempo to .05%, the strip to .02%. Jitter without bounds
tells less, so it says whether there are any. The width is a convex function of the slope, and is halved upon.
"""

from collections.abc import Sequence

import numpy as np

ODD = 2.5  # times the mean deviation: a late pulse, left out
BOUNDED = 2.3  # deviations reach so many times their mean: 2 where all are as likely, 3 and more for a bell's
SPARED = 0.04  # of the samples may be left out; a bell leaves more beyond that
PASSES, HALVINGS = 2, 20
SEARCH = 0.01  # the slope lies within so much of the one given


def narrowest(counts: Sequence[int], times_ns: Sequence[int], period_ns: float) -> tuple[float, float] | None:
    """Time at the last count, and period; None when the jitter has no bounds. `period_ns` is about right."""
    count, time = np.array(counts, float), np.array(times_ns, float)
    first, last, origin = count[0], count[-1] - count[0], time[0]
    count, time, slope = count - first, time - origin, period_ns
    for _ in range(PASSES):
        rest = time - count * slope
        away = np.abs(rest - np.median(rest))
        kept = away <= ODD * away.mean()
        count, time = count[kept], time[kept]
        slope = _flattest(count, time, period_ns)
    rest = time - slope * count
    middle = (rest.max() + rest.min()) / 2
    if (
        len(count) < (1 - SPARED) * len(counts)
        or (rest.max() - rest.min()) / 2 > BOUNDED * np.abs(rest - middle).mean()
    ):
        return None
    return float(origin + middle + slope * last), slope


def _flattest(count: np.ndarray, time: np.ndarray, period_ns: float) -> float:
    """The slope along which the samples lie closest together."""
    low, high = period_ns * (1 - SEARCH), period_ns * (1 + SEARCH)
    for _ in range(HALVINGS):
        slope = (low + high) / 2
        rest = time - slope * count
        if count[rest.argmax()] > count[rest.argmin()]:
            low = slope
        else:
            high = slope
    return slope
