"""A whole fit: the same bytes twice, every kind of music, every method; one clear line where there is too little."""

from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from joblib import parallel_config

from instrument.fit import STAGES, FitError, Settings, fit
from instrument.fit.encode import encode
from instrument.fit.inspect import inspect, reachable, warnings
from instrument.fit.piece import Piece
from instrument.fit.prepare import prepare
from instrument.fit.segments import Floats
from instrument.fit.settings import METHODS
from instrument.fit.sounds import Sounds
from instrument.fit.table import Cost, Kinds, Table, candidate_table
from instrument.fit.tidy import same_voices
from instrument.preset import Preset
from instrument.tempo import Metre
from tests.fit.music import chorale, chorales, drums


@pytest.fixture(scope="module")
def preset() -> Preset:
    return fit(chorales(), Settings(title="eight pieces"))


def test_two_fits_are_the_same_file(preset: Preset, tmp_path: Path) -> None:
    stages: list[str] = []
    again = fit(chorales(), Settings(title="eight pieces"), stages.append)
    paths = [tmp_path / name for name in ("one.safetensors", "two.safetensors")]
    for one, path in zip((preset, again), paths, strict=True):
        one.save(path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert tuple(stages) == STAGES
    assert len(Preset.load(paths[0])) == len(preset) == 8 * 12 * 4


def test_what_goes_in_comes_out_in_the_home_key(preset: Preset) -> None:
    assert preset.metre == Metre(4, 4)
    assert preset.hop == 480
    assert preset.meta["voices"] == ["top", "alto", "tenor", "bass"]
    first = chorale(0)
    shift = preset.meta["shift"][0]
    got = {(n.onset + int(preset.tick[i]), n.pitch) for i in range(48) for n in preset.notes(i) if n.onset >= 0}
    assert got == {(int(on), int(pitch) + shift) for on, _, pitch, _, _ in first.notes}


@pytest.mark.parametrize("method", [method for method in METHODS if method not in ("laplacian", "umap")])
def test_other_methods_embed_too(method: str) -> None:
    other = fit(chorales(), Settings(method=method, components=3))
    assert other.embedding.shape == (8 * 12 * 4, 3)
    assert other.embedding.std() == pytest.approx(1, abs=0.2)
    assert other.meta["method"] == method


def test_drums_keep_their_keys_and_have_a_beat_of_their_own() -> None:
    pieces = [drums(number) for number in range(4)]
    beat = fit(pieces)
    assert beat.meta["shift"] == [0] * 4
    assert beat.meta["drums"] == [0]
    assert set(np.unique(beat.note_pitch)) <= {36, 38, 41, 42, 43, 45, 46, 47, 51}
    rides = np.isin(beat.piece, [1, 3])
    nearest = beat.candidates[:, 0].astype(int)
    assert (rides[nearest] == rides).mean() > 0.95
    assert (beat.piece[nearest] != beat.piece).mean() > 0.2  # by what is played, not by the piece


def test_a_band_shares_voices_by_family() -> None:
    one, two = chorale(0), chorale(1)
    swapped = replace(two, programs=(33, 0, 0, 40), drums=frozenset({2}))
    assert same_voices([one, two]) == [one, two]
    _, band = same_voices([one, swapped])
    assert {int(v) for v in np.unique(band.notes[:, 4])} == {0, 4, 5, 15}
    made = fit([chorale(0), chorale(2), chorale(3), swapped])  # strings and bass in one piece of four
    assert (made.meta["programs"][4], made.meta["programs"][5]) == (33, 40)
    assert made.meta["voices"][4:6] == ["bass", "strings"]
    assert band.drums == {15}


def test_mixed_metres_meet_at_the_beat() -> None:
    jigs = [chorale(number, metre=Metre(6, 8)) for number in range(3)]
    mixed = fit([*chorales(4), *jigs])
    assert mixed.hop == 480
    assert mixed.meta["piece_metre"][-1] == [2, 4]
    assert mixed.metre == Metre(4, 4)
    assert int(mixed.metre_position[mixed.piece == 6].max()) == 1


def test_a_metre_that_is_not_wanted_is_left_out_by_name() -> None:
    _, hop, left_out = prepare([*chorales(2), chorale(2, metre=Metre(3, 4))], Settings(metre=Metre(4, 4)))
    assert hop == 480
    assert left_out == {"piece 2": "in 3/4"}


def test_a_piece_printed_twice_is_taken_once() -> None:
    _, _, left_out = prepare([*chorales(2), replace(chorale(0), name="again")], Settings())
    assert left_out == {"again": "the same music as piece 0"}


@pytest.mark.parametrize(
    ("segment", "hop"),
    [("beat", 480), ("half-bar", 960), ("bar", 1920)],
)
def test_segments_of_any_length(segment: str, hop: int) -> None:
    assert fit(chorales(8, bars=16), Settings(segment=segment)).hop == hop


def test_keys_can_be_kept() -> None:
    assert set(fit(chorales(), Settings(key="keep")).meta["shift"]) == {0}


def test_little_music_is_refused_in_one_line() -> None:
    with pytest.raises(FitError, match="only 32 segments of music"):
        fit(chorales(1, bars=8))


@pytest.mark.parametrize("wrong", [{"segment": "note"}, {"key": "flat"}, {"method": "tsne"}])
def test_settings_are_checked(wrong: dict[str, str]) -> None:
    with pytest.raises(FitError, match="takes one of"):
        Settings(**wrong)  # type: ignore[arg-type]


def test_batches_in_workers_give_what_one_process_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = encode_all(chorales())
    monkeypatch.setattr(import_module("instrument.fit.encode"), "BATCH", 3)
    with parallel_config(n_jobs=2):
        together = encode_all(chorales())
    assert alone.keys() == together.keys()
    for name, block in alone.items():
        np.testing.assert_array_equal(block, together[name])


def encode_all(pieces: list[Piece]) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
    return encode(pieces, 480)[1]


def test_candidates_are_chosen_by_how_they_join_where_phrases_are_not_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    module = import_module("instrument.fit")
    costs: list[object] = []

    def table(vectors: Floats, kinds: Kinds, cost: Cost | None) -> Table:
        costs.append(cost)
        return candidate_table(vectors, kinds, cost)

    monkeypatch.setattr(module, "candidate_table", table)
    plain = [replace(piece, phrase_ends=()) for piece in chorales()]
    marked = [replace(piece, phrase_ends=tuple(range(0, piece.end, 4 * 480))) for piece in chorales()]
    for pieces in (plain, marked):
        fit(pieces)
    assert [getattr(cost, "__func__", None) for cost in costs] == [Sounds.cost, None]


def test_what_only_departures_lead_to_is_reachable(preset: Preset) -> None:
    later = preset.piece >= 4  # of 8 pieces, in the order of the segments
    own = np.where(later, np.flatnonzero(later)[0], 0)
    apart = replace(preset, candidates=np.repeat(own[:, None], preset.candidates.shape[1], 1).astype(np.int32))
    assert reachable(apart) > 0.9
    nowhere = np.ones_like(preset.metre_position)  # no bar begins, and no phrase
    bound = replace(apart, phrase_end=np.zeros_like(preset.phrase_end), metre_position=nowhere)
    assert reachable(bound) == pytest.approx(1 / 8, abs=0.01)  # all lead to the first piece of their half


def test_inspection_counts_and_warns(preset: Preset) -> None:
    found = inspect(preset)
    assert found.segments == 384
    assert found.pieces == 8
    assert 0.5 < found.reachable <= 1
    assert found.map.trustworthiness > 0.8
    assert any("little music" in line for line in warnings(found))
    lonely = replace(found, pieces=50, segments=5000, islands=0.2, graph_components=4, largest_piece=0.1)
    assert any("3 islands" in line for line in warnings(lonely))
