import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from instrument.packing import BY_COLUMN, CHORDS, NARROW
from instrument.preset import ARRAYS, Preset, PresetError
from tests.support import tiny_preset


def test_what_is_packed_comes_back(tmp_path: Path) -> None:
    preset = tiny_preset()
    path = tmp_path / "t.safetensors"
    preset.save(path)
    again = Preset.load(path)
    for name, (dtype, _) in ARRAYS.items():
        before, after = getattr(preset, name), getattr(again, name)
        assert after.dtype == np.dtype(dtype)
        if name in BY_COLUMN:
            step = (before.max(0) - before.min(0)).astype(np.float64) / 255
            assert (np.abs(before - after.astype(np.float64)) <= 0.51 * step + 2e-3).all(), name
        elif name == "distance":
            np.testing.assert_allclose(after, before, atol=0.01 * float(before.max()))
        elif name in CHORDS:
            np.testing.assert_allclose(after, before, atol=0.251)
        elif name in NARROW:
            np.testing.assert_allclose(after, before, rtol=1e-3)
        else:
            np.testing.assert_array_equal(after, before, name)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("distance", np.zeros((3, 64), np.float32)),
        ("distance_span", np.zeros((1, 2), np.float16)),
        ("context_low", np.zeros(99, np.float32)),
        ("feature_high", np.full(6, np.inf, np.float32)),
        ("note_start", np.array([0, 9, 3], np.uint32)),
        ("note_start", np.zeros(0, np.uint32)),
        ("note_pitch", np.full(10, 200, np.uint8)),
        ("note_onset", np.zeros(3, np.float32)),
        ("candidates", np.zeros(7, np.uint16)),
    ],
)
def test_what_was_never_packed_is_one_error(name: str, value: Any, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.safetensors", tmp_path / "bad.safetensors"
    preset = tiny_preset()
    preset.save(good)
    save_file(load_file(good) | {name: value}, bad, {"eigenwalk": json.dumps(preset.meta)})
    with pytest.raises(PresetError, match="fit it again"):
        Preset.load(bad)
