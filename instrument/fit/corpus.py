"""Workshop: files and folders -> the pieces of a corpus, and why each file that gave none was skipped.

In: paths. Out: `Corpus`. Files are read in worker processes, a batch at a time: a file that kills its reader costs
itself alone. How many workers, and whether they stand on other machines, is joblib's configuration, set by who calls.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path

from joblib import Parallel, delayed
from joblib.externals.loky.process_executor import TerminatedWorkerError

from instrument.errors import UserError
from instrument.fit.piece import Piece
from instrument.fit.read import EVERYTHING, Filter, ReadError, midi_pieces

MIDI = {".mid", ".midi", ".kar", ".rmi"}
NOTATION = {".xml", ".musicxml", ".mxl", ".abc", ".krn"}
BATCH = 32


class CorpusError(UserError):
    """There is nothing to read; the message says where it was looked for."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read: its name in the corpus and the region of the map that it belongs to."""

    path: Path
    name: str
    label: str = ""


@dataclass(slots=True)
class Corpus:
    """Pieces in the order of their files; `skipped` holds each file that gave none, and the reason."""

    pieces: list[Piece] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    files: int = 0


Found = tuple[list[Piece], str]  # pieces, or none and the reason
Reader = Callable[[Source, Filter], Found]


def find(paths: Sequence[Path], labels: Sequence[str] = ()) -> list[Source]:
    """Every file of music in `paths`, sorted; the n-th path's region is the n-th label. Raises CorpusError."""
    sources = []
    for number, path in enumerate(paths):
        label = labels[number] if labels else ""
        if not path.exists():
            raise CorpusError(f"{path}: no such file or folder")
        inside = sorted(_walk(path)) if path.is_dir() else [path]
        sources += [Source(file.absolute(), _name(file, path), label) for file in inside]  # workers stand elsewhere
    if not sources:
        endings = " ".join(sorted(MIDI))
        raise CorpusError(f"{', '.join(map(str, paths))}: no music in it (looked for {endings} and notation)")
    return sources


def read(
    sources: Sequence[Source],
    wanted: Filter = EVERYTHING,
    done: Callable[[int], None] = lambda files: None,
    reader: "Reader | None" = None,
) -> Corpus:
    """Read `sources` (with `reader`, else `read_one`); `done` is told how many more files have been read."""
    corpus = Corpus(files=len(sources))
    batches = [sources[at : at + BATCH] for at in range(0, len(sources), BATCH)]
    for batch, found in zip(batches, _in_workers(batches, wanted, reader or read_one), strict=True):
        for source, (pieces, reason) in zip(batch, found, strict=True):
            corpus.pieces += pieces
            if reason:
                corpus.skipped.append((str(source.path), reason))
        done(len(batch))
    return corpus


def read_one(source: Source, wanted: Filter) -> Found:
    """The pieces of one file, or the reason why there are none."""
    try:
        if source.path.suffix.lower() in NOTATION:
            pieces = _notation(source)
        else:
            pieces = midi_pieces(source.path.read_bytes(), source.name, wanted)
    except ReadError as error:
        return [], str(error)
    except OSError as error:
        return [], (error.strerror or "cannot be read").lower()
    except Exception as error:  # parsers of strangers' files raise anything, and one file must cost one file
        return [], f"its reader failed ({type(error).__name__})"
    return [replace(piece, label=source.label) for piece in pieces], ""


def _read_batch(batch: Sequence[Source], wanted: Filter, reader: Reader) -> list[Found]:
    return [reader(source, wanted) for source in batch]


def _in_workers(batches: Sequence[Sequence[Source]], wanted: Filter, reader: Reader) -> Iterator[list[Found]]:
    """What each batch holds, in order; the batch at which a worker died is read again, each file by itself."""
    at = 0
    while at < len(batches):
        try:
            jobs = (delayed(_read_batch)(batch, wanted, reader) for batch in batches[at:])
            for found in Parallel(return_as="generator")(jobs):
                at += 1
                yield found
        except TerminatedWorkerError:
            yield [_read_alone(source, wanted, reader) for source in batches[at]]
            at += 1


def _read_alone(source: Source, wanted: Filter, reader: Reader) -> Found:
    """One file in a process of its own."""
    with ProcessPoolExecutor(1, get_context("spawn")) as worker:
        try:
            return worker.submit(reader, source, wanted).result()
        except BrokenProcessPool:
            return [], "it crashed the reader"


def _walk(folder: Path) -> Iterator[Path]:
    """Music files under `folder`, through symbolic links, each folder once."""
    seen = set()
    for place, folders, files in os.walk(folder, followlinks=True):
        status = os.stat(place)
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        folders.sort()
        yield from (Path(place, file) for file in files if Path(file).suffix.lower() in MIDI | NOTATION)


def _name(file: Path, root: Path) -> str:
    """What a piece is called: its path under the folder that was given, without its ending."""
    inside = file.relative_to(root) if root.is_dir() else Path(file.name)
    return str(inside.with_suffix("")).encode("utf-8", "replace").decode("utf-8")


def _notation(source: Source) -> list[Piece]:
    """MusicXML, ABC or kern, through music21 when it is there."""
    if find_spec("music21") is None:
        raise ReadError("notation needs music21: pip install 'eigenwalk[corpora]'")
    from music21 import converter  # noqa: PLC0415 - an extra, and slow to import

    from instrument.fit.scores import score_pieces  # noqa: PLC0415

    parsed = converter.parse(source.path)
    scores = list(getattr(parsed, "scores", [])) or [parsed]
    pieces = [piece for score in scores for piece in score_pieces(score, source.name)]
    if not pieces:
        raise ReadError("no notes in it")
    return pieces
