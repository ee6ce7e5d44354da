"""Segments of real music with the notes that sound in them, and excerpts: chains of segments, rendered to notes.

In: a preset, or pieces cut into segments. Out: `Music`, and notes (n, 4): onset, duration, pitch, voice, in ticks.
Shapes: N segments. An excerpt is a list of segment numbers of one Music.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from instrument.fit.drums import GROUP_OF
from instrument.fit.piece import Piece
from instrument.fit.prepare import prepare
from instrument.fit.segments import cut
from instrument.fit.settings import Settings
from instrument.preset import Preset

Ints = npt.NDArray[np.int64]
Excerpt = list[int]


@dataclass(frozen=True)
class Music:
    """A corpus cut into segments of `hop` ticks; `bars[i]` is how many segments a bar of segment i's piece has."""

    hop: int
    notes: list[Ints]
    piece: Ints
    successor: Ints
    metre_position: Ints
    bars: Ints
    phrase_end: npt.NDArray[np.bool_]
    content: list[bytes]
    drums: bool  # nothing has pitch: the pitch of a note is the number of what a drummer strikes
    starts: list[Ints] = field(init=False)
    ends: list[Ints] = field(init=False)

    def __post_init__(self) -> None:
        """Sorted pitches that sound at each segment's start and just before its end."""
        last = self.hop - 1
        at_start = [np.sort(n[(n[:, 0] <= 0) & (n[:, 0] + n[:, 1] > 0), 2]) for n in self.notes]
        at_end = [np.sort(n[(n[:, 0] <= last) & (n[:, 0] + n[:, 1] > last), 2]) for n in self.notes]
        object.__setattr__(self, "starts", at_start)
        object.__setattr__(self, "ends", at_end)

    def __len__(self) -> int:
        return len(self.piece)

    def openings(self, length: int) -> Ints:
        """Segments on a bar line from which `length` segments of one piece follow."""
        first = np.arange(len(self) - length + 1)
        whole = self.piece[first] == self.piece[first + length - 1]
        return first[whole & (self.metre_position[first] == 0)]

    def render(self, excerpt: Sequence[int]) -> Ints:
        """Notes of `excerpt`; over a seam the same pitch is tied, other held notes are cut or struck anew."""
        done: list[tuple[int, int, int, int]] = []
        sounding: dict[tuple[int, int], list[int]] = {}  # voice, pitch: onset, end
        for place, segment in enumerate(excerpt):
            tick = place * self.hop
            rows = self.notes[segment].tolist()
            if place == 0 or self.successor[excerpt[place - 1]] != segment:
                self._seam(rows, tick, sounding, done)
            for onset, duration, pitch, voice in rows:
                if onset >= 0:
                    _release(sounding, (voice, pitch), tick + onset, done)
                    sounding[voice, pitch] = [tick + onset, tick + onset + duration]
        for key in list(sounding):
            _release(sounding, key, len(excerpt) * self.hop, done)
        return np.array(sorted(done), dtype=np.int64).reshape(-1, 4)

    def _seam(self, rows: list[Any], tick: int, sounding: dict[Any, list[int]], done: list[Any]) -> None:
        held = {(v, p): tick + o + d for o, d, p, v in rows if o < 0}
        for key in list(sounding):
            if key not in held:
                _release(sounding, key, tick, done)
        for key, end in held.items():
            if key in sounding and sounding[key][1] >= tick:
                sounding[key][1] = end
            else:
                _release(sounding, key, tick, done)
                sounding[key] = [tick, end]


def _release(sounding: dict[Any, list[int]], key: tuple[int, int], tick: int, done: list[Any]) -> None:
    if key in sounding:
        onset, end = sounding.pop(key)
        if min(end, tick) > onset:
            done.append((onset, min(end, tick) - onset, key[1], key[0]))


def music_of_preset(preset: Preset) -> Music:
    """The segments of a preset."""
    columns = (preset.note_onset, preset.note_duration, preset.note_pitch, preset.note_voice)
    drums = list(preset.meta.get("drums", []))
    metres = preset.meta.get("piece_metre") or [preset.meta["metre"]] * len(preset.meta["pieces"])
    bars = [max(1, 4 * 480 // unit * beats // preset.hop) for beats, unit in metres]
    return _music(
        preset.hop,
        np.stack([c.astype(np.int64) for c in columns], 1),
        preset.note_start.astype(np.int64),
        drums,
        preset.piece.astype(np.int64),
        preset.successor.astype(np.int64),
        preset.metre_position.astype(np.int64),
        np.array(bars)[preset.piece],
        preset.phrase_end.astype(bool),
    )


def music_of_pieces(pieces: Sequence[Piece], settings: Settings) -> Music:
    """The segments of pieces that were not fitted, prepared as `settings` says."""
    chosen, hop, *_ = prepare(pieces, settings)
    s = cut(chosen, hop)
    table = np.stack([s.onset, s.duration, s.pitch, s.voice], 1)
    drums = sorted({voice for piece in chosen for voice in piece.drums})
    return _music(hop, table, s.start, drums, s.piece, s.successor, s.metre_position, s.beats, s.phrase_end)


def _music(hop: int, table: Ints, start: Ints, drums: Iterable[int], *rest: Any) -> Music:
    """Drums are left out where anything else plays; a quotation is of all notes."""
    drum = np.isin(table[:, 3], list(drums))
    only_drums = bool(drum.all())
    piece, successor, metre_position, bars, phrase_end = rest
    content = [n[np.lexsort((n[:, 2], n[:, 0])), :3].tobytes() for n in np.split(table, start[1:-1])]
    if only_drums:
        table = table.copy()
        table[:, 2] = GROUP_OF[table[:, 2]]
    heard = [notes[keep] for notes, keep in zip(_cut(table, start), _cut(~drum | only_drums, start), strict=True)]
    return Music(hop, heard, piece, successor, metre_position, bars, phrase_end, content, only_drums)


def _cut(rows: Any, start: Ints) -> list[Any]:
    return np.split(rows, start[1:-1])
