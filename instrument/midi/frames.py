"""JACK's frames by our clock: when each period began, from calls that come late by anything.

In: once a period, the time of the call (ns of `perf_counter_ns`) and the server's frame counter. Out: when that
period began. JACK's own conversion is off by 250 ms on its dummy driver, so a line is fitted through the calls. A
sound card's rate is right to some 100 ppm, so the line's slope may only be as far off; a call late by a busy machine
weighs as one that is a little late; and when the server's time itself has leapt (the dummy driver's does when it
oversleeps), the line closes in on it by half a thousandth, which no receiver notices, unless it is too far away.
"""

from instrument.midi.tracker import Tracker

MEMORY = 500  # periods that the line looks back on
SETTLED = 50  # periods after which a call can be told to be odd
CLIP = 0.05  # of a period: a call further off counts as so far off
MOST_OFF = 250e-6  # a rate may differ by so much from the one that is told
PATIENCE = 20  # calls in a row beyond the reach: the line begins anew
WRAP = 2**32  # JACK counts frames so far


class Frames:
    """`frame_ns` is a frame's length by the sample rate."""

    def __init__(self, frame_ns: float) -> None:
        self._frame_ns = frame_ns
        self._track: Tracker | None = None
        self._frame = self._astray = 0

    def begin(self, called_ns: int, frame: int, frames: int, reach_ns: float) -> float:
        """When the period of `frames` that starts at `frame` began, its call coming at `called_ns`.

        What stays further off than `reach_ns` is leapt to.
        """
        nominal_ns = frames * self._frame_ns
        periods, self._frame = ((frame - self._frame) % WRAP) / frames, frame
        track = self._track
        if track is None or not 0 < periods < 100 or self._astray > PATIENCE:
            self._track, self._astray = Tracker(called_ns, nominal_ns, MEMORY), 0
            return called_ns
        surprise = track.surprise(called_ns, periods)
        self._astray = self._astray + 1 if abs(surprise) > reach_ns else 0
        limit = nominal_ns * (CLIP if track.samples >= SETTLED else 1)
        track.add(max(-limit, min(limit, surprise)), periods)
        track.period_ns = max(nominal_ns * (1 - MOST_OFF), min(nominal_ns * (1 + MOST_OFF), track.period_ns))
        return track.time_ns
