"""Workshop: pieces -> segments and their blocks, a batch of pieces at a time.

In: prepared pieces and the hop. Out: Segments and blocks of the whole corpus. How many workers describe the batches,
and whether they stand on other machines, is joblib's configuration; the result is the same to the bit.
"""

from collections.abc import Sequence

import numpy as np
from joblib import Parallel, delayed

from instrument.fit.blocks import Singles, blocks
from instrument.fit.piece import Piece
from instrument.fit.segments import Segments, cut, joined

BATCH = 1024  # pieces; below it sending them costs more than describing them

Encoded = tuple[Segments, dict[str, Singles]]


def encode(pieces: Sequence[Piece], hop: int) -> Encoded:
    """Cut and describe `pieces`."""
    harmony = any(piece.pitched.any() for piece in pieces)
    drums = any(not piece.pitched.all() for piece in pieces)
    batches = [pieces[at : at + BATCH] for at in range(0, len(pieces), BATCH)]
    if len(batches) == 1:
        return _encode_batch(pieces, hop, harmony, drums)
    found = Parallel()(delayed(_encode_batch)(batch, hop, harmony, drums) for batch in batches)
    names = list(found[0][1])
    return joined([segments for segments, _ in found]), {
        name: np.concatenate([parts[name] for _, parts in found]) for name in names
    }


def _encode_batch(pieces: Sequence[Piece], hop: int, harmony: bool, drums: bool) -> Encoded:
    segments = cut(pieces, hop)
    return segments, blocks(segments, harmony, drums)
