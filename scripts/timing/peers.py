"""What a Python user would take instead of eigenwalk's clock.

usage: peers.py NAME SECONDS OUT [PRESET]

Each library plays the schedule in the way that its own documentation shows, into a port that only notes the time.
With a preset it does so in a thread beside eigenwalk's full screen in the same process, as a program with a screen
would.
"""

import asyncio
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import mido

from scripts.timing.schedule import BPM, LEAD_IN_S, NOTE_S, PULSE_S, save, times_ns

NOTE, PULSE = mido.Message("note_on", note=60, velocity=90), mido.Message("clock")
Send = Callable[[bool], None]


def play_mido(send: Send, seconds: float) -> None:
    """mido: a file's `play`."""
    resolution = 9600
    file = mido.MidiFile(type=1, ticks_per_beat=resolution)
    for message, every_s in ((NOTE, NOTE_S), (PULSE, PULSE_S)):
        track = mido.MidiTrack()
        file.tracks.append(track)
        step = round(every_s * BPM / 60 * resolution)
        track += [message.copy(time=step if index else 0) for index in range(int(seconds / every_s))]
    file.tracks[0].insert(0, mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(BPM)))
    for message in file.play():
        send(message.type == "note_on")


def play_asyncio(send: Send, seconds: float) -> None:
    """asyncio: one callback after the other, each at its absolute time."""

    async def run() -> None:
        loop = asyncio.get_running_loop()
        began, done = loop.time() + LEAD_IN_S, loop.create_future()

        def fire(times: list[int], index: int, is_note: bool) -> None:
            send(is_note)
            if index + 1 < len(times):
                loop.call_at(began + times[index + 1] / 1e9, fire, times, index + 1, is_note)
            elif not is_note:
                loop.call_later(NOTE_S, done.set_result, None)

        for times, is_note in zip(times_ns(seconds), (True, False), strict=True):
            loop.call_at(began, fire, times, 0, is_note)
        await done

    asyncio.run(run())


def play_isobar(send: Send, seconds: float) -> None:
    """isobar: a timeline for the notes and one for the pulses, in the background."""
    import isobar
    from isobar.io import OutputDevice

    class Device(OutputDevice):
        def __init__(self, is_note: bool) -> None:
            super().__init__()
            self.is_note = is_note

        def note_on(self, note: int = 60, velocity: int = 64, channel: int = 0) -> None:
            send(self.is_note)

    timelines = []
    for is_note, duration in ((True, 1 / 4), (False, 1 / 24)):
        timeline = isobar.Timeline(BPM, output_device=Device(is_note))
        timeline.schedule({"note": 60, "duration": duration, "gate": 0.5})
        timelines.append(timeline)
    for timeline in timelines:
        timeline.background()
    time.sleep(seconds + LEAD_IN_S)
    for timeline in timelines:
        timeline.stop()


def play_supriya(send: Send, seconds: float) -> None:
    """supriya: its clock, with two callbacks that say when they want to be called again."""
    from supriya.clocks import Clock

    clock = Clock()
    clock.start(beats_per_minute=BPM, time_signature=(4, 4))

    def every(is_note: bool, whole_notes: float) -> Callable[..., float]:
        def call(*_: object, **__: object) -> float:
            send(is_note)
            return whole_notes

        return call

    clock.cue(every(True, 1 / 16))
    clock.cue(every(False, 1 / 96))
    time.sleep(seconds + LEAD_IN_S)
    clock.stop()


def play_subsequence(send: Send, seconds: float) -> None:
    """subsequence: a composition of one pattern that sends MIDI clock."""
    import subsequence

    class Port:
        name, closed = "sink", False

        def send(self, message: mido.Message) -> None:
            if message.type == "clock" or (message.type == "note_on" and message.velocity):
                send(message.type == "note_on")

        def close(self) -> None: ...
        def reset(self) -> None: ...
        def panic(self) -> None: ...

    mido.get_output_names = lambda *_, **__: ["sink"]
    mido.open_output = lambda *_, **__: Port()
    composition = subsequence.Composition(bpm=BPM, output_device="sink")
    composition.clock_output()

    @composition.pattern(channel=1, beats=4)
    def sixteenths(pattern: "subsequence.PatternBuilder") -> None:
        pattern.hit_steps(60, range(16), velocity=90)

    def end() -> None:
        composition.sequencer.running = False

    threading.Timer(seconds + LEAD_IN_S, end).start()
    composition.play()


PEERS: dict[str, Callable[[Send, float], None]] = {
    "mido": play_mido,
    "asyncio": play_asyncio,
    "isobar": play_isobar,
    "supriya": play_supriya,
    "subsequence": play_subsequence,
}


def main() -> None:
    """Play, beside a screen if asked, and write what was sent."""
    name, seconds, out = sys.argv[1], float(sys.argv[2]), Path(sys.argv[3])
    sent: list[tuple[bool, int]] = []
    usage: list[float] = []

    def play() -> None:
        cpu_s, began_s = time.thread_time(), time.perf_counter()
        PEERS[name](lambda is_note: sent.append((is_note, time.perf_counter_ns())), seconds)
        usage.append((time.thread_time() - cpu_s) / (time.perf_counter() - began_s))
        save(out, sent, seconds, None, usage[0])

    if len(sys.argv) > 4:
        from scripts.timing.screen import beside

        beside(play, Path(sys.argv[4]))
    else:
        play()


if __name__ == "__main__":
    main()
