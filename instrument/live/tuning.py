"""Tuning (live room): at which pitch a note sounds: transposition, octaves, scale lock, register range.

What flows in: a pitch of the preset and the hand. What flows out: a MIDI pitch 0..127, or None when no octave of it
lies in the range. The scale lock is one monotone map of all pitches, so voices never cross that did not, and a step
stays a step. Nothing here knows time.
"""

from functools import lru_cache

from instrument.controls import SCALES, PartControls

_SCALES = tuple(SCALES.values())
OFF = 0


def tune(pitch: int, controls: PartControls, octave: int = 0) -> int | None:
    """Where `pitch` sounds; `octave` is the voice's own."""
    moved = pitch + int(controls.transpose) + 12 * (int(controls.octave) + octave)
    if controls.scale != OFF:
        moved = _lock(moved, int(controls.key), int(controls.scale))
    low, high = sorted((int(controls.lowest), int(controls.highest)))
    if moved < low:
        moved += -(-(low - moved) // 12) * 12
    elif moved > high:
        moved -= -(-(moved - high) // 12) * 12
    return moved if low <= moved <= high else None


@lru_cache(4096)
def _lock(pitch: int, key: int, scale: int) -> int:
    """The nearest tone of the scale; the lower of two that are equally near, which keeps the map monotone."""
    tones = _SCALES[scale]
    return next(
        candidate
        for distance in range(12)
        for candidate in (pitch - distance, pitch + distance)
        if (candidate - key) % 12 in tones
    )


@lru_cache(256)
def scale_mask(key: int, scale: int, transpose: int) -> int:
    """Pitch classes of the preset (a bit each) that lie in the scale once they are transposed."""
    tones = _SCALES[scale]
    return sum(1 << c for c in range(12) if (c + transpose - key) % 12 in tones)
