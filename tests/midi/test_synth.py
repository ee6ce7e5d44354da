"""Sound without a DAW: the synthesiser, the frame at which a message sounds, WAV files, and what is missing."""

import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from instrument.midi import soundfont, synth
from instrument.midi.synth import BLOCK, NS, RATE, Player, Samples, SynthError
from instrument.midi.wav import TAIL_S, timed, write_wav
from instrument.notes import Output, TempoChange, note_off, note_on, program_change


def font() -> Path:
    pytest.importorskip("fluidsynth", reason="needs the extra [audio] and FluidSynth's library", exc_type=ImportError)
    try:
        return soundfont.find()
    except soundfont.SoundfontError as error:
        pytest.skip(str(error))


def loud(samples: Samples) -> float:
    return float(np.abs(samples.astype(float)).max())


SCALE: list[Output] = [
    TempoChange(0, 120),
    program_change(0, 0, 19),
    *(e for n in range(4) for e in (note_on(n * 480, 0, 60 + n, 90), note_off(n * 480 + 240, 0, 60 + n))),
]


def test_times_follow_every_tempo_change() -> None:
    outputs: list[Output] = [TempoChange(0, 60), note_on(480, 0, 60, 1), TempoChange(960, 120), note_off(1440, 0, 60)]
    assert [time_ns for time_ns, _ in timed(outputs)] == [NS, 2 * NS + NS // 2]


def test_a_wav_sounds_while_notes_do_and_is_as_long_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "scale.wav"
    seconds = write_wav(path, SCALE, font())
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, RATE)
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    assert len(samples) / RATE == pytest.approx(seconds) == pytest.approx(1.75 + TAIL_S, abs=1e-3)
    assert loud(samples[: RATE // 4]) > 500  # the first note
    assert loud(samples[-RATE // 10 :]) < 50  # and nothing hangs


def test_the_same_notes_give_the_same_samples(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_wav(tmp_path / name, SCALE, font())
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("wake_late_ns", [0, 3_000_000])
def test_notes_sound_at_their_frame_however_late_the_callback_wakes(wake_late_ns: int) -> None:
    """Two notes 20 ms apart come out 20 ms apart, though blocks begin elsewhere and one callback is late."""
    block_ns = BLOCK * NS // RATE

    class Frames:
        """Stands for the synthesiser: notes the frame at which each message arrives."""

        def __init__(self) -> None:
            self.frame = 0
            self.at: list[int] = []

        def render(self, frames: int) -> Samples:
            self.frame += frames
            return np.zeros((frames, 2), np.int16)

        def send(self, data: tuple[int, ...]) -> None:
            self.at.append(self.frame)

    frames = Frames()
    player = Player(frames)  # type: ignore[arg-type]
    start = 5 * NS
    for n in range(3):
        player.block(BLOCK, start + n * block_ns)
    first = start + 3 * block_ns - 4_000_000
    player.queue.extend([(first, (0x90, 60, 90)), (first + 20_000_000, (0x90, 62, 90))])
    for n in range(3, 8):
        player.block(BLOCK, start + n * block_ns + (wake_late_ns if n == 5 else 0))
    assert frames.at[1] - frames.at[0] == pytest.approx(0.020 * RATE, abs=5)
    assert frames.frame == 8 * BLOCK


def test_a_chosen_font_must_be_one(tmp_path: Path) -> None:
    (tmp_path / "song.sf2").write_bytes(b"MThd and then something else")
    with pytest.raises(soundfont.SoundfontError, match="not a SoundFont"):
        soundfont.find(tmp_path / "song.sf2")


def test_the_default_font_goes_first_and_what_is_none_is_passed_over(tmp_path: Path) -> None:
    for name, magic in (("a.sf2", b"nofo"), ("b.sf2", b"sfbk"), ("default-GM.sf2", b"sfbk")):
        (tmp_path / name).write_bytes(b"RIFF0000" + magic)
    assert soundfont.find(places=[tmp_path / "none", tmp_path]).name == "default-GM.sf2"
    (tmp_path / "default-GM.sf2").unlink()
    assert soundfont.find(places=[tmp_path]).name == "b.sf2"
    with pytest.raises(soundfont.SoundfontError, match="--soundfont"):
        soundfont.find(places=[tmp_path / "none"])


@pytest.mark.parametrize("library", ["fluidsynth", "sounddevice"])
def test_a_missing_library_is_named_with_what_to_install(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    load = {"fluidsynth": synth._fluidsynth, "sounddevice": synth._sounddevice}[library]
    with pytest.raises(SynthError, match=r"pip install 'eigenwalk\[audio\]'"):
        load()
