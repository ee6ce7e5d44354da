"""The README keeps its word: its tables are the code's, its commands run, its programs run, its pictures exist."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from instrument.errors import UserError
from instrument.midi import soundfont
from instrument.midi.smf import write_smf
from instrument.notes import Output, TempoChange, note_off, note_on
from instrument.tempo import Metre
from tests.support import tiny_pieces

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
BRIEF = ["--no-ui", "--bars", "1", "--tempo", "300", "--out", "none"]  # what a test adds to `play`


def blocks(language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", README, re.S)


def commands() -> list[str]:
    """Every line of a shell block that calls eigenwalk, and every call that stands in the text."""
    inline = re.findall(r"`(eigenwalk [a-z][^`\n]*(?:\n[^`\n]+)?)`", README)
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    found = [line.split("#")[0].strip() for line in lines if "eigenwalk " in line]
    return list(dict.fromkeys(c.replace("\n", " ").removeprefix(".venv/bin/") for c in found + inline))


def write_music(folder: Path) -> None:
    """Six small pieces as MIDI files."""
    folder.mkdir()
    for number, notes in enumerate(tiny_pieces(pieces=6, bars=8)):
        outputs: list[Output] = [TempoChange(0, 100.0)]
        for note in notes:
            outputs.append(note_on(note.onset, note.voice, note.pitch, note.velocity))
            outputs.append(note_off(note.onset + note.duration, note.voice, note.pitch))
        write_smf(folder / f"{number}.mid", sorted(outputs), Metre(4, 4), {}, f"piece {number}")


def has_soundfont() -> bool:
    """Whether a synthesiser would find its sounds here."""
    try:
        soundfont.find()
    except UserError:
        return False
    return True


def run(folder: Path, words: list[str]) -> "subprocess.CompletedProcess[str]":
    unmeasured = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE")}  # else a third slower
    return subprocess.run(
        [sys.executable, "-m", "instrument", *words],
        cwd=folder, env=unmeasured, capture_output=True, text=True, timeout=120, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the commands speak of: some MIDI files, a set list, a script of gestures."""
    folder = tmp_path_factory.mktemp("readme")
    write_music(folder / "blues")
    entries = next(block for block in blocks("toml") if "[[entry]]" in block)
    for name in ("gig.toml", "game.toml"):
        (folder / name).write_text(entries)
    gesture = re.search(r'`(\{"bar".*?\})`', README)
    assert gesture
    (folder / "piece.jsonl").write_text(gesture[1] + "\n")
    return folder


def needs(words: list[str]) -> str | None:
    """What a command wants that this machine may lack; None when it can run here."""
    if "--wav" in words or "synth" in words:
        return None if has_soundfont() else "a SoundFont"
    if "source" in words or any(word.startswith("port:") for word in words):
        return "a port of another program"
    return None


@pytest.mark.parametrize("line", commands())
def test_commands_run(line: str, folder: Path) -> None:
    words = shlex.split(line)[1:]
    words = [word.replace("~/midi/blues", "blues") for word in words]
    if lacking := needs(words):
        pytest.skip(f"wants {lacking}")
    if {"LOG", "NAME=VALUE", "FOLDER/", "--in"} & set(words) or "replay" in words:
        pytest.skip("a form, not a command")
    if words[0] == "play" and words[1:2] == ["blues"]:
        words[1] = "bach-chorales"
    if words[0] == "play":
        words = [word for word in words if word not in {"--osc", "synth", "--out"}] + BRIEF
    if words[0] == "doctor":
        words += ["--seconds", "2"]
    done = run(folder, words)
    assert done.returncode in ({0, 1} if words[0] == "doctor" else {0}), done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("program", blocks("python"))
def test_programs_run(program: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


def test_tables_are_those_of_the_code() -> None:
    done = subprocess.run([sys.executable, str(ROOT / "scripts/readme_tables"), "--check"], check=False)
    assert done.returncode == 0, "run scripts/readme_tables"


def test_pictures_and_pages_exist() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        if "://" not in target:
            assert (ROOT / target).exists(), target


def test_scripts_it_names_exist() -> None:
    for name in set(re.findall(r"`scripts/([a-z_]+)", README)):
        assert (ROOT / "scripts" / name).exists(), name
