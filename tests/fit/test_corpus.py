import os
import shutil
from pathlib import Path

import pytest
from joblib import parallel_config

from instrument.fit import corpus
from instrument.fit.corpus import CorpusError, Source, find, read
from instrument.fit.read import Filter

DATA = Path(__file__).parent / "data" / "torture"
GOOD = DATA / "24_unknown_chunk.mid"


def test_folders_are_walked_once_in_order_through_links(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("b/two.MID", "a.mid", "z.rmi", "k.KAR", "notes.txt"):
        shutil.copy(GOOD, tmp_path / name)
    (tmp_path / "b" / "loop").symlink_to(tmp_path)
    assert [source.name for source in find([tmp_path])] == ["a", "b/two", "k", "z"]


def test_ten_thousand_files_are_found(tmp_path: Path) -> None:
    for number in range(10_000):
        (tmp_path / f"{number:05}.mid").touch()
    assert len(find([tmp_path])) == 10_000


def test_names_that_are_no_text_get_one(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/caf\xe9.mid"
    with open(path, "wb") as file:
        file.write(GOOD.read_bytes())
    (source,) = find([tmp_path])
    assert source.name == "caf?"
    assert len(read([source]).pieces) == 1


def test_labels_go_with_their_paths(tmp_path: Path) -> None:
    sources = find([GOOD, DATA / "63_UPPERCASE.MID"], ["reels", "jigs"])
    assert [piece.label for piece in read(sources).pieces] == ["reels", "jigs"]


@pytest.mark.parametrize("path", [Path("/nowhere/at/all"), None])
def test_nothing_to_read_is_one_line(path: Path | None, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"no such file|no music in it"):
        find([path or tmp_path])


def test_every_skipped_file_is_named_with_its_reason() -> None:
    done: list[int] = []
    found = read(find([DATA]), done=done.append)
    skipped = dict(found.skipped)
    assert skipped[str(DATA / "62_gzipped.mid")].startswith("compressed")
    assert len(skipped) == 14
    assert sum(done) == found.files == 74


def crash(source: Source, wanted: Filter) -> corpus.Found:
    """A reader that some file kills."""
    if "png" in source.name:
        os._exit(11)
    return corpus.read_one(source, wanted)


def test_a_file_that_kills_its_reader_costs_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus, "BATCH", 2)
    names = ("11_ppq_24.mid", "24_unknown_chunk.mid", "02_png.mid", "38_ts_5_4.mid", "45_no_eot.mid")
    with parallel_config(n_jobs=2):
        found = read(find([DATA / name for name in names]), reader=crash)
    assert found.skipped == [(str(DATA / "02_png.mid"), "it crashed the reader")]
    assert [piece.name for piece in found.pieces] == [name[:-4] for name in names if "png" not in name]
