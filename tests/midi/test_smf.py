"""MIDI files: what any DAW would read from them."""

from pathlib import Path

import mido
import pytest

from instrument.live.engine import Engine
from instrument.live.render import render
from instrument.messages import command
from instrument.midi.smf import write_smf
from instrument.notes import Event, Output, TempoChange, note_off, note_on
from instrument.tempo import Metre
from tests.support import tiny_preset


def test_a_file_holds_what_was_played(tmp_path: Path) -> None:
    engine = Engine([tiny_preset(), tiny_preset(voices=2)], 4, {"tempo": 90})
    engine.handle(command("ramp", 180, 4), 0)
    outputs = render(engine, 8 * 1920)
    path = tmp_path / "walk.mid"
    write_smf(path, outputs, engine.metre, engine.names(), "Märchen")
    file = mido.MidiFile(path, charset="utf-8")
    assert (file.type, file.ticks_per_beat) == (1, 480)
    assert [track.name for track in file.tracks] == ["Märchen", "top", "alto", "tenor", "bass", "top", "alto"]
    conductor = file.tracks[0]
    assert [(m.numerator, m.denominator) for m in conductor if m.type == "time_signature"] == [(4, 4)]
    tempi = [mido.tempo2bpm(m.tempo) for m in conductor if m.type == "set_tempo"]
    assert (round(tempi[0]), round(tempi[-1])) == (90, 180)
    found = []
    for track in file.tracks[1:]:
        tick = 0
        for message in track:
            tick += message.time
            if not message.is_meta:
                found.append((tick, tuple(message.bytes())))
    assert sorted(found) == sorted((o.tick, o.data) for o in outputs if isinstance(o, Event))
    assert [path.name for path in tmp_path.iterdir()] == ["walk.mid"]


def test_nothing_played_is_a_file_too(tmp_path: Path) -> None:
    write_smf(tmp_path / "empty.mid", [], Metre(6, 8))
    assert len(mido.MidiFile(tmp_path / "empty.mid").tracks) == 1


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    outputs: list[Output] = [TempoChange(0, 100.0), note_on(0, 0, 60, 1), note_off(1, 0, 60)]
    with pytest.raises(FileNotFoundError):
        write_smf(tmp_path / "nowhere" / "a.mid", outputs, Metre())
