"""Channels (live room): which MIDI channel a voice speaks on, when nobody has said.

What flows in: how many voices, which of them are drums, what is taken. What flows out: channels, 0..15.
"""

from collections.abc import Collection

from instrument.live.material import DRUM_CHANNEL

MELODIC = [channel for channel in range(16) if channel != DRUM_CHANNEL]


def allocate(voices: int, drums: Collection[int], taken: Collection[int] = ()) -> tuple[int, ...]:
    """A channel for each voice: drums on channel 10, the rest on the first free ones, from 1 again when none is."""
    free = [channel for channel in MELODIC if channel not in taken]
    order = iter(free + MELODIC * 2)
    return tuple(DRUM_CHANNEL if voice in drums else next(order) for voice in range(voices))
