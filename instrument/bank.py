"""The bank: the presets that can be found by name.

Looked for in this order, the first of a name wins: `presets/` in the working folder, the user's data folder, the
presets that came with the package.
"""

from pathlib import Path

import platformdirs

from instrument.preset import SUFFIX, PresetError

DEFAULT = "bach-chorales"
_PACKAGE = Path(__file__).parent


def folders() -> list[Path]:
    """Where presets are looked for, first to last."""
    shipped = _PACKAGE / "presets"  # in an installed package; in a checkout they lie beside it
    return [
        Path.cwd() / "presets",
        platformdirs.user_data_path("eigenwalk") / "presets",
        shipped if shipped.is_dir() else _PACKAGE.parent / "presets",
    ]


def found() -> dict[str, Path]:
    """Name and path of every preset of the bank, sorted by name."""
    paths = [path for folder in reversed(folders()) for path in folder.glob(f"*{SUFFIX}")]
    nearest = {path.name.removesuffix(SUFFIX): path for path in paths}  # later ones, from nearer folders, win
    return dict(sorted(nearest.items()))


def resolve(name: str) -> Path:
    """The file of the preset called `name`, or `name` itself when it is a file. Raises PresetError."""
    if name.endswith(SUFFIX) or "/" in name or "\\" in name:
        return Path(name).expanduser()
    bank = found()
    if name not in bank:
        there = ", ".join(bank) or "none found"
        raise PresetError(f"no preset is called {name!r}; there is: {there}")
    return bank[name]
