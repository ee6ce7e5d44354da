"""The corpus read and described by a dask cluster's workers is the corpus read and described here."""

from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from instrument.errors import UserError
from instrument.fit.corpus import find, read
from instrument.fit.encode import encode
from instrument.fit.workers import workers
from tests.fit.music import chorales

DATA = Path(__file__).parent / "data" / "torture"


def test_an_address_where_nobody_answers_is_one_line() -> None:
    pytest.importorskip("distributed")
    with pytest.raises(UserError, match="no dask scheduler"), workers(cluster="nonsense://here"):
        pass


def test_a_cluster_gives_what_one_machine_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    distributed = pytest.importorskip("distributed")
    sources = find([DATA])
    here, parts = read(sources), encode(chorales(), 480)
    monkeypatch.setattr(import_module("instrument.fit.encode"), "BATCH", 3)
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None
        ) as cluster,
        workers(cluster=cluster.scheduler_address),
    ):
        there, others = read(sources), encode(chorales(), 480)
    assert there.skipped == here.skipped
    assert [piece.name for piece in there.pieces] == [piece.name for piece in here.pieces]
    for one, other in zip(here.pieces, there.pieces, strict=True):
        np.testing.assert_array_equal(one.notes, other.notes)
    for name, block in parts[1].items():
        np.testing.assert_array_equal(block, others[1][name])
    np.testing.assert_array_equal(parts[0].start, others[0].start)
