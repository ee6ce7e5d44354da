"""Music made for measuring: presets whose notes come where the schedule wants them."""

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import mido

from instrument.live.session.realtime import ask_fifo

PPQ = 480
STEP_S, BAR_S = 0.5, 2.0  # at 120 BPM
TOP = 84  # no pitch of `sixteenths` is this high, all are two octaves up
ROOT = Path(__file__).parent.parent.parent


def _fit(folder: Path, name: str, file: mido.MidiFile) -> Path:
    source, preset = folder / f"{name}.mid", folder / f"{name}.safetensors"
    file.save(source)
    words = ["fit", source, "--name", name, "--out", preset, "--key", "keep", "--jobs", "1"]
    subprocess.run([sys.executable, "-m", "instrument", *words], cwd=ROOT, check=True, capture_output=True)
    return preset


def _track(pitches: list[int], length: int, channel: int) -> mido.MidiTrack:
    track = mido.MidiTrack()
    for pitch in pitches:
        track.append(mido.Message("note_on", note=pitch, velocity=80, channel=channel, time=0))
        track.append(mido.Message("note_off", note=pitch, channel=channel, time=length))
    return track


def sixteenths(folder: Path) -> Path:
    """A preset of one voice in unbroken 16ths."""
    path = folder / "sixteenths.safetensors"
    if not path.exists():
        file = mido.MidiFile(ticks_per_beat=PPQ)
        file.tracks.append(_track([60 + index * index * 7 % 23 for index in range(16 * 64)], PPQ // 4, 0))
        _fit(folder, "sixteenths", file)
    return path


def voices(folder: Path) -> Path:
    """A preset of eight voices, eighths and quarters."""
    path = folder / "voices.safetensors"
    if not path.exists():
        file = mido.MidiFile(ticks_per_beat=PPQ)
        for voice in range(8):
            length = PPQ // (1 + voice % 2)
            count = 256 * PPQ // length
            pitches = [36 + 8 * voice + index * (index + voice) * 5 % 11 for index in range(count)]
            file.tracks.append(_track(pitches, length, voice))
        _fit(folder, "voices", file)
    return path


def told(
    presets: list[str], out: str, seconds: float | None, settings: dict[str, float] | None = None
) -> dict[str, Any]:
    """What an engine's process is told: to play for so long, at 120 BPM with MIDI clock unless `settings` differ."""
    asked = {"tempo": 120.0, "clock_out": 1.0} if settings is None else settings
    bars = round(seconds / BAR_S) if seconds else None
    config: dict[str, Any] = {"presets": presets, "seed": 1, "settings": asked, "bars": bars, "play": True}
    return {**config, "out": out, "in": None, "api": None, "record": None}


def may_have_fifo() -> bool:
    """Whether a thread here may have SCHED_FIFO."""
    answer: list[bool] = []
    thread = threading.Thread(target=lambda: answer.append(ask_fifo()))
    thread.start()
    thread.join()
    return answer[0]
