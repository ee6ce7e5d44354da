"""What is measured in a duet.

Consonance: at each half-beat, sampled 35 ms after it (the performer may be 15 ms late and the walk 20 ms behind),
the performer's tone is in what the walk sounds, or makes no second, seventh or tritone with any of it. `throughout`
is the same over time, every 20 ticks: a chord that comes right at the sample and goes wrong later counts as wrong.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from accompanist.duet import Duet
from accompanist.performer import TICKS_A_MS, Played
from instrument.live.matching import CELL, Matcher
from instrument.preset import Preset

CLASH = (1, 2, 6, 10, 11)
REACTION_TICKS = round(35 * TICKS_A_MS)


def sounding(notes: Sequence[Played], ticks: Iterable[int]) -> list[list[int]]:
    """Pitches that sound at each of the rising `ticks`."""
    held: dict[int, int] = {}
    found, at = [], 0
    for tick in ticks:
        while at < len(notes) and notes[at].tick <= tick:
            held[notes[at].pitch] = held.get(notes[at].pitch, 0) + (1 if notes[at].on else -1)
            at += 1
        found.append([pitch for pitch, count in held.items() if count > 0])
    return found


def consonant(tone: int, chord: Iterable[int]) -> bool:
    """Whether `tone` is in `chord` or consonant with all of it; octaves do not matter."""
    intervals = {(pitch - tone) % 12 for pitch in chord}
    return 0 in intervals or not intervals & set(CLASH)


def agreement(duet: Duet, ticks: Sequence[int]) -> list[bool]:
    """For each of `ticks` at which both sound: whether they agree."""
    both = zip(sounding(duet.performer, ticks), sounding(duet.walk, ticks), strict=True)
    return [consonant(max(tone), chord) for tone, chord in both if tone and chord]


def half_beats(duet: Duet, first: int) -> list[bool]:
    """Agreement at each half-beat from tick `first` on."""
    return agreement(duet, range(first + REACTION_TICKS, duet.performer[-1].tick, CELL))


def throughout(duet: Duet, first: int) -> list[bool]:
    """Agreement over time."""
    return agreement(duet, range(first, duet.performer[-1].tick, 20))


def seams(duet: Duet, preset: Preset, matcher: Matcher) -> list[float]:
    """Voice leading (semitones, mean over the quantiles) of every join that the corpus does not contain."""
    found = []
    for before, after, phase in duet.joins:
        if phase == 0:
            if preset.successor[before] != after:
                found.append(float(np.abs(preset.end_pitch[before] - preset.start_pitch[after]).mean()))
        else:
            cell = min((phase + 60) // CELL, matcher.cells - 1)
            moved = matcher.pitch[max(0, cell - 1)][before] - matcher.pitch[cell][after]
            found.append(float(np.abs(moved).mean()))
    return found


def real_seam(preset: Preset) -> float:
    """The same over all joins that the corpus has."""
    first = np.flatnonzero(preset.successor >= 0)
    return float(np.abs(preset.end_pitch[first] - preset.start_pitch[preset.successor[first]]).mean())


def behind_ms(duet: Duet, preset: Preset) -> list[float]:
    """Milliseconds from the later of the beat and the performer's note on it to the walk's first note there."""
    begun = [note.tick for note in duet.walk if note.on]
    played = [note.tick for note in duet.performer if note.on]
    found = []
    for tick in played:
        beat = round(tick / preset.hop) * preset.hop
        if abs(tick - beat) > 15 * TICKS_A_MS + 1:
            continue
        due = max(beat, tick)
        after = [t for t in begun if beat - 2 <= t < beat + CELL // 2]
        if after:
            found.append(max(0.0, (min(after) - due) / TICKS_A_MS))
    return found
