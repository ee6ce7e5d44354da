"""Workshop: what a piece is, before it is cut into segments.

In: notes from a reader. Out: `Piece`, and the same piece in C major or A minor. It never reads a file.

Conventions. `notes` has shape (n, 5), int32, columns onset, duration, pitch, velocity, voice, sorted by onset, then
pitch; ticks are 1/480 of a quarter note; bar lines fall on multiples of the bar, so a pickup of one beat in 4/4
starts at tick 1440. One piece has one metre: readers cut where a metre changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from instrument.tempo import PPQN, Metre

Ints = npt.NDArray[np.int32] | npt.NDArray[np.int64]
ONSET, DURATION, PITCH, VELOCITY, VOICE = range(5)
MAX_NOTE_TICKS = 60 * PPQN  # a preset counts a held note's onset back in 16 bits
VOICES = 16
COMMON_TIME = Metre(4, 4)
LAST_BASS = 0.2  # correlation that ending on its tonic is worth to a key
COMPOUND_BEATS = (6, 9, 12)

# Krumhansl & Kessler 1982, probe-tone ratings of the twelve scale steps
_MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
_MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece, in one metre. `bar` is the number of the bar at tick 0: 0 when it opens with a pickup.

    `drums` are the voices on channel 10, `programs` each voice's General MIDI number (0..127), `phrase_ends` ticks at
    which the source marks a phrase's last beat (fermatas), `shift` the semitones it was moved.
    """

    name: str
    notes: Ints
    metre: Metre = COMMON_TIME
    bar: int = 1
    label: str = ""
    voices: tuple[str, ...] = ()
    programs: tuple[int, ...] = ()
    drums: frozenset[int] = frozenset()
    phrase_ends: tuple[int, ...] = field(default=())
    shift: int = 0

    @property
    def pitched(self) -> npt.NDArray[np.bool_]:
        """(n,) True where a note has a pitch, False where it is a drum."""
        return ~np.isin(self.notes[:, VOICE], list(self.drums))

    @property
    def end(self) -> int:
        """Tick at which the last note ends."""
        return int((self.notes[:, ONSET] + self.notes[:, DURATION]).max())


def note_table(rows: "Sequence[Sequence[int]] | npt.NDArray[np.integer[Any]]") -> Ints:
    """Sorted (n, 5) notes from rows of onset, duration, pitch, velocity, voice; ranges are enforced by clipping.

    Onsets stay 64 bits wide where 32 would not hold them: a source may begin with hours of silence.
    """
    notes = np.array(rows, dtype=np.int64).reshape(-1, 5)
    notes[:, DURATION] = notes[:, DURATION].clip(1, MAX_NOTE_TICKS)
    notes[:, PITCH] = notes[:, PITCH].clip(0, 127)
    notes[:, VELOCITY] = notes[:, VELOCITY].clip(1, 127)
    notes[:, VOICE] = notes[:, VOICE].clip(0, VOICES - 1)
    notes = notes[np.lexsort((notes[:, VOICE], notes[:, PITCH], notes[:, ONSET]))]
    fits = not len(notes) or notes[-1, ONSET] < 2**31 - MAX_NOTE_TICKS
    return notes.astype(np.int32) if fits else notes


def beat_ticks(metre: Metre) -> int:
    """Length of the felt beat: three units in compound time, a quarter in x/2 and x/1, else the written unit."""
    if metre.unit >= 8 and metre.beats in COMPOUND_BEATS:
        return 3 * metre.beat_ticks
    return min(metre.beat_ticks, PPQN)


def home_shift(piece: Piece) -> int:
    """Semitones (-5..6) that bring `piece` to C major or A minor; 0 for drums alone.

    The key is the one of 24 whose profile correlates best with the pitch classes weighted by duration
    (Krumhansl & Schmuckler, in Krumhansl 1990, chapter 4), where the last bass note counts for its own two keys: by
    the profile alone a fifth of the chorales are taken for the key a fifth away.
    """
    notes = piece.notes[piece.pitched]
    if not len(notes):
        return 0
    chroma = np.bincount(notes[:, PITCH] % 12, weights=notes[:, DURATION], minlength=12).astype(np.float64)
    profiles = np.stack([np.roll(_unit(p), tonic) for p in (_MAJOR, _MINOR) for tonic in range(12)])
    score = np.dot(profiles, _unit(chroma))
    end = notes[:, ONSET] + notes[:, DURATION]
    score[int(notes[end == end.max(), PITCH].min()) % 12 :: 12] += LAST_BASS
    best = int(score.argmax())
    tonic = best % 12 if best < 12 else (best + 3) % 12
    return -tonic if tonic <= 5 else 12 - tonic


def transposed(piece: Piece, shift: int) -> Piece:
    """`piece` moved by `shift` semitones, drums left alone; a note that would leave 0..127 moves by octaves."""
    notes, pitched = piece.notes.copy(), piece.pitched
    pitch = notes[pitched, PITCH] + shift
    pitch = np.where(pitch < 0, pitch + 12, np.where(pitch > 127, pitch - 12, pitch))
    notes[pitched, PITCH] = pitch
    return replace(piece, notes=note_table(notes), shift=piece.shift + shift)


def _unit(values: Sequence[float] | npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    centred = np.asarray(values, dtype=np.float64) - np.mean(values)
    length = float(np.linalg.norm(centred))
    return centred / length if length else centred
