"""The corpora that presets and benches are made of, as pieces in memory.

`chorales()` and its like parse once (music21 takes minutes) and then read a cache in the user's cache folder: the
pieces' notes end to end in one safetensors file, the rest as JSON beside them.
"""

import json
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
from safetensors import safe_open
from safetensors.numpy import save_file

from instrument.fit.piece import Piece
from instrument.fit.prepare import without_copies
from instrument.fit.scores import score_pieces
from instrument.tempo import Metre

CACHE_VERSION = 1  # raise it when readers change


def chorales(copies: bool = False) -> list[Piece]:
    """Bach's four-part chorales in music21's corpus, a piece a metre.

    Some settings are printed under several numbers; those `copies` would leak from a split's one side to its other.
    """
    pieces = cached("chorales", _read_chorales)
    return pieces if copies else without_copies(pieces)[0]


def cached(name: str, read: Callable[[], list[Piece]]) -> list[Piece]:
    """The pieces called `name`, read by `read` the first time."""
    folder = platformdirs.user_cache_path("eigenwalk", ensure_exists=True)
    path = folder / f"{name}-{CACHE_VERSION}.safetensors"
    if not path.exists():
        save_pieces(path, read())
    return load_pieces(path)


def save_pieces(path: Path, pieces: list[Piece]) -> None:
    """Write `pieces` to `path`."""
    rest = [{k: v for k, v in asdict(p).items() if k != "notes"} | {"drums": sorted(p.drums)} for p in pieces]
    arrays = {
        "notes": np.concatenate([p.notes for p in pieces]),
        "count": np.array([len(p.notes) for p in pieces], dtype=np.int64),
    }
    save_file(arrays, path, {"pieces": json.dumps(rest)})


def load_pieces(path: Path) -> list[Piece]:
    """The pieces that `save_pieces` wrote."""
    with safe_open(path, framework="np") as file:
        notes, count = file.get_tensor("notes"), file.get_tensor("count")
        rest = json.loads(file.metadata()["pieces"])
    tables = np.split(notes, np.cumsum(count)[:-1])
    return [_piece(table, values) for table, values in zip(tables, rest, strict=True)]


def _piece(notes: Any, values: dict[str, Any]) -> Piece:
    plain = {f.name: _tuple(values[f.name]) for f in fields(Piece) if f.name != "notes"}
    return Piece(**plain | {"notes": notes, "metre": Metre(*values["metre"]), "drums": frozenset(values["drums"])})


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _read_chorales() -> list[Piece]:
    from music21 import corpus  # noqa: PLC0415 - an extra, and slow to import

    paths = [str(path) for path in corpus.getComposer("bach") if Path(path).name.startswith("bwv")]
    with ProcessPoolExecutor() as workers:
        found = list(workers.map(_read_chorale, paths, chunksize=8))
    return [piece for pieces in found for piece in pieces]


def _read_chorale(path: str) -> list[Piece]:
    from music21 import corpus  # noqa: PLC0415

    score = corpus.parse(path)
    if len(score.parts) != 4:
        return []
    return score_pieces(score, Path(path).name.removesuffix(".mxl").replace("bwv", "BWV ", 1))
