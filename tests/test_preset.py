"""Preset files: what is saved comes back, and what a stranger broke is refused in one line."""

import contextlib
import json
import stat
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from instrument.live.engine import Engine
from instrument.live.render import render
from instrument.notes import Note
from instrument.preset import ARRAYS, MAX_TEXT, Array, Preset, PresetError, check_arrays
from instrument.tempo import Metre
from tests.support import tiny_pieces, tiny_preset

PRESET = tiny_preset()


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("preset") / "tiny.safetensors"
    PRESET.save(path)
    return path.read_bytes()


def check_broken(preset: Preset, **broken: Any) -> None:
    arrays = {name: broken.get(name, getattr(preset, name)) for name in ARRAYS}
    check_arrays(Path("file"), arrays, preset.meta | broken.get("meta", {}))


def with_value(array: Array, value: float) -> Array:
    copy = array.copy()
    copy.flat[copy.size // 2] = value
    return copy


def test_saving_and_loading_gives_the_same_music(tmp_path: Path) -> None:
    path = tmp_path / "tiny.safetensors"
    PRESET.save(path)
    loaded = Preset.load(path)
    assert loaded.meta == PRESET.meta
    assert loaded.path == path
    assert [loaded.notes(i) for i in range(len(loaded))] == [PRESET.notes(i) for i in range(len(PRESET))]
    assert render(Engine([loaded], 3), 20_000)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    with pytest.raises(ValueError, match="read-only"):
        loaded.piece[0] = 1


def test_what_a_preset_tells_of_a_segment() -> None:
    first = sorted(note for note in tiny_pieces()[0] if note.onset < 480)
    assert sorted(PRESET.notes(0)) == first
    assert all(isinstance(note, Note) for note in first)
    assert (PRESET.piece_name(40), PRESET.bar(40), PRESET.metre, PRESET.hop) == ("piece 1", 3, Metre(4, 4), 480)


def test_saving_is_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "tiny.safetensors"
    path.write_text("what was there")
    unwritable = tiny_preset()
    unwritable.meta["fit"] = object()
    with pytest.raises(TypeError):
        unwritable.save(path)
    assert path.read_text() == "what was there"
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_of_another_type_or_shape_is_refused(name: str) -> None:
    array: Array = getattr(PRESET, name)
    for broken in (array.astype("f8"), array[..., None], array[:-1]):
        with pytest.raises(PresetError, match="file: "):
            check_broken(PRESET, **{name: broken})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("note_start", 1e6), ("note_start", 0), ("note_pitch", 128), ("note_velocity", 200), ("note_voice", 16),
        ("piece", 3), ("successor", 96), ("successor", -2), ("candidates", 96), ("scale", 0), ("scale", np.nan),
        ("context", np.inf), ("embedding", 1e30), ("map", np.nan), ("distance", np.inf), ("pca", -np.inf),
    ],
)  # fmt: skip
def test_a_number_out_of_range_is_refused(name: str, value: float) -> None:
    with pytest.raises(PresetError, match=name):
        check_broken(PRESET, **{name: with_value(getattr(PRESET, name), value)})


@pytest.mark.parametrize(
    "meta",
    [
        {"title": 3}, {"licence": None}, {"metre": [4, 3]}, {"metre": [0, 4]}, {"metre": "4/4"}, {"metre": [True, 4]},
        {"pieces": ["one"]}, {"pieces": "abc"}, {"bars": [1, 2]}, {"bars": ["1", "2", "3"]}, {"programs": [128]},
        {"programs": None}, {"drums": ["9"]}, {"drums": [16]}, {"piece_label": [1]}, {"labels": 7},
        {"controls": None}, {"controls": {"stepp": 1}}, {"controls": {"step": 9}}, {"controls": {"step": []}},
        {"piece_metre": [[4, 4]]}, {"voices": "four"},
    ],
    ids=json.dumps,
)  # fmt: skip
def test_metadata_that_cannot_be_used_is_refused(meta: dict[str, Any]) -> None:
    with pytest.raises(PresetError, match="file: "):
        check_broken(PRESET, meta=meta)


def test_files_that_are_no_presets_are_refused_in_one_line(tmp_path: Path, saved: bytes) -> None:
    path = tmp_path / "odd.safetensors"
    cases = [b"", b"{}", b"\0" * 64, saved[:7], saved[:300], saved[: len(saved) // 2], saved[:-1], saved + b"more"]
    cases.append((2**63).to_bytes(8, "little") + saved[8:])
    for data in cases:
        path.write_bytes(data)
        with pytest.raises(PresetError) as caught:
            Preset.load(path)
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)
    with pytest.raises(PresetError, match="no such preset"):
        Preset.load(tmp_path / "nowhere.safetensors")
    with pytest.raises((PresetError, IsADirectoryError)):
        Preset.load(tmp_path)


def test_metadata_that_is_a_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.safetensors"
    bomb = tiny_preset()
    bomb.meta["fit"] = "x" * (MAX_TEXT + 1)
    bomb.save(path)
    with pytest.raises(PresetError, match="no metadata"):
        Preset.load(path)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_a_mutated_file_is_refused_or_plays(data: st.DataObject, tmp_path: Path, saved: bytes) -> None:
    broken = bytearray(saved)
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, 6000) | st.integers(0, len(saved) - 1))
        broken[place] = data.draw(st.integers(0, 255))
    path = tmp_path / "mutant.safetensors"
    path.write_bytes(broken)
    with contextlib.suppress(PresetError):
        engine = Engine([Preset.load(path)], 1)
        render(engine, 8000)
        assert not engine.status().alerts
