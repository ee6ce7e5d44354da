"""Music made by arithmetic, as the workshop's pieces: enough of it to fit, none of it from a corpus."""

import numpy as np

from instrument.fit.piece import COMMON_TIME, Piece, note_table
from instrument.tempo import PPQN, Metre

PROGRESSIONS = ((0, 5, 7, 0), (0, 9, 5, 7), (0, 2, 7, 0), (0, 4, 9, 5))


def chorale(number: int, bars: int = 12, metre: Metre = COMMON_TIME, seed: int = 1) -> Piece:
    """Four voices over one of four progressions: bass and chord a beat, the top line in eighths at random."""
    draw = np.random.default_rng((seed, number))
    beat, rows = metre.beat_ticks, []
    for at in range(bars * metre.beats):
        root = PROGRESSIONS[number % 4][at // 2 % 4]
        rows.append((at * beat, beat, 48 + root % 12, 70, 3))
        for voice, third in ((2, 0), (1, 4)):
            rows.append((at * beat, beat, 60 + (root + third) % 12, 70, voice))
        if draw.random() < 0.5:
            rows += [(at * beat + k * beat // 2, beat // 2, 72 + int(draw.integers(8)), 80, 0) for k in (0, 1)]
        else:
            rows.append((at * beat, beat, 72 + int(draw.integers(8)), 80, 0))
    return Piece(
        f"piece {number}", note_table(rows), metre, voices=("top", "alto", "tenor", "bass"), programs=(0,) * 4
    )


def chorales(count: int = 8, bars: int = 12) -> list[Piece]:
    """`count` pieces, no two alike."""
    return [chorale(number, bars) for number in range(count)]


def drums(number: int, bars: int = 8) -> Piece:
    """Kick, snare and fills at random, over hats (even numbers) or a ride cymbal (odd)."""
    draw = np.random.default_rng((7, number))
    rows = []
    for at in range(bars * 4):
        rows.append((at * PPQN, 60, 36 if at % 2 == 0 else 38, 100, 0))
        time = 51 if number % 2 else 42
        rows += [(at * PPQN + k * 240, 60, time if draw.random() < 0.8 else 46, 80, 0) for k in (0, 1)]
        if draw.random() < 0.3:
            rows.append((at * PPQN + 360, 60, int(draw.choice([41, 43, 45, 47])), 90, 0))
    return Piece(f"drums {number}", note_table(rows), voices=("kit",), programs=(0,), drums=frozenset({0}))
