"""Ableton Link: tempo, phase and, if wished, start and stop, shared with whoever is on the network.

In: the session's state, polled (2.4 us; the library's callbacks deadlock). Out: the line its beat runs on, requests
to the transport, and our own changes committed to it. Its clock is CLOCK_MONOTONIC_RAW, which drifts from ours: both
are read together each time. Peers agree on phase, not on beat: bars (the quantum) are the common ground.
"""

import time
from typing import Any

from instrument.errors import UserError
from instrument.live.session.line import Line, Request


class LinkSource:
    """A `Source` on Link. Joining takes the tempo of the session that is there; leaving leaves ours rolling."""

    name = "Link"

    def __init__(self, bpm: float) -> None:
        try:
            import link  # noqa: PLC0415  (the extra may be missing)
        except ImportError:
            raise UserError("Ableton Link needs its extra: pip install 'eigenwalk[link]'") from None
        self._link: Any = link.Link(bpm)
        self._link.enabled = True
        self._bar_beats = 4.0
        self._share = False
        self._playing = False

    @property
    def cycle(self) -> float:
        """A bar."""
        return self._bar_beats

    @property
    def peers(self) -> int:
        """How many others there are."""
        return int(self._link.numPeers())

    def share(self, transport: bool) -> None:
        """Whether start and stop go both ways."""
        if transport != self._share:
            self._share = self._link.startStopSyncEnabled = transport
            self._playing = bool(self._link.captureSessionState().isPlaying())

    def hear(self, stamp_ns: int, data: tuple[int, ...]) -> list[Request]:
        """MIDI clock is not for it."""
        return []

    def poll(self, now_ns: int, bar_beats: float) -> list[Request]:
        """Start and stop of the peers'."""
        self._bar_beats = bar_beats
        if not self._share:
            return []
        was, self._playing = self._playing, bool(self._link.captureSessionState().isPlaying())
        return [] if self._playing == was else [Request("play" if self._playing else "stop")]

    def line(self, now_ns: int) -> Line:
        """The session's beat, tempo and phase."""
        state = self._link.captureSessionState()
        ours_ns, its_us = time.perf_counter_ns(), self._link.clock().micros()
        return Line(state.beatAtTime(its_us, self._bar_beats), ours_ns, state.tempo())

    def propose(self, bpm: float, now_ns: int) -> None:
        """Change the session's tempo, for all."""
        state = self._link.captureSessionState()
        state.setTempo(bpm, self._link.clock().micros())
        self._link.commitSessionState(state)

    def rolling(self, playing: bool, beat_ns: int) -> None:
        """Tell the peers that we started, on the beat at `beat_ns`, or stopped."""
        if not self._share or playing == self._playing:
            return
        self._playing = playing
        ahead_us = (beat_ns - time.perf_counter_ns()) // 1000 if playing else 0
        state = self._link.captureSessionState()
        state.setIsPlaying(playing, self._link.clock().micros() + ahead_us)
        self._link.commitSessionState(state)

    def close(self) -> None:
        """Leave the session."""
        self._link.enabled = False
