"""A small baseline after the published description of Somax2 (Borg, "The Somax 2 theoretical model", IRCAM 2021;
Bonnasse-Gahot 2014): what is heard matches the corpus by n-grams of labels, matches are peaks that move on with time
and decay, the slice that really follows gets a bonus, and the highest peak sounds.

Two layers, as there: melody (pitch class of the top line) and harmony (chroma, exponentially faded). It hears exactly
what our walk hears at its decisions: the tone that sounds 20 ms after the beat, and all before it; it decides once a
beat, as its slices do, and does not change its mind within one.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from accompanist.measures import REACTION_TICKS, consonant, sounding
from accompanist.performer import TICKS_A_MS, Played
from instrument.live.matching import CELL, SILENT, Matcher
from instrument.live.prediction import ORDER, Lines
from instrument.preset import Preset

DECAY = 0.6  # of a peak's height, a beat
CONTINUITY = 1.5  # factor for the slice that follows the one that sounds
TABOO = 8  # slices that do not come back at once
FADE = 0.7  # of the heard chroma, a beat

Floats = npt.NDArray[np.float64]


def follow(preset: Preset, matcher: Matcher, lines: Lines, performer: Sequence[Played], first: int) -> list[int]:
    """The segment for each beat from tick `first` on."""
    hop, cells = preset.hop, matcher.cells
    ticks = np.arange(0, performer[-1].tick, CELL) + round(20 * TICKS_A_MS)
    tops = [max(pitches) % 12 if pitches else SILENT for pitches in sounding(performer, ticks.tolist())]
    harmony = ((matcher.chord[0][:, None] >> np.arange(12)) & 1).astype(float)
    harmony /= np.maximum(np.linalg.norm(harmony, axis=1, keepdims=True), 1e-9)
    peaks, chroma = np.zeros(len(preset)), np.zeros(12)
    path: list[int] = []
    for beat in range(first // hop, performer[-1].tick // hop):
        line = tops[: beat * cells + 1]
        chroma *= FADE
        for tone in line[-cells:]:
            if tone != SILENT:
                chroma[tone] += 1
        peaks = _moved(peaks, preset) * DECAY
        places, length = lines.after(line[:-1], 0, ORDER)
        now = places[matcher.top[0][places // cells] == line[-1]] // cells if len(places) else places
        np.add.at(peaks, now, 1.0 + length)
        layers = peaks / max(peaks.max(), 1e-9) + harmony @ chroma / max(np.linalg.norm(chroma), 1e-9)
        if path and preset.successor[path[-1]] >= 0:
            layers[preset.successor[path[-1]]] *= CONTINUITY
        layers[path[-TABOO:]] = -1
        path.append(int(layers.argmax()))
    return path


def _moved(peaks: Floats, preset: Preset) -> Floats:
    """Peaks one slice on in their piece."""
    moved = np.zeros_like(peaks)
    goes = np.flatnonzero((preset.successor >= 0) & (peaks > 0))
    moved[preset.successor[goes]] = peaks[goes]
    return moved


def half_beats(path: Sequence[int], matcher: Matcher, performer: Sequence[Played], first: int) -> list[bool]:
    """Agreement at each half-beat, as `measures.half_beats` has it."""
    hop = matcher.cells * CELL
    ticks = list(range(first, first + len(path) * hop, CELL))
    tones = sounding(performer, [tick + REACTION_TICKS for tick in ticks])
    found = []
    for tick, tone in zip(ticks, tones, strict=True):
        chord = int(matcher.chord[(tick - first) % hop // CELL, path[(tick - first) // hop]])
        if tone and chord:
            found.append(consonant(max(tone), [c for c in range(12) if chord >> c & 1]))
    return found
