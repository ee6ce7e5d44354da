"""Pictures of dots in braille characters: two dots wide and four high a cell (Unicode U+2800 and on).

Shapes: a picture of `height` x `width` cells has dots of shape (4 height, 2 width). Nothing here knows what is drawn.
"""

import numpy as np
import numpy.typing as npt

Bits = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]
Cells = npt.NDArray[np.int64]

FIRST = 0x2800  # the character with no dot
_WEIGHTS = np.array([[1, 8], [2, 16], [4, 32], [64, 128]])
# Bayer's 4x4 matrix: the order in which the dots of a halftone appear (B. E. Bayer, 1973)
_BAYER = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) / 16


def blocks(dots: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    """Dots grouped by cell: shape (height, width, 8)."""
    height, width = dots.shape[0] // 4, dots.shape[1] // 2
    return dots.reshape(height, 4, width, 2).transpose(0, 2, 1, 3).reshape(height, width, 8)


def codes(bits: Bits) -> Cells:
    """Braille pattern (0..255, added to U+2800) of every cell."""
    return np.asarray(blocks(bits) @ _WEIGHTS.reshape(8))


def count(x: Numbers, y: Numbers, kind: Cells, kinds: int, height: int, width: int) -> Cells:
    """How many points of each kind (0..kinds - 1) fall on each dot of a picture; what lies outside is left out.

    Shape (kinds, 4 height, 2 width).
    """
    columns, rows = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    inside = (columns >= 0) & (columns < 2 * width) & (rows >= 0) & (rows < 4 * height)
    flat = ((kind * 4 * height + rows) * 2 * width + columns)[inside]
    return np.bincount(flat, minlength=kinds * 8 * height * width).reshape(kinds, 4 * height, 2 * width)


def halftone(counts: Cells) -> Bits:
    """Dots whose density in the picture grows with the logarithm of `counts`; no lone point is lost."""
    lit = counts > 0
    if not lit.any():
        return lit
    top = np.log1p(np.quantile(counts[lit], 0.97))
    level = np.log1p(counts) / top
    tiles = np.tile(_BAYER, (counts.shape[0] // 4, counts.shape[1] // 4 + 1))[:, : counts.shape[1]]
    shown = lit & (level > tiles)
    per_cell = np.repeat(np.repeat(blocks(shown).any(axis=2), 4, axis=0), 2, axis=1)
    return np.asarray(np.where(per_cell, shown, lit))


def line(x0: float, y0: float, x1: float, y1: float, every: int = 1) -> tuple[Numbers, Numbers]:
    """The dots of a straight line, or of each `every`th of it."""
    steps = int(max(abs(x1 - x0), abs(y1 - y0))) + 1
    share = np.arange(0, steps + 1, every) / steps
    return x0 + share * (x1 - x0), y0 + share * (y1 - y0)
