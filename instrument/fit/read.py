"""Workshop: one MIDI file's bytes -> pieces, by the best reader that does not refuse them.

In: bytes. Out: pieces, or ReadError with the reason in a few words. symusic reads most files (120 times as fast as
mido); mido what symusic refuses; `salvage` what both do. Track and channel filters need channels, which symusic does
not tell, so filtered files go to `salvage` at once.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import mido
import numpy as np
import numpy.typing as npt
import symusic

from instrument.errors import UserError
from instrument.fit import salvage
from instrument.fit.piece import VOICES, Piece, note_table
from instrument.fit.sections import Section, split
from instrument.fit.tidy import families, tidy
from instrument.notes import DRUM_CHANNEL, NOTE_OFF, NOTE_ON, PROGRAM_CHANGE
from instrument.tempo import PPQN, Metre

MAX_BYTES = 8_000_000
MIN_NOTES = 8
SEARCH_HEADER = 1024  # MacBinary puts 128 bytes before it
SEQUENTIAL = 2  # the format whose tracks follow one another
LATEST = 1 << 40
Ints64 = npt.NDArray[np.int64]


class ReadError(UserError):
    """A file holds no music that can be read; the message says why, without its name."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which tracks (1, 2, .. or part of a name) and channels (1..16) are read; and drums: both, none or only."""

    tracks: tuple[str, ...] = ()
    channels: tuple[int, ...] = ()
    drums: str = "both"

    @property
    def needs_channels(self) -> bool:
        """True where symusic's view of a file is not enough."""
        return bool(self.tracks or self.channels)

    def takes(self, drum: bool) -> bool:
        """True where a line of drums (or of notes with a pitch) is wanted."""
        return self.drums == "both" or drum == (self.drums == "only")


EVERYTHING = Filter()


@dataclass(frozen=True, slots=True)
class Line:
    """The notes of one track on one channel: (n, 4) onset, duration, pitch, velocity in the file's ticks."""

    notes: Ints64
    name: str = ""
    program: int = 0
    drum: bool = False
    end: int = 0
    signatures: tuple[tuple[int, int, int], ...] = field(default=())


def midi_pieces(data: bytes, name: str, wanted: Filter = EVERYTHING) -> list[Piece]:
    """The pieces of a MIDI file, one a metre. Raises ReadError."""
    data = _unwrapped(data)
    ticks_per_beat = _ticks_per_beat(data)
    lines, signatures = _read(data, wanted)
    lines = [line for line in lines if len(line.notes) and wanted.takes(line.drum)]
    count = sum(len(line.notes) for line in lines)
    if not count:
        raise ReadError("no notes in it" + (" after the filter" if wanted != EVERYTHING else ""))
    if count < MIN_NOTES:
        raise ReadError(f"too little music: {count} note{'s' * (count > 1)}")
    if int.from_bytes(data[8:10], "big") == SEQUENTIAL:
        lines = _in_sequence(lines, ticks_per_beat)
    scale = PPQN / ticks_per_beat
    source = _piece(lines, name, scale)
    return [tidy(piece) for piece in split(source, _sections(signatures, scale))]


def _unwrapped(data: bytes) -> bytes:
    """`data` from its MIDI header on: RIFF and MacBinary put something before it."""
    if len(data) > MAX_BYTES:
        raise ReadError(f"{len(data) / 1e6:.0f} MB is no MIDI file of music")
    if not data:
        raise ReadError("empty file")
    if data[:2] == b"\x1f\x8b":
        raise ReadError("compressed with gzip: unpack it first")
    at = data[:SEARCH_HEADER].find(b"MThd")
    if at < 0:
        raise ReadError("no MIDI file: its header is missing")
    if len(data) < at + 14:
        raise ReadError("cut off in its header")
    return data[at:]


def _ticks_per_beat(data: bytes) -> float:
    """The file's ticks in a quarter note; SMPTE frames count at 120 quarter notes a minute."""
    division = int.from_bytes(data[12:14], "big")
    if division & 0x8000:
        frames = 256 - (division >> 8)
        return max(1.0, (30_000 / 1001 if frames == 29 else frames) * (division & 0xFF) / 2)
    return division or PPQN


def _read(data: bytes, wanted: Filter) -> tuple[list[Line], list[tuple[int, int, int]]]:
    """The lines and the time signatures, by the first reader that finds notes."""
    if wanted.needs_channels:
        return _from_tracks(salvage.tracks(data), wanted)
    plain = data[4:8] == b"\0\0\0\6" and not data[12] & 0x80 and any(data[12:14])
    for reader in (_by_symusic, _by_mido) if plain else ():
        try:
            lines, signatures = reader(data)
        except Exception:  # mutants made the two libraries raise eight kinds of error; the salvage below raises none
            continue
        if any(len(line.notes) for line in lines):
            return lines, signatures
    return _from_tracks(salvage.tracks(data), wanted)


def _by_symusic(data: bytes) -> tuple[list[Line], list[tuple[int, int, int]]]:
    score: Any = symusic.Score.from_midi(data, sanitize_data=True)
    lines = []
    for track in score.tracks:
        columns = track.notes.numpy()
        order = ("time", "duration", "pitch", "velocity")
        notes = np.stack([columns[key].astype(np.int64) for key in order], axis=1)
        lines.append(Line(notes, track.name, track.program, track.is_drum, track.end()))
    return lines, [(s.time, s.numerator, s.denominator) for s in score.time_signatures]


def _by_mido(data: bytes) -> tuple[list[Line], list[tuple[int, int, int]]]:
    file = mido.MidiFile(file=io.BytesIO(data), clip=True)
    tracks = []
    for messages in file.tracks:
        track = salvage.Track(name=messages.name)
        for message in messages:
            track.end += message.time
            if message.type == "time_signature":
                track.signatures.append((track.end, message.numerator, message.denominator))
            elif message.type in ("note_on", "note_off", "program_change"):
                status, first, *rest = message.bytes()
                track.events.append((track.end, status, first, rest[0] if rest else 0))
        tracks.append(track)
    return _from_tracks(tracks, EVERYTHING)


def _from_tracks(tracks: Sequence[salvage.Track], wanted: Filter) -> tuple[list[Line], list[tuple[int, int, int]]]:
    lines = []
    for number, track in enumerate(tracks, 1):
        if wanted.tracks and not any(t == str(number) or t.lower() in track.name.lower() for t in wanted.tracks):
            continue
        for channel in range(16):
            if not wanted.channels or channel + 1 in wanted.channels:
                lines += _line(track, channel)
    return lines, [signature for track in tracks for signature in track.signatures]


def _line(track: salvage.Track, channel: int) -> list[Line]:
    """The notes of one channel of a track: each ends at its note-off, its repetition or the track's end."""
    open_notes: dict[int, tuple[int, int]] = {}
    notes: list[tuple[int, int, int, int]] = []
    program = None
    for tick, status, pitch, velocity in [e for e in track.events if e[1] & 0x0F == channel]:
        kind = status & 0xF0
        if kind == PROGRAM_CHANGE and program is None:
            program = pitch
        if kind in (NOTE_ON, NOTE_OFF):
            if pitch in open_notes:
                begin, struck = open_notes.pop(pitch)
                notes.append((begin, tick - begin, pitch, struck))
            if kind == NOTE_ON and velocity:
                open_notes[pitch] = (tick, velocity)
    notes += [(begin, track.end - begin, pitch, struck) for pitch, (begin, struck) in open_notes.items()]
    if not notes:
        return []
    return [Line(np.array(notes, np.int64), track.name, program or 0, channel == DRUM_CHANNEL, track.end)]


def _in_sequence(lines: Sequence[Line], ticks_per_beat: float) -> list[Line]:
    """Patterns of a format 2 file one after the other, each from a bar line."""
    shifted, at, bar = [], 0, max(1, round(4 * ticks_per_beat))
    for line in lines:
        notes = line.notes.copy()
        notes[:, 0] += at
        at += -(-max(line.end, 1) // bar) * bar
        shifted.append(Line(notes, line.name, line.program, line.drum))
    return shifted


def _piece(lines: Sequence[Line], name: str, scale: float) -> Piece:
    """All lines as one piece, a voice a line; more than 16 lines share voices by family of instrument."""
    programs, drums = [line.program for line in lines], [line.drum for line in lines]
    voices = list(range(len(lines))) if len(lines) <= VOICES else families(programs, drums)
    tables = []
    for line, voice in zip(lines, voices, strict=True):
        ends = np.round((line.notes[:, 0] + line.notes[:, 1]) * scale)
        table = np.empty((len(line.notes), 5), np.int64)
        table[:, 0] = np.minimum(np.round(line.notes[:, 0] * scale), LATEST)
        table[:, 1] = ends.astype(np.int64) - table[:, 0]
        table[:, 2:4] = line.notes[:, 2:4]
        table[:, 4] = voice
        tables.append(table)
    named = dict(zip(reversed(voices), reversed(lines), strict=True))
    used = range(max(voices) + 1)
    return Piece(
        name=name,
        notes=note_table(np.concatenate(tables)),
        voices=tuple(_printable(named[v].name) or f"voice {v + 1}" if v in named else f"voice {v + 1}" for v in used),
        programs=tuple(named[v].program if v in named else 0 for v in used),
        drums=frozenset(v for v, drum in zip(voices, drums, strict=True) if drum),
    )


def _printable(text: str) -> str:
    return "".join(c for c in text.encode("utf-8", "replace").decode("utf-8") if c.isprintable()).strip()[:40]


def _sections(signatures: Sequence[tuple[int, int, int]], scale: float) -> list[Section]:
    """Where the metre changes; 4/4 until told otherwise, and what is no time signature is passed over."""
    metres = {0: Metre(4, 4)}
    for tick, beats, unit in sorted(signatures):
        if 1 <= beats <= 32 and unit in (1, 2, 4, 8, 16, 32):
            metres[min(round(tick * scale), LATEST)] = Metre(beats, unit)
    sections: list[Section] = []
    for tick, metre in sorted(metres.items()):
        if sections and sections[-1].metre == metre:
            continue
        before = sections[-1] if sections else None
        bar = before.bar - (-(tick - before.start) // before.metre.bar_ticks) if before else 1
        sections.append(Section(tick, metre, 0, bar))
    return sections
