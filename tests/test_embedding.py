"""The instrument as a library: the dozen lines of the documentation, run."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import instrument
from instrument.errors import UserError
from tests.support import tiny_preset


def test_the_lines_of_the_documentation_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny_preset().save(tmp_path / "bach-chorales.safetensors")
    text = instrument.__doc__ or ""
    code = "\n".join(re.findall(r"^    (.*)$", text, re.M))
    assert 'instrument.open("bach-chorales"' in code
    code = code.replace('"bach-chorales"', repr(str(tmp_path / "bach-chorales.safetensors")))
    code += "\nprint(len(events), events[-1].tick <= 8 * 480)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    count, ordered = found.stdout.split()
    assert int(count) > 20
    assert ordered == "True"


def test_a_preset_that_is_not_there_is_told() -> None:
    with pytest.raises(UserError, match="nowhere"):
        instrument.open("nowhere")


def test_several_parts_and_settings(tmp_path: Path) -> None:
    tiny_preset().save(tmp_path / "a.safetensors")
    name = str(tmp_path / "a.safetensors")
    engine = instrument.open(name, name, seed=3, settings={"step": 0.5, "tempo": 80})
    assert [part.hand.controls.step for part in engine.parts.values()] == [0.5, 0.5]
    assert (engine.tempo_bpm, engine.seed) == (80, 3)
