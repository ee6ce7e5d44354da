"""What the screen's tests share: a preset with islands on its map, and an engine that only looks like one."""

from pathlib import Path

import pytest

from instrument import bank
from tests.ui.fake import FakeEngine, big_preset


@pytest.fixture(scope="session")
def islands(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return big_preset(tmp_path_factory.mktemp("bank"), pieces=8, bars=8)


@pytest.fixture
def engine(islands: Path) -> FakeEngine:
    return FakeEngine(islands)


@pytest.fixture
def bank_of(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names = ["apples", "bach", "quarries"]
    monkeypatch.setattr(bank, "found", lambda: {name: Path(name) for name in names})
    return names
