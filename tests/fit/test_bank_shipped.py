"""The presets that are shipped: they load, say whose they are, and are small enough to ship."""

from pathlib import Path

import pytest

from instrument.controls import control
from instrument.preset import Preset

PRESETS = Path(__file__).parent.parent.parent / "presets"
NAMES = sorted(path.stem for path in PRESETS.glob("*.safetensors"))


def test_the_bank_is_what_it_should_be_and_fits() -> None:
    wanted = {"bach-chorales", "session-tunes", "joplin-rags", "freedoom-band", "freedoom-drums"}
    assert wanted <= set(NAMES)
    assert sum(path.stat().st_size for path in PRESETS.glob("*.safetensors")) <= 12_000_000


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_preset_says_whose_it_is(name: str) -> None:
    preset = Preset.load(PRESETS / f"{name}.safetensors")
    about = (PRESETS / "README.md").read_text(encoding="utf-8")
    assert f"## {name}" in about
    for key in ("title", "source", "licence", "attribution"):
        assert preset.meta[key]
        assert preset.meta[key] in about
    for key, value in preset.meta["controls"].items():
        assert control(key).check(value) == value
    assert preset.meta["programs"]
