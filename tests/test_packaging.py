"""What is handed out: the wheel and the sdist hold all that the instrument needs, and run far from the checkout."""

import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

from instrument import __version__

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a wheel and an sdist."""
    pytest.importorskip("hatchling", reason="needs hatchling: the extra [test]")
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def tracked(folder: str) -> set[str]:
    """Files of a folder of the checkout that belong to it."""
    listed = subprocess.run(["git", "ls-files", "-z", folder], cwd=ROOT, capture_output=True, text=True, check=False)
    return set(listed.stdout.split("\0")) - {""}


def test_the_wheel_holds_modules_presets_and_the_page(built: Path) -> None:
    wheel = next(built.glob("*.whl"))
    assert wheel.name == f"eigenwalk-{__version__}-py3-none-any.whl"  # no compiler, any system
    names = set(zipfile.ZipFile(wheel).namelist())
    assert tracked("instrument") <= names
    assert {f"instrument/{name}" for name in tracked("presets")} <= names
    assert not any(name.startswith(("tests/", "scripts/")) for name in names)


def test_the_sdist_holds_what_the_wheel_is_built_from(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    for folder in ("instrument", "presets", "tests", "scripts"):
        assert tracked(folder) <= names
    assert {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md"} <= names


def test_the_wheel_runs_in_an_empty_folder(built: Path, tmp_path: Path) -> None:
    """Unpacked beside the libraries of this environment, but not this checkout: its presets are found and play."""
    home, site = tmp_path / "home", tmp_path / "site"
    home.mkdir()
    zipfile.ZipFile(next(built.glob("*.whl"))).extractall(site)
    libraries = sysconfig.get_path("purelib")  # on PYTHONPATH its .pth files, and so the checkout, are not read
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), libraries])}

    def run(*words: str) -> str:
        command = [sys.executable, "-S", "-m", "instrument", *words]
        done = subprocess.run(command, cwd=home, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert run("--version") == f"eigenwalk {__version__}\n"
    assert str(site / "instrument" / "presets") in run("presets", "--json")
    run("render", "bach-chorales", "--bars", "2", "--out", "two.mid")
    assert (home / "two.mid").read_bytes().startswith(b"MThd")
    run("map", "--help")


def test_the_extras_that_are_promised_are_there() -> None:
    assert {"link", "audio", "plot", "cluster", "bench", "jack", "test"} <= set(PROJECT["optional-dependencies"])


@pytest.mark.parametrize("version", [(3, 10), (3, 13)])
def test_another_python_is_told_in_one_line(version: tuple[int, int]) -> None:
    code = (
        f"import sys; sys.version_info = ({version[0]}, {version[1]}, 0, 'final', 0)\n"
        "from instrument.__main__ import main\nmain()"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert re.fullmatch(r"eigenwalk needs Python 3\.11 or 3\.12.*\n", done.stderr)
    assert PROJECT["requires-python"] == ">=3.11,<3.13"
