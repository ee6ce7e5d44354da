"""Whose turn it is: each mode against a written-out dialogue of playing (1) and resting (0), a step each."""

import pytest

from instrument.live.modes import (
    ACCOMPANY,
    ANSWER,
    LEAD,
    SHADOW,
    SOLO,
    TELEPORT,
    Manner,
    thins,
    wanted_onsets,
)


def turns(mode: int, dialogue: str, most: int = 8) -> tuple[str, str]:
    manner = Manner()
    steps = [manner.step(mode, playing == "1", most) for playing in dialogue]
    return "".join("x" if s.sounds else "." for s in steps), "".join("j" if s.jump else "." for s in steps)


@pytest.mark.parametrize("mode", [ACCOMPANY, SHADOW, LEAD])
def test_together_it_always_sounds(mode: int) -> None:
    assert turns(mode, "0110011") == ("xxxxxxx", ".......")


def test_an_answer_is_as_long_as_its_call_and_begins_with_a_jump() -> None:
    assert turns(ANSWER, "001111000000") == ("......xxxx..", "......j.....")


def test_a_call_is_cut_at_its_bars_and_answered() -> None:
    assert turns(ANSWER, "1111100000", most=4)[0].startswith("...x")


def test_whoever_plays_into_an_answer_is_listened_to() -> None:
    sounds, _ = turns(ANSWER, "111111100" + "1111")
    assert sounds.startswith(".......xxx.")


def test_a_lone_note_is_no_call() -> None:
    assert turns(ANSWER, "0100010000")[0] == ".........."


def test_it_plays_solo_when_the_performer_rests() -> None:
    assert turns(SOLO, "0011100")[0] == "xx...xx"


def test_a_phrase_that_ended_teleports_once() -> None:
    assert turns(TELEPORT, "0111000011100") == ("x" * 13, "....j......j.")


def test_a_shadow_thins_out_where_the_performer_is_dense() -> None:
    assert thins(SHADOW, 2.0)
    assert not thins(SHADOW, 1.0)
    assert not thins(ACCOMPANY, 4.0)
    sparse, dense = wanted_onsets(SHADOW, 0.5), wanted_onsets(SHADOW, 4.0)
    assert sparse is not None
    assert dense is not None
    assert dense < sparse
    assert wanted_onsets(ACCOMPANY, 4.0) == 4.0
    assert wanted_onsets(ACCOMPANY, 0.0) is None
