"""`eigenwalk render`, as a user calls it."""

import subprocess
import sys
from pathlib import Path

import mido
import pytest
from typer.testing import CliRunner

from instrument.cli import app
from tests.support import tiny_preset


@pytest.fixture(scope="module")
def preset(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("bank") / "tiny.safetensors"
    tiny_preset().save(path)
    return str(path)


def eigenwalk(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "instrument", *args], capture_output=True, text=True, check=False)


def test_same_seed_same_file_and_settings_and_scripts_are_obeyed(preset: str, tmp_path: Path) -> None:
    script = tmp_path / "gestures.jsonl"
    script.write_text('{"bar": 2, "kind": "set", "name": "transpose", "value": 7}\n')
    files = []
    for number, more in enumerate(([], [], ["--set", "tempo=66"], ["--script", str(script)])):
        out = tmp_path / f"{number}.mid"
        done = CliRunner().invoke(app, ["render", preset, "--bars", "4", "--seed", "9", "--out", str(out), *more])
        assert (done.exit_code, done.stderr) == (0, "")
        files.append(out.read_bytes())
    assert files[0] == files[1]
    assert len(set(files)) == 3
    tempo = next(m.tempo for m in mido.MidiFile(tmp_path / "2.mid").tracks[0] if m.type == "set_tempo")
    assert round(mido.tempo2bpm(tempo)) == 66


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--set", "stepp=1"], "step"),
        (["--set", "step=9"], "0 to 1"),
        (["--script", "/nowhere.jsonl"], "/nowhere.jsonl"),
        (["--out", "/nowhere/a.mid"], "/nowhere"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(preset: str, tmp_path: Path, args: list[str], said: str) -> None:
    done = eigenwalk("render", preset, "--out", str(tmp_path / "a.mid"), *args)
    assert done.returncode != 0
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "a.mid").exists()
