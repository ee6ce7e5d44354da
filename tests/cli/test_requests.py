"""What `play` is asked beside a preset: set lists and OSC, and one line for what cannot be."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from instrument.cli.osc import with_port
from instrument.cli.requests import presets, split
from instrument.errors import UserError
from tests.support import tiny_preset

EIGENWALK = [sys.executable, "-m", "instrument"]
GIG = '[[entry]]\nname = "one"\npart = [{preset = "a.safetensors"}]\n'


def run(*words: str) -> tuple[int, str, str]:
    nobody = {**os.environ, "JACK_DEFAULT_SERVER": "nobody", "JACK_NO_START_SERVER": "1"}
    done = subprocess.run([*EIGENWALK, *words], capture_output=True, text=True, timeout=60, env=nobody, check=False)
    return done.returncode, done.stdout, done.stderr


def test_set_takes_settings_and_a_set_list() -> None:
    assert split(["tempo=90", "gig.toml", "step=0.1"]) == (Path("gig.toml"), ["tempo=90", "step=0.1"])
    assert split(["scale=x.toml"]) == (None, ["scale=x.toml"])
    with pytest.raises(UserError, match="one set list at a time"):
        split(["a.toml", "b.toml"])


def test_osc_without_a_port_has_the_usual_one() -> None:
    assert with_port(["play", "--osc"]) == ["play", "--osc=9010"]
    assert with_port(["play", "--osc", "--no-ui"]) == ["play", "--osc=9010", "--no-ui"]
    assert with_port(["play", "--osc", "joplin-rags"]) == ["play", "--osc=9010", "joplin-rags"]
    for told in ("7000", "0.0.0.0:7000", "[::1]:7000"):
        assert with_port(["play", "--osc", told]) == ["play", "--osc", told]


def test_a_set_list_names_the_first_presets(tmp_path: Path) -> None:
    (tmp_path / "gig.toml").write_text(GIG)
    with pytest.raises(UserError, match=r"entry 1 \(one\).* is missing"):
        presets(tmp_path / "gig.toml", "ignored")
    tiny_preset().save(tmp_path / "a.safetensors")
    assert presets(tmp_path / "gig.toml", "ignored") == [str(tmp_path / "a.safetensors")]


def test_the_table_is_printed() -> None:
    status, out, _ = run("osc", "--list")
    assert status == 0
    assert "/eigenwalk/part/1/step " in out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--set", "nowhere.toml"], "nowhere.toml: cannot be read"),
        (["--osc", "99999"], "--osc takes [HOST:]PORT"),
        (["--osc", "nohost.invalid:7000"], "OSC cannot listen on nohost.invalid"),
    ],
)
def test_bad_requests_are_one_line(words: list[str], says: str, tmp_path: Path) -> None:
    tiny_preset().save(tmp_path / "a.safetensors")
    status, out, err = run("play", str(tmp_path / "a.safetensors"), "--no-ui", "--out", "none", "--bars", "1", *words)
    assert (status, out) == (1, "")
    assert err.splitlines()[-1].startswith("eigenwalk: ")
    assert says in err


def test_another_address_is_warned_of(tmp_path: Path) -> None:
    tiny_preset().save(tmp_path / "a.safetensors")
    words = ["play", str(tmp_path / "a.safetensors"), "--no-ui", "--out", "none", "--bars", "1", "--tempo", "300"]
    status, _, err = run(*words, "--osc", "0.0.0.0:9723")
    assert status == 0
    assert "anyone on that network can play this instrument" in err
    assert "anyone" not in run(*words, "--osc", "9724")[2]
