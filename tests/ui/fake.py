"""An engine that only looks like one: it walks a preset's candidates and takes every message to heart.

`FakeEngine` is an EngineLink that stands still until `advance` is called, so that a screen drawn from it is the same
each time. Run as a program it plays by the clock: `python -m tests.ui.fake PRESET.safetensors`.
"""

import os
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from instrument.controls import GLOBAL, PART
from instrument.messages import Command, Health, Message, PartStatus, Set, Status, VoiceStatus
from instrument.preset import Preset
from instrument.tempo import PPQN, Metre, position
from tests.support import tiny_preset


@dataclass
class FakePart:
    preset: Preset
    segment: int = 0
    trail: list[int] = field(default_factory=list)
    candidates: tuple[tuple[int, float], ...] = ()
    verbatim: int = 0
    number: int = 0
    more: dict[str, Any] = field(default_factory=dict)  # fields of PartStatus that a test wants
    controls: dict[str, float] = field(default_factory=lambda: {n: row.default for n, row in PART.items()})

    def step(self, draw: np.random.Generator) -> None:
        anchor = max(0, int(self.preset.successor[self.segment]))
        near = [anchor, *self.preset.candidates[anchor][: int(self.controls["neighbors"])].tolist()]
        weights = np.exp(-np.arange(len(near)) / 3)
        weights[0] *= 3
        weights /= weights.sum()
        chosen = int(draw.choice(len(near), p=weights))
        self.verbatim = self.verbatim + 1 if chosen == 0 else 0
        self.candidates = tuple((int(s), float(w)) for s, w in zip(near, weights, strict=True))
        self.segment = int(near[chosen])
        self.trail = [*self.trail[-63:], self.segment]

    def status(self, rest: int) -> PartStatus:
        notes = self.preset.notes(self.segment)
        now = [n for n in notes if n.onset <= rest < n.onset + n.duration]
        return PartStatus(
            preset=str(self.preset.path),
            title=self.preset.title,
            segment=self.segment,
            piece=self.preset.piece_name(self.segment),
            bar=self.preset.bar(self.segment),
            verbatim=self.verbatim,
            candidates=self.candidates,
            trail=tuple(self.trail),
            controls=dict(self.controls),
            sounding=tuple((n.voice, n.pitch) for n in now),
            part=self.number,
            voices=tuple(VoiceStatus(name, i + 1, 1) for i, name in enumerate(self.preset.meta["voices"])),
            **self.more,
        )


class FakeEngine:
    """An EngineLink; `sent` keeps every message."""

    def __init__(self, path: Path, parts: int = 1, seed: int = 1) -> None:
        preset = Preset.load(path)
        self.draw = np.random.default_rng(seed)
        self.parts = [FakePart(preset, segment=i * len(preset) // 5, number=i) for i in range(parts)]
        self.controls = {n: row.default for n, row in GLOBAL.items()}
        self.metre: Metre = preset.metre
        self.sent: list[Message] = []
        self.done: list[Set] = []
        self.undone: list[Set] = []
        self.said: list[str] = []
        self.exit_status = 1
        self.more: dict[str, Any] = {}  # fields of Status that a test wants
        self.alerts: tuple[str, ...] = ()
        self.health = Health(output="eigenwalk:out", input="eigenwalk:in", late_p99_us=270, late_max_us=900, sent=0)
        self.alive = True
        self.playing = self.ended = False
        self.tick = 0
        for part in self.parts:
            part.step(self.draw)
        self._status = self._picture()

    def restart(self) -> None:
        self.alive = True

    def send(self, message: Message) -> None:
        self.sent.append(message)
        if isinstance(message, Set):
            self._set(message)
        elif isinstance(message, Command):
            if message.name in ("undo", "redo"):
                self._again(*((self.done, self.undone) if message.name == "undo" else (self.undone, self.done)))
            self.playing = {"toggle": not self.playing, "play": True, "stop": False}.get(message.name, self.playing)
        self._status = self._picture()

    def _values(self, message: Set) -> dict[str, float]:
        return self.controls if message.name in GLOBAL else self.parts[message.part].controls

    def _set(self, message: Set) -> None:
        values = self._values(message)
        self.done.append(replace(message, value=values[message.name]))
        values[message.name] = message.value

    def _again(self, source: list[Set], target: list[Set]) -> None:
        if source:
            change = source.pop()
            values = self._values(change)
            target.append(replace(change, value=values[change.name]))
            values[change.name] = change.value

    def latest(self) -> Status | None:
        return self._status

    def notices(self) -> list[str]:
        said, self.said = self.said, []
        return said

    def wait(self, timeout_s: float | None = None) -> int | None:
        return None if self.alive else self.exit_status

    def advance(self, ticks: int) -> None:
        """Let musical time pass, if the transport rolls."""
        if self.playing:
            for _ in range((self.tick + ticks) // PPQN - self.tick // PPQN):
                for part in self.parts:
                    part.step(self.draw)
            self.tick += ticks
            self.health = replace(self.health, sent=self.health.sent + ticks // 60)
        self._status = self._picture()

    def _picture(self) -> Status:
        return Status(
            playing=self.playing,
            tick=self.tick,
            position=position(self.tick, self.metre),
            metre=self.metre,
            seed=1,
            controls=dict(self.controls),
            parts=tuple(part.status(self.tick % PPQN) for part in self.parts),
            alerts=self.alerts,
            ended=self.ended,
            health=self.health,
            **self.more,
        )


class ClockedEngine(FakeEngine):
    """The same, but time passes by itself."""

    def latest(self) -> Status | None:
        now = time.monotonic()
        if self.noise:
            os.write(2, self.noise)
            self.noise = b""
        ticks = int((now - self.since) * self.controls["tempo"] / 60 * PPQN)
        if ticks >= 60:
            self.since = now
            self.advance(ticks)
        return super().latest()

    since = time.monotonic()
    noise = os.environ.get("FAKE_NOISE", "").encode()  # what a library writes to standard error in mid-play


def big_preset(folder: Path, pieces: int = 24, bars: int = 12) -> Path:
    """A preset whose map has islands of different density; returns its file."""
    preset = tiny_preset(pieces=pieces, bars=bars)
    rng = np.random.default_rng(5)
    angle = preset.piece * 2.4 + rng.normal(0, 0.25, len(preset))
    reach = 0.15 + 0.03 * preset.piece + rng.normal(0, 0.06, len(preset))
    places = np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=1).clip(-1, 1)
    meta = {**preset.meta, "pieces": [f"BWV {250 + n}" for n in range(pieces)], "title": "Islands"}
    path = folder / "islands.safetensors"
    replace(preset, map=places.astype(np.float32), meta=meta).save(path)
    return path


if __name__ == "__main__":
    from instrument.ui.app import run_screen

    engine = ClockedEngine(Path(sys.argv[1]), parts=int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    engine.playing = True
    run_screen(engine)
