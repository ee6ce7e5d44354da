"""Showing (live room): the engine as a picture for the screen.

What flows in: the band, its clock and its grid. What flows out: a `Status`. It changes nothing, and costs well under
a millisecond, for the clock's thread draws it.
"""

from instrument.controls import GlobalControls
from instrument.live.band import Band
from instrument.live.grid import Grid
from instrument.live.part import Part
from instrument.live.scheduler import Scheduler
from instrument.live.switching import BACK, LOAD, MORPHED
from instrument.live.transport import Transport
from instrument.messages import PartStatus, Status, VoiceStatus
from instrument.tempo import Metre, position

TRAIL_SHOWN = 64
CANDIDATES_SHOWN = 32


def show(
    band: Band,
    scheduler: Scheduler,
    grid: Grid,
    transport: Transport,
    controls: GlobalControls,
    seed: int,
    alerts: tuple[str, ...],
) -> Status:
    """The whole engine as it stands."""
    metre, tick = band.metre, transport.tick
    bar, beat, rest = position(tick - band.origin, metre)
    ramp = transport.pace.ramp
    return Status(
        playing=transport.playing,
        tick=tick,
        position=(bar, beat, rest),
        metre=(metre.beats, metre.unit),
        seed=seed,
        controls=dict(controls.items()),
        parts=tuple(_part(part, scheduler.sounding(part.index), grid, tick, metre) for part in band),
        alerts=alerts,
        count_in=max(0, -(-(transport.music - tick) // metre.beat_ticks)),
        tempo_to=ramp.end if ramp else 0.0,
        ended=transport.ended,
    )


def _part(part: Part, sounding: tuple[tuple[int, int], ...], grid: Grid, tick: int, metre: Metre) -> PartStatus:
    preset, hand, choice = part.material.preset, part.hand, part.choice
    segment = part.state.segment if part.state else -1
    shown = zip(choice.candidates, choice.probabilities, strict=True) if choice else ()
    kinds = (LOAD, MORPHED, BACK) if part.away else (LOAD, MORPHED)
    coming = [c for c in grid.waiting if c.part == part.index and c.kind in kinds]
    glide = hand.glide
    return PartStatus(
        preset=str(preset.path or ""),
        title=preset.title,
        segment=segment,
        piece=preset.piece_name(segment) if segment >= 0 else "",
        bar=preset.bar(segment) if segment >= 0 else 0,
        verbatim=part.state.run if part.state else 0,
        candidates=tuple(sorted(shown, key=lambda pair: -pair[1])[:CANDIDATES_SHOWN]),
        trail=tuple(part.trail[-TRAIL_SHOWN:]),
        controls=dict(hand.controls.items()),
        sounding=sounding,
        part=part.index,
        voices=_voices(part),
        bookmarks={letter: at for letter, (held, _, at) in hand.bookmarks.items() if held() is part.material},
        frozen=hand.loop.bars if hand.loop else 0,
        glide_to=glide.name if glide else "",
        glide_bars=max(0, glide.last - part.n) / part.material.steps_per_bar if glide else 0.0,
        glide_segment=glide.segment if glide else -1,
        glide_way=glide.through if glide else (),
        steer=(hand.steer.x, hand.steer.y) if hand.steer else (),
        morph_to=coming[-1].title if coming else "",
        morph_bars=max(0, coming[-1].line - tick) / metre.bar_ticks if coming else 0.0,
        muted=hand.muted,
        heard=part.attention.heard(hand.controls),
        heard_at=part.attention.heard_at(hand.controls),
        pull=part.attention.pull(hand.controls),
    )


def _voices(part: Part) -> tuple[VoiceStatus, ...]:
    named = zip(part.material.voice_names, part.hand.voices, strict=False)
    return tuple(
        VoiceStatus(name, voice.channel + 1, voice.program + 1, voice.octave, voice.mute, voice.solo)
        for name, voice in named
    )
