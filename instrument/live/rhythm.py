"""Rhythm (live room): the notes of one segment in the rhythm of another.

What flows in: the notes of two segments. What flows out: notes with the pitches of the first, struck when the second
strikes. Voices are matched by number; a voice that the first does not have keeps silent. Pure.
"""

from collections.abc import Iterable, Sequence

from instrument.notes import Note


def in_rhythm(pitches: Sequence[Note], rhythm: Iterable[Note]) -> list[Note]:
    """Each stroke of `rhythm` on what its voice has there in `pitches` (or had last, or has first), chords whole."""
    strokes = {(note.voice, note.onset): note for note in rhythm}
    found = []
    for (number, onset), stroke in strokes.items():
        onsets = [note.onset for note in pitches if note.voice == number]
        if onsets:
            at = max((o for o in onsets if o <= max(0, onset)), default=min(onsets))
            chord = (note for note in pitches if note.voice == number and note.onset == at)
            found += [stroke._replace(pitch=note.pitch) for note in chord]
    return found
