"""One row of the quality table: a way of making excerpts, measured against held-out real music."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from quality import overlap, seams, surprise
from quality.music import Excerpt, Music


@dataclass(frozen=True)
class Row:
    """Figures of one way: `area`, `divergence` are means over features, `bits` a segment, `seam` semitones.

    The seam of drums counts what is struck at the two ends of a join: it only says how alike they are.
    """

    area: float
    divergence: float
    metre: float
    bits: float
    seam: float
    seam_ratio: float
    verbatim_mean: float
    verbatim_longest: float
    static: float
    features: dict[str, tuple[float, float]]


class Yardstick:
    """Held-out music, and what is computed of it once."""

    def __init__(self, held_out: Music, excerpts: Sequence[Excerpt]) -> None:
        self.melodic = surprise.is_melodic(held_out)
        self.describe = overlap.describe_drums if held_out.drums else overlap.describe
        self.real = [self.describe(held_out.render(e)) for e in excerpts]
        self.pieces = [int(held_out.piece[e[0]]) for e in excerpts]
        pieces = np.split(np.arange(len(held_out)), np.flatnonzero(np.diff(held_out.piece)) + 1)
        self.model = surprise.Trigrams(surprise.symbols(held_out, p.tolist(), self.melodic) for p in pieces)
        self.leading = seams.real_leading(held_out)

    def measure(self, music: Music, verbatim: seams.Verbatim, excerpts: Sequence[Excerpt]) -> Row:
        """The row of `excerpts`."""
        described = [self.describe(music.render(e)) for e in excerpts]
        features = overlap.compare(described, self.real, self.pieces)
        pairs = seams.joins(excerpts)
        left = [(a, b) for a, b in pairs if music.successor[a] != b]
        seam = seams.mean_leading(music, left or pairs)
        runs = [run for e in excerpts for run in verbatim.runs(e)]
        return Row(
            area=float(np.mean([area for area, _ in features.values()])),
            divergence=float(np.mean([divergence for _, divergence in features.values()])),
            metre=seams.metre_kept(music, pairs),
            bits=float(np.mean([self.model.bits(surprise.symbols(music, e, self.melodic)) for e in excerpts])),
            seam=seam,
            seam_ratio=seam / self.leading,
            verbatim_mean=float(np.mean(runs)),
            verbatim_longest=float(max(runs)),
            static=seams.static(music, pairs),
            features=features,
        )


def mean_row(rows: Sequence[Row]) -> Row:
    """The mean of each figure, but the longest of the longest."""
    figures = [asdict(row) for row in rows]
    plain: dict[str, Any] = {k: float(np.mean([f[k] for f in figures])) for k in figures[0] if k != "features"}
    names = figures[0]["features"]
    features = {n: tuple(np.mean([f["features"][n] for f in figures], axis=0).tolist()) for n in names}
    plain["verbatim_longest"] = max(f["verbatim_longest"] for f in figures)
    return Row(**plain, features=features)


HEADER = f"{'':28s}   OA     KL  metre   bits  seam (x real)  verbatim mean/longest  static"


def line(name: str, row: Row) -> str:
    """The row as text."""
    return (
        f"{name:28s} {row.area:.3f} {row.divergence:6.3f} {100 * row.metre:5.1f}% {row.bits:6.2f} "
        f"{row.seam:5.2f} ({row.seam_ratio:4.2f})    {row.verbatim_mean:8.1f} / {row.verbatim_longest:<8.0f} "
        f"{100 * row.static:7.1f}%"
    )


def feature_line(row: Row) -> str:
    """The overlapping area of each feature as text."""
    return " ".join(f"{overlap.NAMES[name]} {area:.2f}" for name, (area, _) in row.features.items())
