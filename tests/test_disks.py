"""Disks that are full, folders that cannot be written or vanish: the music goes on, and where it is saved is told."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from io import RawIOBase
from pathlib import Path

import mido
import pytest

from instrument.live.session import log as logs
from instrument.live.session.log import SessionLog
from instrument.live.session.process import EngineProcess
from instrument.live.session.relive import read_log
from instrument.messages import Set, command
from instrument.midi.smf import write_smf
from instrument.notes import note_off, note_on
from instrument.tempo import Metre
from tests.jack import until
from tests.support import tiny_preset
from tests.test_play import config

HEADER = {"presets": [], "seed": 1, "settings": {}, "bars": None}


class Told:
    """A log in `folder`, what the performer was told, and where the log went."""

    def __init__(self, folder: Path) -> None:
        self.alerts: list[str] = []
        self.moved: list[Path] = []
        self.log = SessionLog(folder, HEADER, self.alerts.append, self.moved.append)

    def note(self, count: int) -> None:
        for index in range(count):
            self.log.note(Set("step", index / count), index)

    def close(self, tick: int) -> None:
        self.log.close(tick)
        assert not self.log._thread.is_alive()


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files of this test's own."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", None)
    return folder


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 kB, where this test may have one."""
    folder = tmp_path / "small"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "none", folder], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", folder], check=True)


def whole(path: Path, count: int, tick: int) -> bool:
    """Whether the log at `path` has its head, `count` messages and its end."""
    lines = read_log(path)
    return [line.get("tick") for line in lines[1:-1]] == list(range(count)) and lines[-1] == {"end": tick}


def test_a_log_whose_folder_cannot_be_made(tmp_path: Path, temporary: Path) -> None:
    (tmp_path / "file").touch()
    told = Told(tmp_path / "file" / "sessions")
    told.note(10)
    told.close(99)
    (there,) = temporary.iterdir()
    assert whole(there, 10, 99)
    assert (told.moved, told.log.path) == ([there], there)
    assert len(told.alerts) == 1
    assert told.alerts[0].endswith(f"(Not a directory); it goes on in {there}")


def saved_elsewhere(told: Told, temporary: Path, count: int) -> bool:
    """Whether `count` messages and the end came to the temporary folder, whole, and that was told once."""
    told.note(count)
    told.close(count)
    (there,) = temporary.iterdir()
    return whole(there, count, count) and ["No space left on device" in line for line in told.alerts] == [True]


def test_a_full_disk_from_the_beginning(tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(folder: Path) -> tuple[Path, RawIOBase]:
        return Path("/dev/full"), open("/dev/full", "r+b", buffering=0)

    monkeypatch.setattr(logs, "_create", full)
    assert saved_elsewhere(Told(tmp_path), temporary, 3)


def test_a_disk_that_fills_while_it_plays(small_disk: Path, temporary: Path) -> None:
    assert saved_elsewhere(Told(small_disk), temporary, 5000)
    (torn,) = small_disk.iterdir()
    assert 300 < len(read_log(torn)) < 5000


def test_a_folder_that_vanishes_while_it_plays(tmp_path: Path, temporary: Path) -> None:
    told = Told(tmp_path / "sessions")
    told.note(5)
    until("the lines", lambda: told.log.path.read_text().count("\n") == 6)
    shutil.rmtree(tmp_path / "sessions")
    told.log.note(Set("step", 1.0), 5)
    told.close(6)
    (there,) = temporary.iterdir()
    assert whole(there, 6, 6)
    assert ["it was deleted" in line for line in told.alerts] == [True]


def test_nowhere_to_write_is_told_and_costs_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*rest: object) -> tuple[Path, RawIOBase]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(logs, "_create", nowhere)
    monkeypatch.setattr(logs, "_create_elsewhere", nowhere)
    told = Told(tmp_path)
    told.note(1000)
    told.close(1000)
    assert told.alerts == [
        "the session's log cannot be written (Permission denied), nor can any other folder; it ends here"
    ]
    assert told.log._queue.empty()


def test_a_log_is_its_owner_s_alone(tmp_path: Path) -> None:
    told = Told(tmp_path)
    told.close(0)
    assert told.log.path.stat().st_mode & 0o777 == 0o600


def test_a_recording_never_takes_the_place_of_a_device(tmp_path: Path) -> None:
    (tmp_path / "pipe").symlink_to("/dev/full")
    with pytest.raises(FileExistsError):
        write_smf(tmp_path / "pipe", [note_on(0, 0, 60, 9), note_off(9, 0, 60)], Metre())
    assert (tmp_path / "pipe").is_symlink()


def test_the_music_goes_on_when_every_folder_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Record, log and capture at once: their folders vanish while it plays, and a file stands in their way."""
    for name in ("XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_MUSIC_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "home" / name))
    preset, heard = tmp_path / "tiny.safetensors", list[str]()
    tiny_preset().save(preset)
    (tmp_path / "home").mkdir()
    (tmp_path / "takes").mkdir()
    engine = EngineProcess(config(preset, out="none", play=True, record=str(tmp_path / "takes" / "a.mid")))

    def sent() -> int:
        return status.health.sent if (status := engine.latest()) else 0

    def said(what: str) -> str:
        heard.extend(engine.notices())
        return next((line for line in heard if what in line), "")

    try:
        assert engine.wait_ready(20), engine.error
        until("notes", lambda: sent() > 20)
        for folder in ("home", "takes"):
            shutil.rmtree(tmp_path / folder)
            (tmp_path / folder).write_text("in the way")
        engine.send(Set("step", 0.9))
        engine.send(command("capture", 2))
        until("a line on the log", lambda: said("log cannot be written"))
        until("a line on the bars", lambda: said("; saved as "))
        now = sent()
        until("more notes", lambda: sent() > now + 20)
    finally:
        assert engine.close() == 0, engine.error
    log, bars, take = (
        Path(re.search(r"(?:goes on in|saved as) (.+)$", said(what))[1])  # type: ignore[index]
        for what in ("log cannot", "XDG_MUSIC_DIR", "a.mid cannot")
    )
    assert {"tick", "message"} <= read_log(log)[-2].keys()
    assert json.loads(log.read_text().splitlines()[-1])["end"] > 0
    for file in (bars, take):
        assert mido.MidiFile(file).length > 0
