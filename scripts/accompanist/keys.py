"""How soon the performer's key is known.

In: a preset and pieces that it has not seen, in their own keys. Out: shares of pieces.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from accompanist import performer
from instrument.fit import Piece
from instrument.fit.piece import home_shift
from instrument.live.ears import Ears
from instrument.live.listener import Listener
from instrument.notes import NOTE_ON
from instrument.preset import Preset


def keys(preset: Preset, held_out: Sequence[Piece]) -> dict[str, Any]:
    """Share of pieces whose frame is found within two bars (and the pickup), by melody and by full texture.

    The truth is the key of the whole piece by its profile, as the fit has it; `certain` are the pieces whose last
    bass note says the same.
    """
    ears, found = Ears(preset), []
    for piece in held_out:
        first = int(piece.notes[0, 0])
        until = -(-first // piece.metre.bar_ticks) * piece.metre.bar_ticks + 2 * piece.metre.bar_ticks
        truth = -home_shift(piece) % 12
        last = piece.notes[piece.notes[:, 0] + piece.notes[:, 1] >= piece.end]
        certain = (int(last[:, 2].min()) - truth) % 12 in (0, 9)
        line = [note for note in performer.melody(piece) if note[0] < until]
        heard = [_frame(ears, performer.performance(line, "human", 0), until)]
        heard.append(_frame(ears, performer.texture(piece, until), until))
        found.append((certain, heard[0] == truth, heard[1] == truth))
    table = np.array(found)
    sure = table[table[:, 0]]
    return {
        "melody": float(table[:, 1].mean()),
        "texture": float(table[:, 2].mean()),
        "melody_certain": float(sure[:, 1].mean()),
        "texture_certain": float(sure[:, 2].mean()),
        "certain": float(table[:, 0].mean()),
    }


def _frame(ears: Ears, notes: Sequence[performer.Played], until: int) -> int:
    listener = Listener(ears)
    for note in notes:
        if note.tick < until:
            listener.hear((NOTE_ON, note.pitch, 80 if note.on else 0), note.tick)
    listener.listen(until)
    return listener.key.frame
