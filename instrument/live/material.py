"""Material (live room): a preset made ready to be played: its walk, and what the stage looks up at every step.

What flows in: a checked preset. What flows out: tables that never change, shared by all who play it. Making one costs
milliseconds at 50,000 segments, so the loader's thread does it, not the clock's. It decides nothing.

Shapes: N segments. `harmony` (N,) has bit c set where pitch class c sounds; drums count for nothing there.
"""

import json
from functools import cached_property
from hashlib import sha256

import numpy as np
import numpy.typing as npt

from instrument.live.ears import Ears
from instrument.live.landmarks import Landmarks
from instrument.live.walk import Segments, Walk
from instrument.notes import Note
from instrument.preset import ARRAYS, Preset
from instrument.tempo import Metre

DRUM_CHANNEL = 9  # channel 10 as musicians count


class Material:
    """A preset, its walk and its tables."""

    def __init__(self, preset: Preset) -> None:
        self.preset = preset
        self.fingerprint = _fingerprint(preset)
        self.walk = Walk(preset)
        self.hop = preset.hop
        self.metre: Metre = preset.metre
        drums = frozenset(int(voice) for voice in preset.meta.get("drums", ()))
        self._used: list[int] = np.unique(preset.note_voice).tolist() or [0]
        self._number = {voice: number for number, voice in enumerate(self._used)}
        self.drums = frozenset(self._number[voice] for voice in drums & set(self._used))
        self.harmony = _harmony(preset, drums)
        self.landmarks = Landmarks(preset.embedding)
        self.ears = Ears(preset, drums)
        self.stride = _stride(preset)
        self._other_metre = _other_metre(preset)
        fits = [(preset.metre_position == place) | self._other_metre for place in range(self.steps_per_bar)]
        self._places = [np.flatnonzero(rows) if rows.any() else np.arange(len(preset)) for rows in fits]

    def notes(self, segment: int) -> list[Note]:
        """The notes that sound in `segment`, by onset; voices are numbered without gaps."""
        notes = self.preset.notes(segment)
        if self._used[-1] == len(self._used) - 1:
            return notes
        return [note._replace(voice=self._number[note.voice]) for note in notes]

    def off_the_line(self, segment: int, place: int) -> bool:
        """Whether what follows `segment` in its piece has another place in the bar than `place`.

        Never in a piece of another metre than the preset's, whose bars the clock does not count.
        """
        ahead = (int(self.preset.metre_position[segment]) + 1) % self.steps_per_bar
        return ahead != place and not self._other_metre[segment]

    def at_place(self, place: int) -> Segments:
        """Segments at `place` in the bar (segments since the bar line), and those of pieces in another metre.

        All, when none is.
        """
        return self._places[place % len(self._places)]

    def region_centre(self, label: int, place: int) -> int:
        """The segment at `place` in the bar that lies in the middle of the pieces with that label."""
        labels = np.asarray(self.preset.meta.get("piece_label", ()), np.int64)
        rows = self.at_place(place)
        inside = rows[labels[self.preset.piece[rows]] == label] if len(labels) else rows
        rows = inside if len(inside) else rows
        points = self.preset.embedding[rows]
        return int(rows[((points - points.mean(0)) ** 2).sum(1).argmin()])

    @cached_property
    def voice_names(self) -> tuple[str, ...]:
        """What the voices are called that have notes, 1..16 of them."""
        named = dict(enumerate(map(str, self.preset.meta.get("voices", ()))))
        return tuple(named.get(voice) or f"voice {voice + 1}" for voice in self._used)

    @property
    def voices(self) -> int:
        """How many voices it has, 1..16."""
        return len(self.voice_names)

    @property
    def steps_per_bar(self) -> int:
        """Segments in a bar."""
        return max(1, self.metre.bar_ticks // self.hop)

    def program(self, voice: int) -> int:
        """General MIDI program (0..127) of a voice; a piano where the preset names none."""
        programs, number = self.preset.meta["programs"], self._used[voice]
        return max(0, int(programs[number])) if number < len(programs) else 0


def _fingerprint(preset: Preset) -> bytes:
    """Equal for presets of equal content, wherever they lie."""
    found = sha256(json.dumps(preset.meta, sort_keys=True).encode())
    for name in ARRAYS:
        found.update(np.ascontiguousarray(getattr(preset, name)).data)
    return found.digest()


def _other_metre(preset: Preset) -> npt.NDArray[np.bool_]:
    """(N,) whether each segment's piece has another metre than the preset."""
    metres = preset.meta.get("piece_metre") or [list(preset.metre)] * len(preset.meta["pieces"])
    other: npt.NDArray[np.bool_] = np.array([Metre(*metre) != preset.metre for metre in metres])[preset.piece]
    return other


def _stride(preset: Preset) -> float:
    """Median distance, in the embedding, of two segments that follow each other: what a common step is there."""
    ahead = preset.embedding[1:] - preset.embedding[:-1]
    return max(1e-6, float(np.median(np.sqrt((ahead * ahead).sum(1)))))


def _harmony(preset: Preset, drums: frozenset[int]) -> npt.NDArray[np.uint16]:
    """Pitch classes that sound in each segment, a bit each."""
    owner = preset.note_segment()
    pitched = ~np.isin(preset.note_voice, list(drums))
    bits = (1 << (preset.note_pitch[pitched] % 12).astype(np.uint16)).astype(np.uint16)
    harmony = np.zeros(len(preset), np.uint16)
    np.bitwise_or.at(harmony, owner[pitched], bits)
    return harmony
