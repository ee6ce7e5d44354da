"""`eigenwalk fit` and `inspect` as a musician calls them."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import mido
import pytest
from typer.testing import CliRunner

from instrument.cli import app
from instrument.errors import UserError
from instrument.preset import Preset
from tests.fit.music import chorale

RUN = CliRunner()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    music = tmp_path / "music"
    music.mkdir()
    for number in range(6):
        file = mido.MidiFile(type=1, ticks_per_beat=480)
        for voice in range(4):
            track, now = file.add_track(f"voice {voice}"), 0
            rows = [row for row in chorale(number).notes.tolist() if row[4] == voice]
            events = sorted(
                e for on, length, pitch, vel, _ in rows for e in ((on + length, 0, pitch), (on, vel, pitch))
            )
            for at, velocity, pitch in events:
                track.append(mido.Message("note_on", note=pitch, velocity=velocity, channel=voice, time=at - now))
                now = at
        file.save(music / f"{number}.mid")
    (music / "broken.mid").write_bytes(b"nothing")
    return tmp_path


def test_a_folder_becomes_a_preset_with_a_summary(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    done = RUN.invoke(app, ["fit", "music", "--name", "six", "--report", "report.json", "--jobs", "1"])
    assert done.exit_code == 0, done.output
    preset = Preset.load(folder / "presets" / "six.safetensors")
    assert len(preset.meta["pieces"]) == 6
    assert "6 pieces" in done.output
    assert "broken.mid: no MIDI file" in done.output
    report = json.loads((folder / "report.json").read_text())
    assert report["segments"] == len(preset)
    assert [row["reason"] for row in report["skipped"]] == ["no MIDI file: its header is missing"]
    shown = RUN.invoke(app, ["inspect", "six", "--json", "--steps", "500"])
    assert shown.exit_code == 0, shown.output
    numbers = json.loads(shown.output)
    assert numbers["segments"] == len(preset)
    assert 0 < numbers["walk"]["coverage"] <= 1
    assert "graph" in RUN.invoke(app, ["inspect", "six", "--steps", "500"]).output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "no such file or folder"),
        (["music/broken.mid"], "no music could be read; 1 no MIDI file"),
        (["music", "--metre", "three"], "takes a time signature"),
        (["music", "--channels", "17"], "numbers from 1 to 16"),
        (["music", "--no-drums", "--drums-only"], "leave nothing"),
        (["music", "--label", "a", "--label", "b"], "2 --label for 1 PATH"),
        (["music", "--method", "magic"], "takes one of"),
        (["music/0.mid"], "only 48 segments"),
        (["music", "--metre", "3/4"], "no piece is left to fit"),
    ],
)
def test_what_cannot_be_fitted_is_one_line(
    arguments: list[str], message: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    done = RUN.invoke(app, ["fit", *arguments, "--name", "x", "--jobs", "1"])
    assert isinstance(done.exception, UserError)
    assert message in str(done.exception)
    assert not list(folder.glob("presets/*"))


def test_ctrl_c_leaves_no_half_written_preset(folder: Path) -> None:
    """Interrupted as soon as reading shows, and again anywhere in the fit: the folder of presets stays empty."""
    command = [sys.executable, "-m", "instrument", "fit", "music", "--name", "x", "--jobs", "1"]
    running = subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ)
    deadline = time.monotonic() + 60
    while not (folder / "presets").is_dir() and time.monotonic() < deadline:
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=60)
    assert running.returncode != 0
    assert b"Traceback" not in errors
    assert not list((folder / "presets").iterdir())
