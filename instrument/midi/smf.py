"""Standard MIDI files (midi room): what was played, as a file that any DAW opens.

What flows in: outputs with ticks, 480 to a quarter note. What flows out: a type-1 file: a track for tempo and time
signature, then one a part and channel, named. It plays nothing and reads nothing. Source of the format: Standard MIDI
Files 1.0 (MIDI Manufacturers Association, 1996).
"""

import errno
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import mido

from instrument.notes import Event, Output, TempoChange
from instrument.tempo import PPQN, Metre

Track = tuple[int, int]  # part, channel
END_PADDING = 1


def write_smf(
    path: Path,
    outputs: Iterable[Output],
    metre: Metre,
    names: Mapping[Track, str] | None = None,
    title: str = "",
) -> None:
    """Write `outputs` to `path`, whole or not at all; `names` has a name a (part, channel). Raises OSError."""
    if path.exists() and not path.is_file():
        raise FileExistsError(errno.EEXIST, "it is no file that could be replaced")
    file = mido.MidiFile(type=1, ticks_per_beat=PPQN, charset="utf-8")
    ordered = list(outputs)
    file.tracks.append(_conductor([o for o in ordered if isinstance(o, TempoChange)], metre, title))
    events: dict[Track, list[Event]] = {}
    for output in ordered:
        if isinstance(output, Event):
            events.setdefault((output.part, output.channel), []).append(output)
    for track in sorted(events):
        file.tracks.append(_track(events[track], (names or {}).get(track, f"channel {track[1] + 1}")))
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        file.save(temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _conductor(tempi: Iterable[TempoChange], metre: Metre, title: str) -> mido.MidiTrack:
    track = mido.MidiTrack()
    track.append(mido.MetaMessage("track_name", name=title, time=0))
    track.append(mido.MetaMessage("time_signature", numerator=metre.beats, denominator=metre.unit, time=0))
    now = 0
    for change in tempi:
        tempo = mido.MetaMessage("set_tempo", tempo=round(60_000_000 / change.bpm), time=change.tick - now)
        track.append(tempo)
        now = change.tick
    track.append(mido.MetaMessage("end_of_track", time=0))
    return track


def _track(events: Iterable[Event], name: str) -> mido.MidiTrack:
    track = mido.MidiTrack()
    track.append(mido.MetaMessage("track_name", name=name, time=0))
    now = 0
    for event in events:
        track.append(mido.Message.from_bytes(event.data, time=event.tick - now))
        now = event.tick
    track.append(mido.MetaMessage("end_of_track", time=END_PADDING))
    return track
