"""What every test stands on: no settings, presets or logs of whoever runs them."""

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.jack import sweep

settings.register_profile("untimed", deadline=None)  # a busy machine takes any time it likes
settings.load_profile("untimed")


def pytest_sessionstart() -> None:
    sweep()


@pytest.fixture(scope="session", autouse=True)
def nobodys_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The user's folders are empty ones, for the tests and for every process that they start."""
    before = dict(os.environ)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it, and so would ours
    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        os.environ[f"XDG_{name}_HOME"] = str(tmp_path_factory.mktemp(name.lower()))
    yield
    os.environ.clear()
    os.environ.update(before)
