"""How far a walk is led to come back: by how alike its corpus is to itself a loop later."""

from dataclasses import replace

import numpy as np
import pytest

from instrument.controls import PartControls
from instrument.fit.echo import RATE, SHARE, Echo
from instrument.fit.piece import Piece, note_table
from instrument.fit.rehearsal import Ground, rehearse
from instrument.fit.segments import content_classes, cut
from instrument.fit.sounds import Sounds
from instrument.fit.table import Kinds, candidate_table

LOOP = 4


def ground(period: int) -> Ground:
    """Of a piece that has the same pitch class every `period` beats."""
    pitches = [60 + (n % period) * 2 + 12 * (n * n % 3 - 1) for n in range(160)]
    segments = cut([Piece("p", note_table([(480 * n, 300 + n, p, 80, 0) for n, p in enumerate(pitches)]))], 480)
    sounds, content = Sounds(segments), content_classes(segments)
    vectors = np.random.default_rng(1).normal(size=(160, 5)).astype(np.float32)
    kinds = Kinds(content, segments.piece, np.zeros(160, np.int64))
    nowhere, controls = np.zeros((160, 1), np.float32), PartControls(loop_steps=LOOP)
    heard = sounds.progressions, sounds.heard.alike[0]
    return Ground(segments, candidate_table(vectors, kinds), nowhere, content, controls, *heard)


def test_what_the_walk_lacks_is_asked_of_it_and_what_it_has_is_not() -> None:
    echo = Echo(ground(LOOP), None)
    random = np.random.default_rng(2).integers(0, 160, (60, 30))
    echo.learn(random)
    alike = float(np.vecdot(echo.ground.likeness[random[:-LOOP]], echo.ground.likeness[random[LOOP:]]).mean())
    assert echo.amount == pytest.approx(RATE * SHARE * (1 - alike), abs=0.01)
    assert echo.ground.controls.echo == echo.amount
    was = echo.amount
    echo.learn(np.arange(30)[:, None] + np.arange(5))  # the piece itself: more than was wanted
    assert echo.amount < was


def test_a_corpus_that_does_not_come_back_is_not_made_to() -> None:
    echo = Echo(ground(7), None)
    echo.learn(np.repeat(np.arange(0, 140, 7)[:, None], 3, 1))  # always alike
    assert echo.amount == 0


def test_what_is_given_is_not_learnt() -> None:
    given = replace(ground(LOOP), controls=PartControls(loop_steps=LOOP, echo=2.5))
    echo = Echo(given, 2.5)
    echo.learn(np.random.default_rng(2).integers(0, 160, (60, 30)))
    assert (echo.amount, echo.ground) == (2.5, given)
    assert Echo(ground(LOOP), 0.0).amount == 0


def test_a_rehearsed_walk_with_echo_comes_back() -> None:
    plain = ground(LOOP)
    prices = np.full(plain.table.candidates.shape, 8, np.float32)

    def heard(echo: float) -> float:
        led = replace(plain, controls=replace(plain.controls, echo=echo))
        path = rehearse(led, prices, 8, 120, 3).path
        return float(np.vecdot(plain.likeness[path[:-LOOP]], plain.likeness[path[LOOP:]]).mean())

    assert heard(6.0) > heard(0.0) + 0.1
