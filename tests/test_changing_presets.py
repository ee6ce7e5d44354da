"""Preset files that change under our hands, while they are read and while they play."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from instrument import preset as presets
from instrument.live.session.process import EngineProcess
from instrument.messages import command
from instrument.preset import ARRAYS, Preset, PresetError
from tests.jack import until
from tests.support import tiny_preset
from tests.test_play import config


def truncated(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def replaced(path: Path) -> None:
    other = path.with_suffix(".new")
    other.write_bytes(b"\xff" * 100_000)
    other.replace(path)


FAULTS: dict[str, tuple[Callable[[Path], None], str]] = {
    "truncated": (truncated, "not a preset file"),
    "emptied": (emptied, "not a preset file"),
    "replaced": (replaced, "not a preset file"),
    "deleted": (Path.unlink, "no such preset"),
}


@pytest.mark.parametrize("fault", [truncated, emptied])
def test_a_file_that_shrinks_while_it_is_read(
    fault: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Were it mapped, this would end the whole process by SIGBUS."""
    path = tmp_path / "tiny.safetensors"
    tiny_preset().save(path)
    metadata = presets._metadata

    def shrink(at: Path, stored: dict[str, str] | None) -> Any:
        fault(path)
        return metadata(at, stored)

    monkeypatch.setattr(presets, "_metadata", shrink)
    with pytest.raises(PresetError, match="not a preset file"):
        Preset.load(path)


@pytest.mark.parametrize("fault", FAULTS)
def test_what_was_loaded_no_longer_needs_its_file(fault: str, tmp_path: Path) -> None:
    path = tmp_path / "tiny.safetensors"
    tiny_preset().save(path)
    before, loaded = Preset.load(path), Preset.load(path)
    before = replace(before, **{name: getattr(before, name).copy() for name in ARRAYS})
    FAULTS[fault][0](path)
    for name in ARRAYS:
        assert (getattr(loaded, name) == getattr(before, name)).all(), name


def test_what_plays_goes_on_whatever_becomes_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "tiny.safetensors"
    heard: list[str] = []
    tiny_preset().save(path)
    engine = EngineProcess(config(path, out="none", play=True))
    try:
        assert engine.wait_ready(20), engine.error

        def sent() -> int:
            status = engine.latest()
            return status.health.sent if status else 0

        for name, (fault, line) in FAULTS.items():
            tiny_preset().save(path)
            fault(path)
            heard.clear()
            engine.send(command("load", str(path)))

            def told(line: str = line) -> bool:
                heard.extend(engine.notices())
                return any(line in told for told in heard)

            until(f"one line on a preset that was {name}", told)
            now = sent()
            until(f"music after a preset was {name}", lambda now=now: sent() > now + 20)
            assert sum(str(path) in line for line in heard) == 1, heard
        tiny_preset(title="Again").save(path)
        engine.send(command("load", str(path)))
        until("a good one", lambda: (s := engine.latest()) is not None and s.parts[0].title == "Again")
    finally:
        assert engine.close() == 0
