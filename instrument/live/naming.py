"""Naming (live room): what musicians call the notes that sound together.

What flows in: pitches. What flows out: words for a screen. Flats but for F sharp; the bass of an inversion after a
stroke. It judges no function: A C E G is Am7 when A is lowest, else C6 over its bass.
"""

from collections.abc import Sequence

NAMES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
QUALITIES = {  # semitones above the root: what is written after it
    (0, 4, 7): "",
    (0, 3, 7): "m",
    (0, 3, 6): "dim",
    (0, 4, 8): "aug",
    (0, 5, 7): "sus4",
    (0, 4, 7, 10): "7",
    (0, 4, 7, 11): "maj7",
    (0, 3, 7, 10): "m7",
    (0, 3, 6, 10): "m7b5",
    (0, 3, 6, 9): "dim7",
    (0, 4, 7, 9): "6",
    (0, 7): "5",
}


def chord(pitches: Sequence[int]) -> str:
    """Name of the chord, "" when these notes have none; the lowest note's reading comes first."""
    if not pitches:
        return ""
    bass = min(pitches) % 12
    classes = {pitch % 12 for pitch in pitches}
    for root in (bass, *sorted(classes - {bass})):
        quality = QUALITIES.get(tuple(sorted((c - root) % 12 for c in classes)))
        if quality is not None:
            return NAMES[root] + quality + (f"/{NAMES[bass]}" if root != bass else "")
    return ""


def notes(pitches: Sequence[int]) -> str:
    """Names with octaves, low to high: middle C is C4."""
    return " ".join(f"{NAMES[pitch % 12]}{pitch // 12 - 1}" for pitch in sorted(pitches))
