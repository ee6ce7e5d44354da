"""Gestures (live room): what each command does to a part.

What flows in: a part and a command's checked arguments. What flows out: the part's hand, or its next step, changed.
One table names them; messages and keys are named in instrument/commands.py. A gesture that makes no sense where the
walk is raises ControlError and has done nothing. Nothing sounds here: all is heard at the next step.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from weakref import ref

from instrument.commands import Value
from instrument.controls import MODES, ControlError
from instrument.live import glide as gliding
from instrument.live.hand import Loop, Steer, Voice
from instrument.live.part import Part
from instrument.live.past import PRESETS
from instrument.live.places import aligned, nearest

Gesture = Callable[..., None]


def freeze(part: Part, bars: float) -> None:
    """Repeat the last `bars` bars, or as many as there are; let go when it is frozen already."""
    if part.hand.loop is not None:
        part.hand = replace(part.hand, loop=None)
        return
    per_bar = part.material.steps_per_bar
    whole = min(int(bars), len(part.played) // per_bar)
    if not whole:
        raise ControlError("there is nothing to freeze yet: let a bar pass")
    steps = tuple(part.played[-whole * per_bar :])
    part.hand = replace(part.hand, loop=Loop(steps, part.n, whole), glide=None)


def back(part: Part, bars: float) -> None:
    """Go back along the trail by so many bars from where the last such gesture led, into other presets too."""
    begin, end = part.past.begin, _end(part)
    if begin == end:
        raise ControlError("there is no trail yet to go back on")
    here = end if part.cursor is None else part.cursor
    if here <= begin:
        since = f"{PRESETS} presets ago" if begin else "with the set"
        raise ControlError(f"the trail began here, {since}; there is nothing before it to go back to")
    _visit(part, here - int(bars) * part.material.steps_per_bar)


def forward(part: Part, bars: float) -> None:
    """Go forward on the trail again after going back."""
    if part.cursor is None:
        raise ControlError("the walk is at the end of its trail; go back first")
    _visit(part, part.cursor + int(bars) * part.material.steps_per_bar)


def _end(part: Part) -> int:
    return part.past.steps + len(part.trail)


def _visit(part: Part, step: int) -> None:
    """Go to what sounded at `step` of the set; what lies in another preset waits for that to come in."""
    part.cursor = min(max(step, part.past.begin), _end(part) - 1)
    here = part.cursor - part.past.steps
    material, segment = (part.material, part.trail[here]) if here >= 0 else part.past.at(part.cursor)
    if material is part.material:
        go(part, segment)
    else:
        part.away = material, segment


def mark(part: Part, letter: str) -> None:
    """Set bookmark `letter` where the walk is."""
    if part.state is None:
        raise ControlError("the walk has not begun: there is nothing to mark")
    set_now = {**part.hand.bookmarks, letter: (ref(part.material), part.material.preset.title, part.state.segment)}
    part.hand = replace(part.hand, bookmarks=set_now)


def recall(part: Part, letter: str) -> None:
    """Go to bookmark `letter`."""
    go(part, _bookmark(part, letter))


def teleport(part: Part, x: float, y: float) -> None:
    """Go to the segment nearest to a point of the map."""
    go(part, _at_point(part, x, y, part.n))


def go(part: Part, segment: int) -> None:
    """Let the next step play `segment`; freeze and glide are let go of."""
    part.jump, part.away = segment, None
    part.hand = replace(part.hand, loop=None, glide=None)


def glide(part: Part, to: str, bars: float) -> None:
    """Arrive at `to` (a bookmark, a region's name, or x,y) in exactly `bars` bars."""
    if part.state is None:
        raise ControlError("the walk has not begun: there is nowhere to glide from")
    last = part.n + int(bars) * part.material.steps_per_bar
    segment = aligned(part.material, _target(part, to, last), part.place(last))
    way = gliding.plan(part.material, to, part.state.segment, segment, part.n, last)
    part.hand = replace(part.hand, glide=way, loop=None)


def _target(part: Part, to: str, last: int) -> int:
    preset = part.material.preset
    if len(to) == 1 and to.isalpha():
        return _bookmark(part, to)
    labels = [str(label) for label in preset.meta.get("labels", ())]
    if to in labels:
        return part.material.region_centre(labels.index(to), part.place(last))
    try:
        x, y = (float(number) for number in to.split(","))
    except ValueError:
        regions = ", ".join(labels[:8]) or "no regions here"
        raise ControlError(
            f"glide to a bookmark (a to z), a point (x,y) or a region ({regions}), not {to!r}"
        ) from None
    if not (-1 <= x <= 1 and -1 <= y <= 1):
        raise ControlError(f"the map runs from -1 to 1, and {to} lies outside")
    return _at_point(part, x, y, last)


def _at_point(part: Part, x: float, y: float, n: int) -> int:
    return int(nearest(part.material, part.material.preset.map, (x, y), part.place(n))[0])


def _bookmark(part: Part, letter: str) -> int:
    found = part.hand.bookmarks.get(letter)
    if found is None:
        raise ControlError(f"bookmark {letter} is not set; `mark {letter}` sets it")
    material, title, segment = found
    if material() is not part.material:
        raise ControlError(f"bookmark {letter} lies in {title}, which does not play")
    return segment


def steer(part: Part, x: float, y: float, strength: float) -> None:
    """Lean towards a point of the map."""
    part.hand = replace(part.hand, steer=Steer(x, y, strength))


def release(part: Part) -> None:
    """Let go of freeze, glide and steering."""
    part.hand = replace(part.hand, loop=None, glide=None, steer=None)


def reseed(part: Part, seed: float) -> None:
    """Go on with other random numbers."""
    part.hand = replace(part.hand, seed=int(seed))


def next_mode(part: Part) -> None:
    """Play with the performer in the next way."""
    controls = part.hand.controls
    part.hand = replace(part.hand, controls=controls.set("mode", (int(controls.mode) + 1) % len(MODES)))


def _voice(change: Callable[[Voice, Any], Voice]) -> Gesture:
    def gesture(part: Part, number: float, value: Value | None = None) -> None:
        index = int(number) - 1
        if not index < part.material.voices:
            raise ControlError(f"there is no voice {index + 1}; there are {part.material.voices}")
        voices = list(part.hand.voices)
        voices[index] = change(voices[index], value)
        part.hand = replace(part.hand, voices=tuple(voices))

    return gesture


GESTURES: Mapping[str, Gesture] = {
    **{
        gesture.__name__: gesture
        for gesture in (freeze, back, forward, mark, recall, teleport, glide, steer, release, reseed, next_mode)
    },
    "voice_mute": _voice(lambda voice, _: replace(voice, mute=not voice.mute)),
    "voice_solo": _voice(lambda voice, _: replace(voice, solo=not voice.solo)),
    "voice_channel": _voice(lambda voice, channel: replace(voice, channel=int(channel) - 1)),
    "voice_program": _voice(lambda voice, program: replace(voice, program=int(program) - 1)),
    "voice_octave": _voice(lambda voice, octaves: replace(voice, octave=int(octaves))),
}
MOVES = frozenset({"back", "forward", "recall", "teleport"})  # what takes the walk elsewhere
