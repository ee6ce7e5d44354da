"""Keyfinder (live room): how many semitones the performer's music lies above the preset's.

What flows in: the tables of a preset, then eighth by eighth the pitch classes that sound. What flows out: the frame,
0..11, which changes only when another has been better for a while; and the name of the key. It knows no ticks.

Five witnesses, each in nats or scaled to them, fading with a memory of beats: how often the preset has the chord that
sounds, in each of the twelve frames; how often its top line makes the step that the heard one makes; how well the
pitch classes fit the major or minor profile of the frame (Krumhansl and Kessler 1982, by correlation); on what note
its pieces begin; and how alike the heard opening is to those of its pieces, eighth by eighth from the first note on.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from instrument.live.matching import SILENT, Matcher

MEMORY_CELLS = 48  # eighths in which the weight of evidence falls to 1/e
CHORD, MOTION, PROFILE, FIRST, ALIKE = 0.1, 0.8, 5.0, 1.5, 6.0  # weights: logistic regression within the
# chorales of the training share gave such ratios, five-fold cross-validation the rest
AGREEING = np.exp(0.5)  # how much more an opening counts for each eighth at which its top line is the heard one
OPENING_CELLS = 24  # a pickup and two bars, and to spare
OPENINGS = 512  # that are compared, evenly spaced among the preset's pieces
MARGIN, SWITCH_MARGIN = 0.2, 2.5  # nats by which another frame must be ahead: at first, and later
SETTLED_CELLS = 18  # two bars and a pickup: until then a better frame is taken at once
PERSISTS_CELLS = 4  # later it must have been better for so long
_KEPT = np.exp(-1 / MEMORY_CELLS)

# Krumhansl and Kessler 1982: how well each scale step fits a major and a minor key
_MAJOR = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
_MINOR = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])
_NAMES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_FRAMES = np.arange(12)

Doubles = npt.NDArray[np.float64]


def _unit(values: Doubles) -> Doubles:
    centred = values - float(values.mean())
    unit: Doubles = centred / max(float(np.linalg.norm(centred)), 1e-9)
    return unit


# (24, 12): the major key on each pitch class, then the minor key whose relative major that is
_PROFILES = np.stack([np.roll(_unit(p), f + s) for p, s in ((_MAJOR, 0), (_MINOR, 9)) for f in range(12)])


class Evidence:
    """What a preset knows of keys: logarithms of how often its chords, top line's steps and openings occur."""

    def __init__(self, matcher: Matcher) -> None:
        chords = np.bincount(matcher.chord.ravel(), minlength=4096).astype(np.float64)
        chords[0] = 0
        members = (np.arange(4096)[:, None] >> _FRAMES) & 1
        share = np.clip((chords @ members) / max(chords.sum(), 1), 0.01, 0.99)
        independent = np.exp(members @ np.log(share) + (1 - members) @ np.log(1 - share))
        self.known = bool(chords.any())
        self.chord = np.log((chords + 50 * independent) / (chords.sum() + 50))
        line = matcher.top.T.ravel().astype(np.int64)
        steps = np.bincount(line[:-1] * 13 + line[1:], minlength=169).reshape(13, 13)[:12, :12] + 0.5
        self.motion = np.log(steps / steps.sum(1, keepdims=True))
        self.first_top, self.first_bass = (_shares(line[matcher.opens]) for line in (matcher.top[0], matcher.bass))
        self.openings = _openings(line, matcher.opens * matcher.cells)


def _openings(line: npt.NDArray[np.int64], begins: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """(OPENING_CELLS, pieces) top line of each piece from its first note on, SILENT past its end."""
    chosen = slice(None, None, -(-len(begins) // OPENINGS))
    begins, ends = begins[chosen], np.append(begins[1:], len(line))[chosen]
    sounds = np.flatnonzero(line != SILENT)
    first = np.append(sounds, len(line))[np.searchsorted(sounds, begins)]
    cells = first + np.arange(OPENING_CELLS)[:, None]
    return np.where(cells < ends, line.take(cells, mode="clip"), SILENT).astype(np.uint8)


def _shares(pitch_classes: npt.NDArray[np.uint8]) -> Doubles:
    """(12,) logarithm of how often each occurs; one more than was counted."""
    count = np.bincount(pitch_classes, minlength=13)[:12] + 1.0
    return np.asarray(np.log(count / count.sum()))


@dataclass(slots=True)
class KeyFinder:
    """Tracks the frame. `lead` is by how many nats the frame is ahead of the next best (negative: behind)."""

    evidence: Evidence
    frame: int = 0
    lead: float = 0.0
    _score: Doubles | None = None
    _chroma: Doubles | None = None
    _alike: Doubles | None = None  # (12, pieces) how alike in each frame the openings are
    _resembles: Doubles | None = None  # (12,) what that says of each frame
    _last: int = SILENT
    _cells: int = 0  # heard that were not silent
    _since: int = 0  # cells since the first note
    _rival: int = 0
    _rival_cells: int = 0

    def hear(self, pitch_classes: list[int]) -> None:
        """An eighth in which `pitch_classes` sounded, from the lowest note up; none when it was silent."""
        if not self.evidence.known or (self._score is None and not pitch_classes):
            return
        self._since += 1
        if not pitch_classes:
            return
        if self._score is None or self._chroma is None:
            self._score, self._chroma = self._first(pitch_classes), np.zeros(12)
        self._score *= _KEPT
        self._chroma *= _KEPT
        self._chroma[pitch_classes] += 1
        if len(pitch_classes) > 1:
            bits = sum(1 << c for c in set(pitch_classes))
            self._score += CHORD * self.evidence.chord[((bits >> _FRAMES) | (bits << (12 - _FRAMES))) & 4095]
        top = pitch_classes[-1]
        if self._last not in (SILENT, top):
            self._score += MOTION * self.evidence.motion[(self._last - _FRAMES) % 12, (top - _FRAMES) % 12]
        self._last = top
        self._cells += 1
        self._judge(self._score + PROFILE * self._fit().max(0) + self._likeness(top))

    def _first(self, pitch_classes: list[int]) -> Doubles:
        """(12,) what the first eighth says: by its bass, or of a line by its only note."""
        known = self.evidence.first_bass if len(pitch_classes) > 1 else self.evidence.first_top
        return np.asarray(FIRST * known[(pitch_classes[0] - _FRAMES) % 12])

    def _likeness(self, top: int) -> Doubles:
        """(12,) what the openings of the preset's pieces say, with `top` in the present eighth; it fades later."""
        if self._alike is None or self._resembles is None:
            self._alike, self._resembles = np.ones((12, self.evidence.openings.shape[1])), np.zeros(12)
        if self._since <= OPENING_CELLS:
            agrees = self.evidence.openings[self._since - 1] == ((top - _FRAMES) % 12)[:, None]
            self._alike[agrees] *= AGREEING
            self._resembles = ALIKE * np.log(self._alike.sum(1))
        else:
            self._resembles = self._resembles * _KEPT
        return self._resembles

    def _fit(self) -> Doubles:
        """(2, 12) correlation of what was heard with the major and the minor key of each frame."""
        if self._chroma is None:
            return np.zeros((2, 12))
        fit: Doubles = (_PROFILES @ _unit(self._chroma)).reshape(2, 12)
        return fit

    def _judge(self, score: Doubles) -> None:
        best = int(score.argmax())
        ahead = float(score[best] - score[self.frame])
        self.lead = -ahead if best != self.frame else float(score[best] - np.partition(score, -2)[-2])
        young = self._cells <= SETTLED_CELLS
        if ahead < (MARGIN if young else SWITCH_MARGIN):
            self._rival_cells = 0
            return
        self._rival_cells = self._rival_cells + 1 if best == self._rival else 1
        self._rival = best
        if young or self._rival_cells >= PERSISTS_CELLS:
            self.frame, self._rival_cells = best, 0

    @property
    def name(self) -> str:
        """The key by name, "Eb major"; empty before anything was heard."""
        if self._chroma is None:
            return ""
        major, minor = self._fit()[:, self.frame]
        return f"{_NAMES[self.frame]} major" if major >= minor else f"{_NAMES[(self.frame + 9) % 12]} minor"
