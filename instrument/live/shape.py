"""Shape (live room): which of a segment's notes sound, how loud and how long.

What flows in: the notes of a segment (ticks from its start, held ones negative), the hand, the place in the bar, the
step's random numbers. What flows out: `Sounding`s, with pitch and channel, still in ticks from the segment's start.
Pitches come from tuning.py, bent time from groove.py; nothing is sent here.
"""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from instrument.controls import PartControls
from instrument.live.draw import Draw
from instrument.live.groove import Groove
from instrument.live.hand import Hand
from instrument.live.tuning import tune
from instrument.notes import Note

LANE = 100  # of the first note: whether it stays; a note takes the lane of its place in the segment
AGAIN, LOUD = 1 << 16, 1 << 17  # added to it: whether it is repeated, how loud it is
REPEAT = 240  # ticks after which a long note is struck again: an eighth
SOFTER = 0.8  # a repeat's share of the first stroke's velocity
DOWNBEAT, BEAT, OFF_BEAT = 0, 1, 2
FLOOR = {BEAT: 0.0, OFF_BEAT: 0.3}  # the density at which the last of these has gone


class Sounding(NamedTuple):
    """A note that will sound: ticks from the step's start; `held` it began before, and may be tied."""

    onset: int
    off: int
    channel: int
    pitch: int
    velocity: int
    held: bool


def shape(
    notes: Iterable[Note], hand: Hand, drums: Collection[int], downbeat: bool, hop: int, draw: Draw
) -> list[Sounding]:
    """What sounds of `notes`, by onset."""
    controls = hand.controls
    groove = Groove(controls.swing, controls.humanise, hop, draw)
    shaped = []
    for lane, note in enumerate(notes, LANE):
        drum = note.voice in drums
        if not hand.audible(note.voice) or (drum and note.onset < 0):  # a drum that was struck is not struck again
            continue
        voice = hand.voices[note.voice]
        pitch = note.pitch if drum else tune(note.pitch, controls, voice.octave)
        if pitch is None or not _kept(note, controls.density, downbeat, draw.uniform(lane)):
            continue
        for stroke in _strokes(note, controls.density, hop, draw.uniform(lane + AGAIN)):
            begin = groove.bend(stroke.onset)
            off = max(begin + 1, groove.bend(stroke.onset + max(1, round(stroke.duration * controls.gate))))
            velocity = _velocity(stroke, controls, downbeat, draw.uniform(lane + LOUD))
            shaped.append(Sounding(begin, off, voice.channel, pitch, velocity, note.onset < 0))
    return shaped


def _weight(note: Note, downbeat: bool) -> int:
    if note.onset > 0:
        return OFF_BEAT
    return DOWNBEAT if downbeat else BEAT


def _kept(note: Note, density: float, downbeat: bool, number: float) -> bool:
    """Thinning is nested: what a density drops, every lower one drops. Downbeats and what is held stay."""
    weight = _weight(note, downbeat)
    if density >= 1 or note.onset < 0 or weight == DOWNBEAT:
        return True
    floor = FLOOR[weight]
    return floor + (1 - floor) * number < density


def _strokes(note: Note, density: float, hop: int, number: float) -> list[Note]:
    """`note`, or, the likelier the more `density` is above 1, a stroke and its repeat an eighth later."""
    room = min(note.duration, hop - note.onset)
    if density - 1 <= number or note.onset < 0 or room < 2 * REPEAT:
        return [note]
    later = note._replace(
        onset=note.onset + REPEAT, duration=note.duration - REPEAT, velocity=max(1, round(note.velocity * SOFTER))
    )
    return [note._replace(duration=REPEAT), later]


def _velocity(note: Note, controls: PartControls, downbeat: bool, number: float) -> int:
    """Curve, then scale, then accent, then the hand's own unsteadiness; 1..127."""
    level: float = 127 * (note.velocity / 127) ** controls.curve * controls.velocity
    level *= 1 + controls.accent * (0.4, 0.1, -0.2)[_weight(note, downbeat)]
    level *= 1 + controls.humanise * 0.3 * (number - 0.5)
    return max(1, min(127, round(level)))
