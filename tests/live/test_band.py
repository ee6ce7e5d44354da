"""Several parts on one clock: joining, leaving, following, switching, morphing."""

import pytest

from instrument.controls import ControlError
from instrument.live.advisor import Advice, Advisor
from instrument.live.engine import Engine, LoadPreset
from instrument.live.pulls import rotate
from instrument.messages import Heard, Set, command
from instrument.notes import NOTE_ON, PROGRAM_CHANGE, Event, Output
from instrument.preset import Preset
from instrument.tempo import Metre
from tests.live.checks import Receiver
from tests.support import preset_of, tiny_pieces, tiny_preset

BEAT, BAR = 480, 1920
PRESET = tiny_preset(pieces=4, bars=8)
WALTZ = tiny_preset(pieces=3, bars=8, metre=Metre(3, 4), title="Waltz", controls={"step": 0.5, "tempo": 144})
DUET = tiny_preset(pieces=4, bars=8, voices=2, title="Duet", programs=[20, 21])


def playing(*presets: Preset, bars: int = 2, **settings: float) -> Engine:
    engine = Engine(presets or [PRESET], 5, settings)
    engine.handle(command("play"), 0)
    engine.advance(bars * BAR - 100)
    return engine


def notes(outputs: list[Output], part: int) -> list[Event]:
    return [o for o in outputs if isinstance(o, Event) and o.kind == NOTE_ON and o.part == part]


def test_parts_speak_on_channels_of_their_own_and_count_on_one_clock() -> None:
    engine = playing(PRESET, WALTZ, bars=1)
    outputs = engine.advance(60 * BEAT)
    first, second = ({note.channel for note in notes(outputs, part)} for part in (0, 1))
    assert (first, second) == ({0, 1, 2, 3}, {4, 5, 6, 7})
    assert all(part.next_step % BEAT == 0 for part in engine.parts.values())
    places = WALTZ.metre_position[list(engine.parts[1].trail)].tolist()
    assert places == [n % 3 for n in range(len(places))]
    assert engine.controls.tempo == 100  # only the first part's preset sets it
    assert engine.names()[1, 4] == "top"


@pytest.mark.parametrize(("quantize", "line"), [("beat", BAR + 2 * BEAT), ("bar", 2 * BAR), ("four-bars", 4 * BAR)])
def test_a_part_joins_and_leaves_on_the_grid(quantize: str, line: int) -> None:
    engine = playing(bars=1)
    engine.advance(BAR + 500)
    engine.handle(Set("quantize", ("beat", "bar", "four-bars").index(quantize)), engine.tick)
    engine.handle(LoadPreset(DUET, add=True), engine.tick)
    outputs = engine.advance(8 * BAR - 100)
    assert min(note.tick for note in notes(outputs, 1)) == line
    programs = [o for o in outputs if isinstance(o, Event) and o.kind == PROGRAM_CHANGE and o.part == 1]
    assert [(o.tick, o.channel, o.data1) for o in programs] == [(line, 4, 20), (line, 5, 21)]
    engine.handle(command("remove", part=1), engine.tick)
    outputs = engine.advance(12 * BAR)
    assert max((note.tick for note in notes(outputs, 1)), default=0) < 8 * BAR
    assert [part.part for part in engine.status().parts] == [0]


def test_there_are_one_to_four_parts() -> None:
    engine = Engine([PRESET], 1)
    with pytest.raises(ControlError, match="last part"):
        engine.handle(command("remove"), 0)
    for _ in range(3):
        engine.handle(LoadPreset(DUET, add=True), 0)
    with pytest.raises(ControlError, match="4 parts"):
        engine.handle(LoadPreset(DUET, add=True), 0)
    with pytest.raises(ControlError, match="no part 7"):
        engine.handle(Set("step", 0.5, 6), 0)
    engine.handle(command("remove", part=0), 0)
    assert sorted(engine.parts) == [1, 2, 3]


def test_a_mute_waits_for_the_grid_and_leaves_nothing_sounding() -> None:
    engine = playing(PRESET, DUET)
    engine.handle(Set("mute", 1, 0), engine.tick)
    outputs = engine.advance(6 * BAR)
    assert not notes(outputs, 0)
    assert engine.scheduler.sounding(0) == ()
    assert notes(outputs, 1)
    assert engine.status().parts[0].muted


def test_a_switch_enters_on_the_line_without_a_gap_or_a_hung_note() -> None:
    engine = Engine([PRESET], 5)
    receiver = Receiver()
    engine.handle(command("play"), 0)
    receiver.take(engine.advance(2 * BAR - 100))
    engine.handle(LoadPreset(DUET), engine.tick)
    status = engine.status().parts[0]
    assert (status.title, status.morph_to, round(status.morph_bars, 2)) == ("Tiny", "Duet", 0.05)
    outputs = engine.advance(3 * BAR)
    receiver.take(outputs)
    assert 2 * BAR in {note.tick for note in notes(outputs, 0)}
    assert {note.channel for note in notes(outputs, 0) if note.tick >= 2 * BAR} == {0, 1}
    assert engine.status().parts[0].title == "Duet"
    assert len(engine.parts[0].trail) == 5
    engine.handle(command("stop"), engine.tick)
    receiver.take(engine.advance(engine.tick))
    assert not receiver.sounding


def test_a_switch_enters_near_where_the_old_one_left() -> None:
    low = [[note._replace(pitch=note.pitch - 12) for note in piece] for piece in tiny_pieces(4)]
    both = preset_of([*tiny_pieces(4), *low], title="Both")
    for preset, pieces in ((PRESET, range(4)), (preset_of(low), range(4, 8))):
        engine = playing(preset)
        engine.handle(LoadPreset(both), engine.tick)
        engine.advance(2 * BAR)
        assert both.piece[engine.parts[0].trail[0]] in pieces


def test_defaults_are_kept_or_applied_as_asked() -> None:
    for asked, step, tempo in ((0, 0.25, 100), (1, 0.5, 144)):
        engine = playing(defaults=asked)
        engine.handle(LoadPreset(WALTZ), engine.tick)
        engine.advance(3 * BAR)
        assert (engine.parts[0].hand.controls.step, engine.controls.tempo) == (step, tempo)


def test_the_first_part_counts_the_bars_in_its_metre() -> None:
    engine = playing(bars=4)
    engine.handle(LoadPreset(WALTZ), engine.tick)
    engine.advance(4 * BAR + 3 * BEAT + 10)
    status = engine.status()
    assert (status.metre, status.position) == ((3, 4), (6, 1, 10))


def test_a_morph_chooses_ever_more_from_the_new() -> None:
    other = preset_of([[n._replace(voice=n.voice % 2) for n in p] for p in tiny_pieces(4)], title="Other")
    engine = playing(bars=1)
    engine.handle(LoadPreset(other, morph_bars=16), engine.tick)
    shares = []
    for _ in range(4):
        titles = []
        for _ in range(16):
            engine.advance(engine.tick + BEAT)
            titles.append(engine.status().parts[0].title)
        shares.append(titles.count("Other"))
    assert shares[0] < 8 < shares[3]
    assert shares == sorted(shares)
    engine.advance(engine.tick + BAR)
    assert engine.parts[0].morph is None
    assert engine.status().parts[0].title == "Other"


def test_a_morph_between_metres_is_refused_and_told() -> None:
    engine = playing(bars=1)
    engine.handle(LoadPreset(WALTZ, morph_bars=4), engine.tick)
    engine.advance(2 * BAR)
    assert "cannot be morphed" in engine.status().alerts[-1]
    assert engine.status().parts[0].title == "Tiny"


def test_following_a_part_takes_its_harmony() -> None:
    def strange(follow: float) -> float:
        engine = Engine([PRESET, PRESET], 3)
        for name, value in (("follow", follow), ("leader", 1)):
            engine.handle(Set(name, value, 1), 0)
        engine.handle(Set("transpose", 2, 0), 0)
        engine.handle(command("play"), 0)
        found = []
        for _ in range(200):
            engine.advance(engine.tick + BEAT)
            leader, follower = (engine.parts[part].harmony for part in (0, 1))
            found.append((follower & ~leader).bit_count())
        return sum(found) / len(found)

    deaf, half, led = strange(0), strange(0.3), strange(1)
    assert led < 0.5 * deaf
    assert led <= half <= deaf


def led(engine: Engine, **controls: float) -> None:
    """Let part 2 follow part 1, with these controls."""
    for name, value in {"follow": 1.0, "leader": 1.0, **controls}.items():
        engine.handle(Set(name, value, 1), engine.tick)


def test_following_a_part_takes_its_loudness_and_its_transposition() -> None:
    engine = Engine([PRESET, PRESET], 3)
    led(engine, follow_dynamics=1)
    engine.handle(Set("velocity", 0.5, 0), 0)
    engine.handle(Set("transpose", 3, 0), 0)
    engine.handle(command("play"), 0)
    engine.advance(8 * BAR)
    outputs = engine.advance(16 * BAR)
    loud = [sum(n.data2 for n in notes(outputs, part)) / len(notes(outputs, part)) for part in (0, 1)]
    assert loud[1] == pytest.approx(loud[0], rel=0.15)
    assert engine.parts[1].shift == 3
    led(engine, follow_key=2)
    engine.advance(engine.tick + BAR)
    assert engine.parts[1].shift == 0


def test_a_part_hears_what_its_leader_sounds_and_nobody_else() -> None:
    engine = Engine([PRESET, DUET], 3)
    led(engine)
    engine.handle(command("play"), 0)
    engine.advance(4 * BAR)
    listener = engine.parts[1].attention.listener
    assert listener
    assert set(listener.hearing.held) == {pitch for _, pitch in engine.status().parts[0].sounding}
    assert listener.heard(engine.parts[1].hand.controls)
    engine.handle(Heard((0x90, 30, 100)), engine.tick)
    assert 30 not in listener.hearing.sounding(engine.tick)
    engine.handle(Set("leader", 0, 1), engine.tick)
    engine.handle(Heard((0x90, 30, 100)), engine.tick)
    other = engine.parts[1].attention.listener
    assert other
    assert other is not listener  # what a part played is not the performer's
    assert other.hearing.sounding(engine.tick) == [30]


def test_a_deaf_part_asks_for_no_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def advise(self: Advisor, step_tick: int, *rest: object) -> Advice:
        asked.append(step_tick)
        return Advice()

    monkeypatch.setattr(Advisor, "advise", advise)
    engine = playing(PRESET)
    engine.handle(Heard((0x90, 60, 100)), engine.tick)
    engine.advance(4 * BAR)
    assert asked == []
    engine.handle(Set("follow", 1), engine.tick)
    engine.advance(6 * BAR)
    assert len(asked) >= 7


def test_a_part_answers_a_part() -> None:
    """It listens for two bars, replies for two, and so on."""
    engine = Engine([PRESET, DUET], 3)
    led(engine, mode=1, answer_bars=2)
    engine.handle(command("play"), 0)
    outputs = engine.advance(16 * BAR - 1)
    bars = [any(note.tick // BAR == bar for note in notes(outputs, 1)) for bar in range(16)]
    assert 6 <= sum(bars) <= 10
    assert bars[0] is False


def test_of_drums_the_strokes_are_heard_and_no_pitches() -> None:
    engine = Engine([PRESET, DUET], 3)
    led(engine)
    for voice in range(4):
        engine.handle(command("voice_channel", voice + 1, 10, part=0), 0)
    engine.handle(command("play"), 0)
    engine.advance(4 * BAR)
    listener = engine.parts[1].attention.listener
    assert listener
    assert not listener.hearing.held
    assert listener.picture.onsets_per_beat > 0.5


def test_parts_that_follow_each_other_in_a_circle_still_play() -> None:
    engine = Engine([PRESET, DUET], 3)
    for part, leader in ((0, 2), (1, 1)):
        engine.handle(Set("follow", 1, part), 0)
        engine.handle(Set("leader", leader, part), 0)
    engine.handle(Set("transpose", 2, 0), 0)
    engine.handle(command("play"), 0)
    assert notes(engine.advance(4 * BAR), 0)
    assert [part.shift for part in engine.parts.values()] == [2, 2]


def test_pitch_classes_turn_round() -> None:
    assert rotate(0b1001, 3) == 0b1001000
    assert rotate(1 << 11, 2) == 0b10
    assert rotate(rotate(0b101, -5), 5) == 0b101
