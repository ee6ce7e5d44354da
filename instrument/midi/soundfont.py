"""Soundfont (midi room): which SoundFont the built-in synthesiser plays, found where each system keeps them.

What flows in: a path from the user, or nothing. What flows out: the path of a file that begins like a SoundFont.
Nothing is loaded here, nothing is downloaded, and no SoundFont ships with the project (most have terms of their own).
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import platformdirs

from instrument.errors import UserError

SUFFIXES = (".sf2", ".sf3", ".dls")
INSTALL = {
    "linux": "apt install timgm6mb-soundfont (or fluid-soundfont-gm)",
    "darwin": "brew install fluid-synth brings one; or put any General MIDI .sf2 there",
    "win32": "put any General MIDI .sf2 there, such as GeneralUser GS",
}


class SoundfontError(UserError):
    """No SoundFont can be used; the message says what to install or which file is wrong."""


def folders() -> list[Path]:
    """Where SoundFonts are looked for, first to last: the user's own, then the system's usual places."""
    mine = platformdirs.user_data_path("eigenwalk") / "soundfonts"
    if sys.platform == "darwin":
        music = Path("Library/Audio/Sounds/Banks")
        brewed = [Path(p) / "share/fluid-synth/sf2" for p in ("/opt/homebrew", "/usr/local")]
        return [mine, Path.home() / music, Path("/") / music, *brewed]
    if sys.platform == "win32":
        return [mine, Path("C:/soundfonts"), Path(os.environ.get("SYSTEMROOT", "C:/Windows")) / "System32/drivers"]
    share = [Path("/usr/share"), Path("/usr/local/share"), platformdirs.user_data_path()]
    return [mine, *(base / name for base in share for name in ("sounds/sf2", "sounds/sf3", "soundfonts"))]


def find(wanted: str | Path | None = None, places: Sequence[Path] | None = None) -> Path:
    """The SoundFont to play: `wanted`, or the first found; the system's chosen default (default-GM) goes first.

    Raises SoundfontError when `wanted` is not one, or when there is none.
    """
    if wanted is not None:
        path = Path(wanted).expanduser()
        if not _looks_right(path):
            raise SoundfontError(f"{path}: not a SoundFont that can be read (.sf2, .sf3 or .dls)")
        return path
    looked = folders() if places is None else places
    for folder in looked:
        fonts = [path for path in folder.glob("*") if path.suffix.lower() in SUFFIXES]
        for path in sorted(fonts, key=lambda path: (not path.name.startswith("default"), path.name)):
            if _looks_right(path):
                return path
    install = INSTALL.get(sys.platform, INSTALL["linux"])
    raise SoundfontError(
        f"no SoundFont found in {looked[0]} or the system's places: {install}, or say --soundfont FILE"
    )


def _looks_right(path: Path) -> bool:
    """Whether the file begins like a SoundFont or DLS bank: asked, the library would print to the screen."""
    try:
        with path.open("rb") as file:
            head = file.read(12)
    except OSError:
        return False
    return head[:4] == b"RIFF" and head[8:12] in {b"sfbk", b"DLS "}
