"""The synthesiser as an output port, into a real audio system: JACK's dummy driver, recorded by jack_rec."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.jack import jack_server, ports, stop, until, wav_peak
from tests.midi.test_synth import font
from tests.support import tiny_preset

__all__ = ["jack_server"]


def needs_audio() -> None:
    """Skip where PortAudio is missing or does not know JACK. Asked in a process of its own: it remembers for good."""
    font()
    if not shutil.which("jack_rec"):
        pytest.skip("needs jack_rec")
    ask = "import sounddevice; sounddevice.query_devices(kind='output')"
    if subprocess.run([sys.executable, "-c", ask], capture_output=True, check=False).returncode:
        pytest.skip("needs libportaudio2 with JACK")


def test_play_out_synth_is_heard(jack_server: str, tmp_path: Path) -> None:
    needs_audio()
    preset, wav = tmp_path / "tiny.safetensors", tmp_path / "heard.wav"
    tiny_preset().save(preset)
    command = [sys.executable, "-m", "instrument", "play", str(preset), "--no-ui", "--out", "synth", "--tempo", "120"]
    player = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        ours = ["PortAudio:out_0", "PortAudio:out_1"]
        until("PortAudio's ports", lambda: set(ours) <= set(ports()) or player.poll() is not None)
        recorder: list[str | Path] = ["jack_rec", "-f", wav, "-d", "2", "-b", "16", *ours]
        subprocess.run(recorder, check=True, capture_output=True, timeout=30)
    finally:
        stop(player)
    assert wav_peak(wav) > 300  # of 32767
    assert player.stderr
    assert b"on synth (" in player.stderr.read()
