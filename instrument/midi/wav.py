"""Wav (midi room): a performance as a sound file, through the same synthesiser that plays it live.

What flows in: the engine's outputs in ticks (events and tempo changes) and a SoundFont. What flows out: a 16-bit
stereo WAV file. No clock: it takes as long as the synthesiser needs.
"""

import wave
from collections.abc import Iterable, Iterator
from pathlib import Path

from instrument.midi.synth import RATE, Synth
from instrument.notes import Event, Output, TempoChange
from instrument.tempo import NS_PER_MINUTE, PPQN

TAIL_S = 2.0  # what rings on after the last note
_MOST_FRAMES = 1 << 16  # at a time: a long rest needs no long buffer


def timed(outputs: Iterable[Output], bpm: float = 120.0) -> Iterator[tuple[int, Event]]:
    """Each event with its time in nanoseconds from the first tick; `bpm` holds until the first tempo change."""
    tick, time_ns = 0, 0.0
    for output in outputs:
        time_ns += (output.tick - tick) * NS_PER_MINUTE / (bpm * PPQN)
        tick = output.tick
        if isinstance(output, TempoChange):
            bpm = output.bpm
        else:
            yield round(time_ns), output


def write_wav(path: Path, outputs: Iterable[Output], font: str | Path | None = None) -> float:
    """Render `outputs` into `path`; returns the seconds written. Raises SynthError, SoundfontError, OSError."""
    synth = Synth(font)
    try:
        with wave.open(str(path), "wb") as file:
            file.setnchannels(2)
            file.setsampwidth(2)
            file.setframerate(RATE)
            frame = 0
            for time_ns, event in timed(outputs):
                frame = _write(file, synth, frame, time_ns * RATE // 1_000_000_000)
                synth.send(event.data)
            return _write(file, synth, frame, frame + round(TAIL_S * RATE)) / RATE
    finally:
        synth.close()


def _write(file: wave.Wave_write, synth: Synth, frame: int, until: int) -> int:
    """Write samples from `frame` to `until`; returns where it stands."""
    while frame < until:
        count = min(until - frame, _MOST_FRAMES)
        file.writeframes(synth.render(count).astype("<i2").tobytes())
        frame += count
    return frame
