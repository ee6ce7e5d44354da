"""Synth (midi room): sound without a DAW, through FluidSynth, the user's SoundFont and the system's audio.

What flows in: MIDI messages with the time they are due. What flows out: samples, to the audio device (`SynthOutput`,
a port like any other) or to whoever asks (`Synth`, which knows no clock and serves `midi/wav.py`).
Units: `due_ns` is `time.perf_counter_ns()`; samples are int16, (frames, 2), at `RATE` a second.
The audio callback is a thread of its own; it takes messages from a queue and owns the synthesiser. It never waits.
"""

import contextlib
import io
import time
from collections import deque
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from instrument.errors import UserError
from instrument.midi import soundfont
from instrument.midi.output import SendsNow
from instrument.notes import ALL_SOUND_OFF, CONTROL_CHANGE, NOTE_OFF, NOTE_ON, PROGRAM_CHANGE

RATE = 48_000
BLOCK = 512  # frames an audio callback asks for: 10.7 ms
GAIN = 1.0  # a four-part chorale peaks at .29 of full scale
NS = 1_000_000_000
_DRIFT = 0.02  # share by which each callback's wake-up corrects the clock it is taken to run on
_LOST_NS = 100_000_000  # further off than this, the stream stood still: take the time anew
_RING_S = 0.05  # a release and the device's own buffer, before it is closed
_EXTRA = "pip install 'eigenwalk[audio]'"
_LIBRARY = "apt install libfluidsynth3 (macOS: brew install fluid-synth; Windows: choco install fluidsynth)"

Samples = npt.NDArray[np.int16]


class SynthError(UserError):
    """There is no synthesiser or no audio device; the message says what to install."""


class Synth:
    """A General MIDI synthesiser: messages in, samples out, no clock."""

    def __init__(self, font: str | Path | None = None) -> None:
        path = soundfont.find(font)
        library = _fluidsynth()
        self.font = path
        self._synth = library.Synth(gain=GAIN, samplerate=float(RATE), channels=16)
        if self._synth.sfload(str(path), 1) < 0:
            self._synth.delete()
            raise SynthError(f"{path}: FluidSynth cannot read this SoundFont; name another with --soundfont FILE")

    def send(self, data: tuple[int, ...]) -> None:
        """Act on one channel message; what the synthesiser has no use for is passed over."""
        kind, channel = data[0] & 0xF0, data[0] & 0x0F
        if kind == NOTE_ON and data[2]:
            self._synth.noteon(channel, data[1], data[2])
        elif kind in {NOTE_ON, NOTE_OFF}:
            self._synth.noteoff(channel, data[1])
        elif kind == CONTROL_CHANGE:
            self._synth.cc(channel, data[1], data[2])
        elif kind == PROGRAM_CHANGE:
            self._synth.program_change(channel, data[1])
        elif kind == 0xE0:
            self._synth.pitch_bend(channel, data[1] + 128 * data[2] - 8192)

    def render(self, frames: int) -> Samples:
        """The next `frames` samples (frames, 2)."""
        samples: Samples = self._synth.get_samples(frames).reshape(-1, 2)
        return samples

    def silence(self) -> None:
        """Cut everything that sounds, on every channel."""
        for channel in range(16):
            self.send((CONTROL_CHANGE | channel, ALL_SOUND_OFF, 0))

    def close(self) -> None:
        """Give the synthesiser's memory back."""
        if self._synth is not None:
            self._synth.delete()
            self._synth = None


class Player:
    """Renders blocks with each message at the frame where it is due: what an audio callback needs, without a device.

    A block is rendered one block ahead of its being heard, so every message comes out later by the same amount
    (BLOCK frames and the device's own latency) however the callback is scheduled.
    """

    def __init__(self, synth: Synth) -> None:
        self.synth = synth
        self.queue: deque[tuple[int, tuple[int, ...]]] = deque()  # appended to by the clock thread only
        self._next_ns = 0  # when the next block should be asked for

    def block(self, frames: int, now_ns: int) -> Samples:
        """The next `frames` samples, asked for at `now_ns`; messages that are due later wait for their block."""
        expected = self._next_ns
        late = now_ns - expected
        start = now_ns if abs(late) > _LOST_NS else expected + round(late * _DRIFT)
        self._next_ns = start + frames * NS // RATE
        parts, done = [], 0
        while self.queue:
            due_ns, data = self.queue[0]
            frame = max(done, (due_ns - start) * RATE // NS + frames)
            if frame >= frames:
                break
            if frame > done:
                parts.append(self.synth.render(frame - done))
                done = frame
            self.synth.send(data)
            self.queue.popleft()
        parts.append(self.synth.render(frames - done))
        return np.concatenate(parts)


class SynthOutput(SendsNow):
    """An output port that is heard: the same `send` and `close` as the ports of a MIDI system.

    Raises SynthError or SoundfontError, with what to install, when there is no FluidSynth, SoundFont or audio device.
    """

    def __init__(self, font: str | Path | None = None) -> None:
        audio = _sounddevice()
        self.synth = Synth(font)
        self.name = f"synth ({self.synth.font.name})"
        self._player = Player(self.synth)
        try:
            self._stream = audio.OutputStream(
                samplerate=RATE, blocksize=BLOCK, channels=2, dtype="int16", latency="low", callback=self._fill
            )
            self._stream.start()
        except audio.PortAudioError as error:
            self.synth.close()
            raise SynthError(f"no audio device to play on ({error}); `--out none` plays in silence") from None

    def send(self, data: tuple[int, ...], due_ns: int) -> None:
        """Sound a message at `due_ns`, later by the block in hand and the device's latency."""
        self._player.queue.append((due_ns, data))

    def close(self) -> None:
        """Let what sounds ring out for a moment, then end; safe to call twice."""
        if self._stream is None:
            return
        end_ns = time.perf_counter_ns() + 2 * BLOCK * NS // RATE
        while self._player.queue and time.perf_counter_ns() < end_ns:
            time.sleep(BLOCK / RATE / 4)
        time.sleep(_RING_S)
        self._stream.close()
        self._stream = None
        self.synth.close()

    def _fill(self, out: Samples, frames: int, _times: Any, _flags: Any) -> None:
        out[:] = self._player.block(frames, time.perf_counter_ns())


def trouble() -> str | None:
    """What keeps the synthesiser from being heard here, in one line; None when nothing does."""
    try:
        soundfont.find()
        _fluidsynth()
        audio = _sounddevice()
        audio.query_devices(kind="output")
    except UserError as error:
        return str(error)
    except audio.PortAudioError:
        return "there is no audio device"
    return None


def _fluidsynth() -> Any:
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # it prints what it found where CI is set
            import fluidsynth  # noqa: PLC0415 - may be missing
    except ModuleNotFoundError:
        raise SynthError(f"sound without a DAW needs pyfluidsynth: {_EXTRA}") from None
    except ImportError:
        raise SynthError(f"the FluidSynth library is not installed: {_LIBRARY}") from None
    for level in range(3):  # panic, error, warning: they would be printed over the screen
        fluidsynth._fl.fluid_set_log_function(level, None, None)
    return fluidsynth


def _sounddevice() -> Any:
    try:
        import sounddevice  # noqa: PLC0415 - may be missing
    except ModuleNotFoundError:
        raise SynthError(f"sound without a DAW needs sounddevice: {_EXTRA}") from None
    except OSError:
        raise SynthError("the PortAudio library is not installed: apt install libportaudio2") from None
    return sounddevice
