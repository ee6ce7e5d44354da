"""MIDI clock out: which pulses and transport messages the world gets to hear, in ticks.

In: where the transport is and what it does. Out: MIDI 1.0 system messages. 24 pulses a quarter note; song position in
sixteenths of six pulses. Pulses come only while the transport rolls, the first of them on the position announced.
"""

from instrument.tempo import PPQN

PULSE_TICKS = PPQN // 24
SIXTEENTH_TICKS = PPQN // 4
POSITION, PULSE, START, CONTINUE, STOP = 0xF2, 0xF8, 0xFA, 0xFB, 0xFC
FARTHEST = 0x3FFF  # sixteenths that fit into a song position


class ClockOut:
    """Says what is due; sends nothing."""

    def __init__(self) -> None:
        self._next: int | None = None

    def start(self, tick: int, origin: int) -> list[tuple[int, ...]]:
        """The transport rolls from `tick`, the song having begun at `origin`: what announces it."""
        sixteenths = -(-(tick - origin) // SIXTEENTH_TICKS)
        self._next = origin + sixteenths * SIXTEENTH_TICKS
        if sixteenths <= 0:
            return [(START,)]
        place = min(sixteenths, FARTHEST)
        return [(POSITION, place & 0x7F, place >> 7), (CONTINUE,)]

    def stop(self) -> list[tuple[int, ...]]:
        """The transport stopped."""
        was, self._next = self._next, None
        return [] if was is None else [(STOP,)]

    def next_tick(self) -> int | None:
        """Tick of the next pulse."""
        return self._next

    def pulses(self, until_tick: int) -> list[int]:
        """Ticks of the pulses due up to `until_tick`."""
        if self._next is None or self._next > until_tick:
            return []
        due = list(range(self._next, until_tick + 1, PULSE_TICKS))
        self._next = due[-1] + PULSE_TICKS
        return due
