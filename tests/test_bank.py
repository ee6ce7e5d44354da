"""The bank: where presets are looked for, and what a name stands for."""

import shutil
from pathlib import Path

import pytest

from instrument import bank
from instrument.preset import PresetError
from tests.support import tiny_preset


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Three empty folders in place of the working folder's, the user's and the package's."""
    folders = [tmp_path / name for name in ("here", "user", "package")]
    for folder in folders:
        folder.mkdir()
    monkeypatch.setattr(bank, "folders", lambda: folders)
    return folders


def test_the_nearest_of_a_name_wins(places: list[Path]) -> None:
    here, user, package = places
    tiny_preset().save(package / "one.safetensors")
    shutil.copy(package / "one.safetensors", package / "two.safetensors")
    shutil.copy(package / "one.safetensors", user / "one.safetensors")
    assert bank.found() == {"one": user / "one.safetensors", "two": package / "two.safetensors"}
    shutil.copy(package / "one.safetensors", here / "one.safetensors")
    assert bank.resolve("one") == here / "one.safetensors"


def test_a_name_that_is_missing_says_what_there_is(places: list[Path]) -> None:
    tiny_preset().save(places[2] / "one.safetensors")
    with pytest.raises(PresetError, match=r"'three'.*one"):
        bank.resolve("three")


def test_a_path_stands_for_itself(places: list[Path]) -> None:
    assert bank.resolve("some/where.safetensors") == Path("some/where.safetensors")
    assert bank.resolve("mine.safetensors") == Path("mine.safetensors")


def test_the_package_brings_its_own_presets() -> None:
    assert bank.folders()[2].is_dir()
