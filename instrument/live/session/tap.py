"""Tempo from a tapping hand."""

from instrument.tempo import MAX_BPM, MIN_BPM, NS_PER_MINUTE

PAUSE_NS = 3_000_000_000  # a longer gap begins anew: it is the beat of the slowest tempo
TAPS = 8  # that count: the tempo is their mean


class Tap:
    """Remembers when it was tapped."""

    def __init__(self) -> None:
        self._taps: list[int] = []

    def tap(self, stamp_ns: int) -> float | None:
        """One tap; the tempo (BPM) from the second on, None when it lies outside what the clock plays."""
        if self._taps and not 0 < stamp_ns - self._taps[-1] <= PAUSE_NS:
            self._taps = []
        self._taps = [*self._taps[-(TAPS - 1) :], stamp_ns]
        if len(self._taps) < 2:
            return None
        bpm = NS_PER_MINUTE * (len(self._taps) - 1) / (self._taps[-1] - self._taps[0])
        return round(bpm, 1) if MIN_BPM <= bpm <= MAX_BPM else None
