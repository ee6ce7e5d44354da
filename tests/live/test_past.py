"""The trail of a set that changes presets: back into those that played before, and forward again."""

import pytest

from instrument.controls import ControlError
from instrument.live.engine import Engine, LoadPreset
from instrument.live.material import Material
from instrument.live.past import PRESETS, Past
from instrument.messages import Set, command
from instrument.preset import Preset
from instrument.tempo import Metre
from tests.live.checks import Receiver
from tests.support import tiny_preset

BAR = 1920
FIRST, SECOND = tiny_preset(pieces=6, bars=16), tiny_preset(pieces=3, bars=8, voices=2, title="Duet")
WALTZ = tiny_preset(pieces=3, bars=8, metre=Metre(3, 4), title="Waltz")


def set_of(*presets: Preset, bars: int = 2) -> tuple[Engine, list[list[int]]]:
    """An engine that played `bars` bars of each preset in turn, and the segments played in each."""
    engine, played = Engine([presets[0]], 3, {"step": 0.6}), []
    engine.handle(command("play"), 0)
    for number, preset in enumerate(presets):
        if number:
            engine.handle(LoadPreset(preset), engine.tick)
        engine.advance((number + 1) * bars * BAR - 100)
        played.append(list(engine.parts[0].trail))
    return engine, played


def back(engine: Engine, bars: int, name: str = "back") -> None:
    engine.handle(command(name, bars), engine.tick)


def test_back_goes_as_far_as_the_set_began_through_its_presets() -> None:
    engine, (first, second) = set_of(FIRST, SECOND)
    back(engine, 3)
    status = engine.status().parts[0]
    assert (status.title, status.morph_to) == ("Duet", "Tiny")
    engine.advance(4 * BAR)
    assert engine.status().parts[0].title == "Tiny"
    assert list(engine.parts[0].trail) == [first[len(first) + len(second) - 12]]
    back(engine, 64)
    engine.advance(4 * BAR + 480)
    assert engine.parts[0].trail[-1] == first[0] or FIRST.metre_position[engine.parts[0].trail[-1]] == 1
    with pytest.raises(ControlError, match="with the set"):
        back(engine, 1)


def test_forward_comes_back_to_the_later_preset() -> None:
    engine, (_, second) = set_of(FIRST, SECOND)
    back(engine, 3)
    engine.advance(4 * BAR)
    back(engine, 2, "forward")
    engine.advance(5 * BAR)
    assert engine.status().parts[0].title == "Duet"
    assert engine.parts[0].trail[0] == second[4]


def test_who_changes_his_mind_before_the_line_stays() -> None:
    engine, _ = set_of(FIRST, SECOND)
    back(engine, 3)
    back(engine, 3, "forward")
    engine.advance(6 * BAR)
    assert engine.status().parts[0].title == "Duet"
    back(engine, 30)
    engine.handle(command("undo"), engine.tick)
    engine.advance(8 * BAR)
    assert engine.status().parts[0].title == "Duet"


def test_a_preset_that_comes_again_is_the_one_that_played_before() -> None:
    engine, (first, *_) = set_of(FIRST, SECOND, tiny_preset(pieces=6, bars=16))
    assert not engine.grid.waiting
    engine.handle(command("mark", "a"), engine.tick)
    back(engine, 6)
    engine.advance(engine.tick + 100)
    assert engine.parts[0].trail[-1] == first[0]
    assert len(engine.parts[0].trail) == 9, "it was no switch"
    assert len(engine.parts[0].past.materials()) == 2


def test_the_way_back_may_lead_into_another_metre() -> None:
    engine, receiver = Engine([WALTZ], 3), Receiver()
    engine.handle(command("play"), 0)
    receiver.take(engine.advance(6 * 1440 - 100))
    engine.handle(LoadPreset(FIRST), engine.tick)
    receiver.take(engine.advance(engine.tick + 2 * BAR))
    back(engine, 4)
    receiver.take(engine.advance(engine.tick + 2 * BAR))
    assert engine.metre == Metre(3, 4)
    played, line = engine.parts[0].trail, engine.parts[0].place(engine.parts[0].n - len(engine.parts[0].trail))
    assert WALTZ.metre_position[played[0]] == line
    engine.handle(command("stop"), engine.tick)
    receiver.take(engine.advance(engine.tick))
    assert not receiver.sounding


def test_defaults_come_in_with_it_if_they_are_to() -> None:
    quick = tiny_preset(pieces=2, bars=8, title="Quick", controls={"step": 0.9})
    for apply, step in ((0.0, 0.6), (1.0, 0.9)):
        engine, _ = set_of(quick, FIRST)
        engine.handle(Set("step", 0.6), engine.tick)
        engine.handle(Set("defaults", apply), engine.tick)
        back(engine, 3)
        engine.advance(6 * BAR)
        assert engine.status().parts[0].title == "Quick"
        assert engine.parts[0].hand.controls.step == step


def test_presets_of_long_ago_are_let_go_with_what_was_played_in_them() -> None:
    materials, past = [Material(FIRST) for _ in range(PRESETS + 2)], Past()
    for number, material in enumerate(materials):
        past.close(material, [number, number])
        past.close(materials[0], [99])
    assert (past.begin, past.steps) == (8, 3 * (PRESETS + 2))
    assert len(past.materials()) == PRESETS
    assert past.at(past.begin) == (materials[0], 99)
    assert past.at(past.steps - 2) == (materials[-1], PRESETS + 1)
    with pytest.raises(IndexError):
        past.at(past.begin - 1)
