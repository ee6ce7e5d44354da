"""Band (live room): the parts that play together: who is there, on which channels, on which bar line, after whom.

What flows in: material and ticks. What flows out: parts, set on the common grid, and their program changes in the
scheduler. Four at most. It decides no step and reads no clock.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from instrument.controls import ControlError
from instrument.live.channels import allocate
from instrument.live.hand import Hand, Voice
from instrument.live.material import Material
from instrument.live.morph import Morph
from instrument.live.part import Followed, Part
from instrument.live.scheduler import Scheduler
from instrument.notes import Event, Output, program_change
from instrument.tempo import Metre

MOST = 4
UNLIMITED = 32  # the polyphony at which nothing is taken away


class Band:
    """Parts by index, 0..3. `origin` is the tick on which bar 1 lies; the first part's metre counts the bars."""

    def __init__(self, scheduler: Scheduler, seed: int) -> None:
        self.parts: dict[int, Part] = {}
        self.origin = 0
        self._scheduler = scheduler
        self._seed = seed

    def __iter__(self) -> Iterator[Part]:
        return iter(self.parts.values())

    @property
    def first(self) -> Part:
        """The part that counts the bars."""
        return self.parts[min(self.parts)]

    @property
    def metre(self) -> Metre:
        """The time signature."""
        return self.first.material.metre

    def part(self, index: int) -> Part:
        """The part called `index`. Raises ControlError."""
        if index not in self.parts:
            there = ", ".join(str(number + 1) for number in sorted(self.parts))
            raise ControlError(f"there is no part {index + 1}; there is {there}")
        return self.parts[index]

    def free(self) -> int:
        """The first index that no part has. Raises ControlError when there are four."""
        for index in range(MOST):
            if index not in self.parts:
                return index
        raise ControlError(f"there are {MOST} parts already; remove one first")

    def names(self) -> dict[tuple[int, int], str]:
        """What a (part, channel) is called: the voices that speak on it."""
        called: dict[tuple[int, int], str] = {}
        for part in self:
            for voice, name in zip(part.hand.voices, part.material.voice_names, strict=False):
                key = (part.index, voice.channel)
                called[key] = f"{called[key]}, {name}" if key in called else name
        return called

    def known(self, material: Material) -> Material:
        """What a part plays, played or comes to that is the same as `material`; else `material` itself."""
        for part in self:
            held = [part.material, *part.past.materials(), *([part.morph.new, part.morph.old] if part.morph else [])]
            for one in held:
                if one.fingerprint == material.fingerprint:
                    return one
        return material

    def in_order(self) -> list[Part]:
        """Leaders before those who follow them; in a circle, whoever comes first."""
        return sorted(self.parts.values(), key=lambda part: (self._depth(part), part.index))

    def _depth(self, part: Part) -> int:
        depth, seen = 0, {part.index}
        leader = self.leader(part)
        while leader is not None and leader.index not in seen:
            seen.add(leader.index)
            depth, leader = depth + 1, self.leader(leader)
        return depth

    def leader(self, part: Part) -> Part | None:
        """The part that `part` follows, if it follows one."""
        index = int(part.hand.controls.leader) - 1
        return self.parts.get(index) if part.hand.controls.follow and index != part.index else None

    def decide(self, part: Part, scheduler: Scheduler | None, tick: int = 0) -> None:
        """The next step of `part`, decided at `tick`, heard unless there is no scheduler."""
        leader = self.leader(part)
        followed = Followed(leader.harmony, self._shift(leader, part)) if leader else None
        most = int(part.hand.controls.polyphony)
        if most == UNLIMITED:
            self._scheduler.polyphony.pop(part.index, None)
        else:
            self._scheduler.polyphony[part.index] = most
        part.decide(scheduler, followed, tick)

    def _shift(self, leader: Part, part: Part) -> int:
        """Semitones that `leader` sounds above its preset; in a circle only by its hand, lest they mount up."""
        seen, other = {leader.index}, self.leader(leader)
        while other is not None and other.index not in seen:
            if other is part:
                return int(leader.hand.controls.transpose)
            seen.add(other.index)
            other = self.leader(other)
        return leader.shift

    def overhear(self, outputs: Iterable[Output]) -> None:
        """Let those who follow a part hear what it sounds."""
        for part in self:
            if (leader := self.leader(part)) is not None:
                for output in outputs:
                    if isinstance(output, Event) and output.part == leader.index:
                        part.overhear(output)

    def add(self, material: Material, index: int, tick: int) -> Part:
        """A new part from `tick` on, with its preset's controls."""
        voices = self._voices(material, index, ())
        part = Part(index, material, Hand(voices, self._seed))
        self._settle(part, material, tick)
        self.parts[index] = part
        self.parts = dict(sorted(self.parts.items()))
        self.apply_defaults(part, material)
        return part

    @staticmethod
    def apply_defaults(part: Part, material: Material) -> None:
        """Put the part's controls as the preset has them."""
        part.hand = replace(part.hand, controls=part.hand.controls.taking(material.preset.meta["controls"]))

    def switch(self, part: Part, material: Material, tick: int) -> None:
        """Let `part` go on in `material` from its first step at or after `tick`."""
        old = self.metre
        bars = -(-(tick - self.origin) // old.bar_ticks)
        part.hand = replace(part.hand, voices=self._voices(material, part.index, part.hand.voices))
        if part is self.first and material.metre != old:
            self.origin = tick - bars * material.metre.bar_ticks
        self._settle(part, material, tick)
        part.enter(material)
        self.programs(part, tick)

    def morph(self, part: Part, material: Material, tick: int, bars: int) -> None:
        """Let `material` come in over `bars` bars. Raises ControlError when the two do not count alike."""
        old = part.material
        common = range(min(old.voices, material.voices))
        alike = all((voice in old.drums) == (voice in material.drums) for voice in common)
        if (old.hop, old.metre) != (material.hop, material.metre) or not alike:
            raise ControlError(f"{material.preset.title} has other beats or drums and cannot be morphed to; load it")
        wanted = self._voices(material, part.index, part.hand.voices)
        part.hand = replace(part.hand, voices=(*part.hand.voices, *wanted[len(part.hand.voices) :]))
        part.morph = Morph(part.material, material, tick, tick + bars * self.metre.bar_ticks)

    def finish_morph(self, part: Part, tick: int) -> None:
        """From `tick` on the part is the new preset's alone, and has its sounds."""
        if part.morph is not None and part.morph.last == tick:
            part.hand = replace(part.hand, voices=self._voices(part.morph.new, part.index, part.hand.voices))
            self.programs(part, tick)

    def remove(self, index: int, tick: int) -> None:
        """Take a part away at `tick`. Raises ControlError when it is the last one."""
        self.part(index)
        if len(self.parts) == 1:
            raise ControlError("the last part cannot be removed; stop it instead")
        old, bars = self.metre, -(-(tick - self.origin) // self.metre.bar_ticks)
        del self.parts[index]
        self._scheduler.cut(index, tick)
        self._scheduler.polyphony.pop(index, None)
        if self.metre != old:
            self.origin = tick - bars * self.metre.bar_ticks

    def programs(self, part: Part, tick: int) -> None:
        """Give each of the part's channels its sound."""
        sounds = {voice.channel: voice.program for voice in reversed(part.hand.voices)}
        for channel, program in sorted(sounds.items()):
            self._scheduler.put(program_change(tick, channel, program, part.index))

    def shift(self, ticks: int) -> None:
        """Let everything begin so many ticks later."""
        self.origin += ticks
        for part in self:
            part.origin += ticks
            part.line += ticks

    def locate(self, tick: int, song: int) -> None:
        """Let position `song` (ticks from bar 1) lie at `tick`, and every walk be where it would have come to.

        They walk there in silence: the same position gives the same music. Some 0.1 ms a step and part.
        """
        self.origin = tick - song
        for part in self:
            part.origin = part.line = self.origin
            part.rewind()
        while (part := min(self.in_order(), key=lambda p: p.next_step)).next_step < tick:
            self.decide(part, None)
        for part in self:
            part.align(tick)

    def _settle(self, part: Part, material: Material, tick: int) -> None:
        """Set the part's grid so that its next step is the first from `tick` on, on the song's beats if it can."""
        song = max(0, tick - self.origin)
        n = -(-song // material.hop)
        part.n = n
        part.origin = self.origin if song == n * material.hop else tick - n * material.hop
        same = not self.parts or part is self.first or material.metre == self.metre
        part.line = self.origin if same else tick

    def _voices(self, material: Material, index: int, old: tuple[Voice, ...]) -> tuple[Voice, ...]:
        """A voice's channel stays where it was, or is the first free one; its program is the preset's."""
        taken = {v.channel for part in self if part.index != index for v in part.hand.voices}
        channels = list(allocate(material.voices, material.drums, taken))
        for number, voice in enumerate(old[: material.voices]):
            if number not in material.drums and voice.channel != allocate(1, {0})[0]:
                channels[number] = voice.channel
        return tuple(Voice(channel, material.program(number)) for number, channel in enumerate(channels))
