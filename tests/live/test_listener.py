"""The accompanist, end to end: what a performer plays into the engine, and what the walk makes of it."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instrument.controls import MODES
from instrument.live.advisor import Advisor
from instrument.live.engine import Engine
from instrument.messages import Heard, Set, command
from instrument.notes import NOTE_OFF, NOTE_ON, Event, Note, Output, TempoChange
from instrument.preset import Preset
from tests.live.checks import Receiver
from tests.live.music import CADENCE
from tests.support import preset_of

BPM = 100
GRACE = 16  # 20 ms at 100 BPM
CHORDS = ((48, 55, 64), (53, 57, 65), (55, 59, 62), (45, 52, 60), (50, 57, 65), (52, 55, 59), (47, 50, 56))
CLASH = {1, 2, 6, 10, 11}


def corpus() -> Preset:
    """Four pieces of plain chords, a beat each, in orders of their own: every scale tone is on every beat."""
    pieces = []
    for piece in range(4):
        notes = []
        for beat in range(56):
            chord = CHORDS[(beat * (piece + 1) + beat // 7 + piece) % 7]
            notes += [Note(480 * beat, 480, pitch, 80, voice) for voice, pitch in enumerate(chord)]
        pieces.append(notes)
    return preset_of(pieces, fit={"key": "keep"})


PRESET = corpus()
MELODY = (72, 74, 76, 77, 79, 81, 83, 84, 79, 77, 76, 74, 72, 71, 69, 67) * 3


class Stage:
    """An engine that rolls, and a receiver that listens to all of it."""

    def __init__(self, preset: Preset = PRESET, **controls: float) -> None:
        self.engine = Engine([preset], 3, {"tempo": BPM, "follow": 1, **controls})
        self.receiver, self.outputs = Receiver(), list[Output]()
        self.engine.handle(command("play"), 0)

    def until(self, tick: int) -> list[Event]:
        """Let time pass; the note_ons of it."""
        new = self.engine.advance(tick)
        self.receiver.take(new)
        self.outputs += new
        return [o for o in new if isinstance(o, Event) and o.kind == NOTE_ON]

    def hear(self, tick: int, *data: int, source: int = 0) -> list[Event]:
        before = self.until(tick - 1) if tick else []
        self.engine.handle(Heard(tuple(data), source), tick)
        return [e for e in self.until(tick) if e not in before]

    def play(self, melody: Iterable[int], start: int = 0, length: int = 480, gap: int = 10) -> int:
        """A melody of equal notes; the tick after it."""
        for pitch in melody:
            self.hear(start, NOTE_ON, pitch, 80)
            self.hear(start + length - gap, NOTE_OFF, pitch, 0)
            start += length
        return start

    def sounding(self) -> set[int]:
        return {pitch for _, pitch in self.receiver.sounding}


def agreement(melody: Sequence[int], follow: float) -> float:
    """Share of beats, 25 ms into them, at which the melody's tone is consonant with the walk."""
    stage, good = Stage(follow=follow), 0
    for beat, pitch in enumerate(melody):
        stage.hear(480 * beat, NOTE_ON, pitch, 80)
        stage.until(480 * beat + 20)
        intervals = {(other - pitch) % 12 for other in stage.sounding()}
        good += 0 in intervals or not intervals & CLASH
        stage.hear(480 * beat + 470, NOTE_OFF, pitch, 0)
    return good / len(melody)


def test_it_agrees_the_more_the_more_it_follows() -> None:
    deaf, half, led = (agreement(MELODY, follow) for follow in (0.0, 0.5, 1.0))
    assert deaf < 0.75
    assert led >= 0.9
    assert deaf < half <= led


def test_a_step_waits_for_the_note_and_comes_with_it() -> None:
    stage = Stage()
    at = stage.play(MELODY[:8])
    assert stage.until(at + 8) == []
    struck = stage.hear(at + 9, NOTE_ON, 76, 80)
    assert struck
    assert {note.tick for note in struck} == {at + 9}


def test_a_step_waits_no_longer_than_the_grace() -> None:
    stage = Stage()
    at = stage.play(MELODY[:8])
    assert stage.until(at + GRACE - 1) == []
    assert {note.tick for note in stage.until(at + GRACE)} == {at + GRACE}


def test_a_note_just_before_the_beat_belongs_to_it() -> None:
    stage = Stage()
    at = stage.play(MELODY[:8], gap=30)
    assert stage.hear(at - 10, NOTE_ON, 76, 80) == []
    assert {note.tick for note in stage.until(at + 40)} == {at}


@pytest.mark.parametrize("controls", [{"follow": 0}, {"mode": MODES.index("lead")}, {"grace": 0}])
def test_who_does_not_wait_is_on_the_beat(controls: Mapping[str, float]) -> None:
    stage = Stage(PRESET, **controls)
    at = stage.play(MELODY[:8])
    assert {note.tick for note in stage.until(at + 40)} == {at}


def test_a_contradiction_in_mid_beat_is_answered_at_once() -> None:
    answered = clashes = 0
    for pitch in (71, 74, 76, 77, 79, 81, 83):
        stage = Stage(follow_key=2)
        at = stage.play(MELODY[:8])
        stage.hear(at, NOTE_ON, 72, 80)
        stage.hear(at + 235, NOTE_OFF, 72, 0)
        stage.until(at + 239)
        clash = {(other - pitch) % 12 for other in stage.sounding()}
        if 0 in clash or not clash & CLASH:
            assert stage.hear(at + 240, NOTE_ON, pitch, 80) == []
            continue
        clashes += 1
        struck = stage.hear(at + 240, NOTE_ON, pitch, 80)
        answered += bool(struck) and {note.tick for note in struck} == {at + 240}
        trail = stage.engine.parts[0].trail
        assert len(trail) == 9, "the step was replaced, none was added"
    assert answered == clashes >= 2


def test_the_walk_moves_to_the_performers_key() -> None:
    stage = Stage(preset_of([_cadence()] * 3))
    for beat in range(32):
        for pitch in CADENCE[beat % 8]:
            stage.hear(480 * beat, NOTE_ON, pitch + 15, 80)
        for pitch in CADENCE[beat % 8]:
            stage.hear(480 * beat + 470, NOTE_OFF, pitch + 15, 0)
    assert stage.engine.parts[0].attention.advice.shift == 3
    assert "Eb major" in stage.engine.status().parts[0].heard
    last = [o.data1 for o in stage.outputs if isinstance(o, Event) and o.kind == NOTE_ON and o.tick > 480 * 24]
    in_key = [pitch for pitch in last if (pitch - 3) % 12 in (0, 2, 4, 5, 7, 9, 11)]
    assert len(in_key) == len(last) > 0


def _cadence() -> list[Note]:
    return [Note(480 * b, 480, p, 80, v) for b in range(64) for v, p in enumerate(CADENCE[b % 8])]


def test_answers_begin_on_the_beat_and_are_silent_before() -> None:
    stage, bar = Stage(mode=MODES.index("answer")), 4 * 480
    begins = []
    for call in range(4):
        at = call * 4 * bar
        stage.play([p + call for p in MELODY[:7]], at + 7, length=480, gap=20)
        stage.until(at + 4 * bar - 30)
    ons = sorted({o.tick for o in stage.outputs if isinstance(o, Event) and o.kind == NOTE_ON})
    begins = [now for was, now in zip([-bar * 9, *ons], ons, strict=False) if now - was > bar]
    assert len(begins) == 4
    assert all(tick % 480 == 0 for tick in begins)
    assert not [tick for tick in ons if tick % (4 * bar) < 7 * 480]


def test_solo_is_for_rests() -> None:
    stage = Stage(mode=MODES.index("solo"))
    at = stage.play(MELODY[:8], start=960)
    assert stage.sounding() == set()
    assert stage.until(at + 3 * 480)


def test_louder_when_the_performer_is() -> None:
    loudness = {}
    for velocity in (30, 120):
        stage = Stage(follow_dynamics=1)
        for beat, pitch in enumerate(MELODY[:16]):
            stage.hear(480 * beat, NOTE_ON, pitch, velocity)
            stage.hear(480 * beat + 470, NOTE_OFF, pitch, 0)
        ons = [o.data2 for o in stage.outputs if isinstance(o, Event) and o.kind == NOTE_ON]
        loudness[velocity] = sum(ons[-12:]) / 12
    assert loudness[120] > 1.5 * loudness[30]


def test_other_channels_and_ports_are_not_heard() -> None:
    for controls in ({"listen_channel": 3}, {"listen_port": 2}):
        stage = Stage(PRESET, **controls)
        stage.play(MELODY[:4])
        assert stage.engine.status().parts[0].heard == ""
        stage.hear(2000, NOTE_ON | 2, 72, 80, source=1)
        assert stage.engine.status().parts[0].heard != ""


def test_what_is_heard_is_shown() -> None:
    stage = Stage()
    stage.play(MELODY[:8])
    stage.hear(480 * 8, NOTE_ON, 72, 80)
    stage.until(480 * 8 + 100)
    part = stage.engine.status().parts[0]
    assert part.heard.startswith("C5")
    assert len(part.heard_at) == 2
    assert part.pull > 0


def test_tempo_is_taken_gently_from_a_steady_performer() -> None:
    stage = Stage(follow_tempo=1)
    tick = 0.0
    for _ in range(120):
        stage.hear(round(tick), NOTE_ON, 72, 80)
        stage.hear(round(tick) + 50, NOTE_OFF, 72, 0)
        tick += 60 / 112 * stage.engine.tempo_bpm * 8
    tempi = [o.bpm for o in stage.outputs if isinstance(o, TempoChange)]
    assert tempi[-1] == pytest.approx(112, rel=0.02)
    assert max(abs(b / a - 1) for a, b in pairwise(tempi)) < 0.021


def test_a_flood_moves_no_output_note() -> None:
    quiet = Stage(follow=0)
    quiet.until(480 * 16)
    flooded = Stage(follow=0)
    for tick in range(1, 480 * 16):  # 800 messages a second
        flooded.hear(tick, NOTE_ON if tick % 3 else NOTE_OFF, tick * 7 % 128, 1 + tick % 127)
    flooded.until(480 * 16)
    assert flooded.outputs == quiet.outputs


def test_a_flood_does_not_keep_a_follower_from_its_beats() -> None:
    stage = Stage()
    for tick in range(1, 480 * 8 - 30, 2):
        stage.hear(tick, NOTE_ON if tick % 3 else NOTE_OFF, tick * 7 % 128, 90)
    ticks = {o.tick for o in stage.outputs if isinstance(o, Event) and o.kind == NOTE_ON}
    assert len(stage.engine.parts[0].trail) == 8
    assert all(any(0 <= tick - beat <= GRACE for tick in ticks) for beat in range(480, 480 * 8, 480))


def test_a_flood_is_judged_no_more_often_than_every_ten_milliseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[int] = []
    amend = Advisor.amend

    def counted(self: Advisor, step_tick: int, tick: int, *rest: Any) -> int | None:
        judged.append(tick)
        return amend(self, step_tick, tick, *rest)

    monkeypatch.setattr(Advisor, "amend", counted)
    stage = Stage()
    for tick in range(1, 480 * 4):
        stage.hear(tick, NOTE_ON if tick % 3 else NOTE_OFF, tick * 7 % 128, 90)
    assert min(b - a for a, b in pairwise(judged)) == 8, "10 ms at 100 BPM"
    assert max(b - a for a, b in pairwise(judged)) < 60, "and yet without a pause, but for the wait at the beat"
    assert len(judged) > 150


def test_in_a_flood_parts_are_not_judged_all_at_one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[int] = []

    def counted(self: Advisor, step_tick: int, tick: int, *rest: Any) -> int | None:
        judged.append(tick)
        return None

    monkeypatch.setattr(Advisor, "amend", counted)
    stage = Stage()
    stage.engine = Engine([PRESET] * 4, 3, {"tempo": BPM, "follow": 1})
    stage.engine.handle(command("play"), 0)
    for tick in range(1, 480 * 8):
        stage.hear(tick, NOTE_ON if tick % 3 else NOTE_OFF, tick * 7 % 128, 90)
    at_once = [judged.count(tick) for tick in set(judged)]
    assert sum(count > 2 for count in at_once) < 0.15 * len(at_once)


def test_a_tone_that_comes_right_behind_another_is_judged_soon_too() -> None:
    answered = []
    for pitch in (71, 74, 76, 77, 79, 81, 83):
        stage = Stage(follow_key=2)
        at = stage.play(MELODY[:8])
        stage.hear(at, NOTE_ON, 72, 80)
        stage.until(at + 238)
        chord = stage.sounding()
        if {(other - pitch) % 12 for other in chord} & CLASH and not {(other - 72) % 12 for other in chord} & CLASH:
            stage.hear(at + 239, NOTE_ON, 72, 80)
            assert stage.hear(at + 241, NOTE_ON, pitch, 80) == []
            answered.append({note.tick for note in stage.until(at + 300)})
    assert answered
    assert all(ticks == {at + 239 + 8} for ticks in answered)


def test_the_port_vanishes_and_comes_back() -> None:
    stage = Stage()
    at = stage.play(MELODY[:8])
    stage.hear(at, NOTE_ON, 72, 80)
    stage.hear(at + 100, 0xB0, 123, 0)
    later = at + 480 * 24
    ons = stage.until(later)
    assert len({note.tick // 480 for note in ons}) >= 20, "it goes on deaf"
    assert all(note.tick % 480 == 0 for note in ons if note.tick > at + 960), "and waits for nobody"
    stage.hear(later + 3, NOTE_ON, 72, 80)
    assert "C5" in stage.engine.status().parts[0].heard


def test_notes_that_are_never_released_stop_nothing() -> None:
    stage = Stage()
    for pitch in range(128):
        stage.hear(pitch + 1, NOTE_ON, pitch, 80)
    stage.until(480 * 40)
    assert len(stage.engine.parts[0].trail) >= 40
    assert stage.engine.status().alerts == ()


@given(
    st.lists(
        st.one_of(
            st.tuples(st.sampled_from([0x80, 0x90, 0xB0, 0x91]), st.integers(0, 127), st.integers(0, 127)),
            st.lists(st.integers(0, 255), max_size=5).map(tuple),
        ),
        max_size=60,
    ),
    st.integers(0, len(MODES) - 1),
    st.integers(1, 400),
)
@settings(max_examples=40, deadline=None)
def test_any_bytes_in_any_mode(messages: list[tuple[int, ...]], mode: int, step: int) -> None:
    stage = Stage(mode=mode, follow_tempo=1)
    for number, data in enumerate(messages):
        stage.hear(1 + number * step, *data)
    stage.until(1 + len(messages) * step + 960)
    assert stage.engine.status().alerts == ()
    stage.engine.handle(command("stop"), stage.engine.tick)
    stage.until(stage.engine.tick)
    assert stage.receiver.sounding == set()


def test_the_same_messages_make_the_same_music() -> None:
    def performance() -> list[Output]:
        stage = Stage()
        stage.play(MELODY[:16], start=7, length=360)
        stage.engine.handle(Set("mode", MODES.index("shadow")), stage.engine.tick)
        stage.play(MELODY[:16], start=stage.engine.tick + 5, length=240)
        return stage.outputs

    assert performance() == performance()


def test_a_command_takes_the_next_mode() -> None:
    stage = Stage()
    for mode in [1, 2, 3, 4, 5, 0]:
        stage.engine.handle(command("next_mode"), stage.engine.tick)
        assert stage.engine.status().parts[0].controls["mode"] == mode
