"""The rooms and which way imports may point; who may import which library. Read from the source, not by importing."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "instrument"
CORE = {
    "notes",
    "tempo",
    "controls",
    "commands",
    "messages",
    "preset",
    "packing",
    "bank",
    "energy",
    "progressions",
    "likeness",
    "errors",
    "setlist",
}
# a room may import the core, itself and these
ROOMS = {"fit": set(), "live": set(), "midi": {"live"}, "ui": {"live", "midi"}, "cli": {"fit", "live", "midi", "ui"}}

# library: the paths (from the package, as regular expressions) that may import it
LIBRARIES = {
    r"sklearn|scipy|faiss|symusic|joblib|music21|dask|distributed|umap|pyamg": r"fit/",
    r"mido|rtmidi|jack|pythonosc|LinkPython|link|fluidsynth|sounddevice": r"midi/|fit/corpus|fit/read",
    r"prompt_toolkit": r"ui/",
    r"typer|rich": r"cli/",
    r"threading|multiprocessing|subprocess|signal|time|select|queue|asyncio": r"live/session|midi/|ui/|cli/|fit/",
    r"datetime": r"cli/|live/session|midi/capture",
    r"pickle|marshal|shelve|dill|cloudpickle": r"(?!)",
    r"socket|http|urllib|requests": r"midi/osc",
}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def imported(path: Path) -> list[tuple[str, bool]]:
    """Dotted names that a module imports, and whether at its top level."""
    tree = ast.parse(path.read_text())
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [(alias.name, node in tree.body) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides the room it points to"
            assert node.module
            names += [(f"{node.module}.{alias.name}", node in tree.body) for alias in node.names]
    return names


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_one_way(path: Path) -> None:
    place = path.relative_to(PACKAGE)
    room = place.parts[0].removesuffix(".py") if len(place.parts) == 1 else place.parts[0]
    for name, _ in imported(path):
        parts = name.split(".")
        if parts[0] == "instrument" and room not in {"__main__", "__init__"} and len(parts) > 1:
            target = parts[1]
            if target in ROOMS or target in CORE:
                assert target in CORE | {room} | ROOMS.get(room, set()), f"{place} may not import {name}"
        for libraries, places in LIBRARIES.items():
            if re.fullmatch(libraries, parts[0]):
                assert re.match(places, str(place)), f"{place} may not import {name}"


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_no_eval_and_a_docstring(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree), f"{path} does not say what it is"
    called = {
        node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not called & {"eval", "exec", "__import__"}


def test_live_prints_nothing() -> None:
    for path in (PACKAGE / "live").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in {"print", "input", "open"}, f"{path}:{node.lineno}"


def test_top_level_holds_what_the_customer_fixed() -> None:
    fixed = {"pyproject.toml", "README.md", "instrument", "presets", "tests", "scripts", "LICENSE", "CHANGELOG.md"}
    built = {"build", "dist"}  # what packaging leaves; git ignores it
    there = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert there - built - {"eigenwalk.egg-info"} == fixed
