"""Controller maps as files (midi room): TOML that a performer reads and edits, one file a controller.

What flows in: TOML from the user's folder and from the package. What flows out: checked ControllerMaps, found by the
name of a port; and a learnt map written back into its file, comments and all. It opens no port. A file that cannot
be used raises MapError, with one line that says where.
"""

import os
import re
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from instrument.controls import ControlError
from instrument.errors import UserError
from instrument.midi.bindings import MODES, PROGRAMS, Binding, ControllerMap, parse_target
from instrument.midi.touch import parse_touch

SHIPPED = Path(__file__).parent / "maps"
MAX_BYTES = 200_000
MAX_PARTS = 4
KEYS = {"name", "ports", "feedback", "programs", "bind"}
BIND_KEYS = {"touch", "target", "part", "mode", "low", "high", "invert", "pickup", "step"}


class MapError(UserError):
    """A controller map cannot be used; the message names the file, the place and what to do."""


@dataclass(frozen=True, slots=True)
class MapFile:
    """A map and where it came from; no path: nowhere yet."""

    map: ControllerMap
    path: Path | None = None


def user_folder() -> Path:
    """Where a performer keeps maps of his own."""
    return platformdirs.user_config_path("eigenwalk") / "controllers"


def load_map(path: Path) -> ControllerMap:
    """The map in the file at `path`. Raises MapError."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise MapError(f"{path}: cannot be read ({error.strerror})") from None
    if len(raw) > MAX_BYTES:
        raise MapError(f"{path}: more than {MAX_BYTES} bytes is no controller map")
    try:
        return parse_map(raw.decode(), path.stem)
    except UnicodeDecodeError:
        raise MapError(f"{path}: is not text in UTF-8") from None
    except MapError as error:
        raise MapError(f"{path}: {error}") from None


def parse_map(text: str, name: str = "") -> ControllerMap:
    """The map that `text` says; `name` when it does not name itself. Raises MapError."""
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise MapError(f"not TOML: {error}") from None
    _only(data, KEYS, "the map")
    rows = data.get("bind", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise MapError("bind is a list of tables, written [[bind]]")
    programs = _text(data, "programs", "grid")
    if programs not in PROGRAMS:
        raise MapError(f"programs is one of {', '.join(PROGRAMS)}, not {programs[:40]!r}")
    ports = data.get("ports", [])
    if not isinstance(ports, list) or not all(isinstance(port, str) for port in ports):
        raise MapError("ports is a list of texts")
    bindings = tuple(_row(number, row) for number, row in enumerate(rows, 1))
    return ControllerMap(_text(data, "name", name), tuple(ports), bindings, _text(data, "feedback", ""), programs)


def _row(number: int, row: Mapping[str, Any]) -> Binding:
    try:
        return _binding(row)
    except (ValueError, ControlError) as error:
        raise MapError(f"bind {number}: {error}") from None


def _binding(row: Mapping[str, Any]) -> Binding:
    _only(row, BIND_KEYS, "a bind")
    part = row.get("part")
    if part is not None and (not isinstance(part, int) or not 1 <= part <= MAX_PARTS):
        raise MapError(f"part is 1 to {MAX_PARTS}, not {str(part)[:40]}")
    touch, target = parse_touch(_text(row, "touch")), parse_target(_text(row, "target"), part and part - 1)
    mode = _text(row, "mode", "toggle" if touch.kind == "note" and target.control else "absolute")
    if mode not in MODES:
        raise MapError(f"mode is one of {', '.join(MODES)}, not {mode[:40]!r}")
    if mode.count("-") and touch.kind != "cc":
        raise MapError(f"mode {mode} is for a cc, not for {touch}")
    low, high, step = (_number(row, key) for key in ("low", "high", "step"))
    for end in (low, high):
        if end is not None and target.control:
            target.control.check(end)
    return Binding(touch, target, mode, low, high, _flag(row, "invert", False), _flag(row, "pickup", True), step)


def _only(data: Mapping[str, Any], keys: set[str], what: str) -> None:
    if odd := sorted(set(data) - keys):
        raise MapError(f"{what} has no {odd[0][:40]!r}; it has {', '.join(sorted(keys))}")


def _text(data: Mapping[str, Any], key: str, default: str | None = None) -> str:
    value = data.get(key, default)
    if not isinstance(value, str) or len(value) > 200:
        raise MapError(f"{key} is {'missing' if value is None else 'a short text, in quotes'}")
    return value


def _number(row: Mapping[str, Any], key: str) -> float | None:
    value = row.get(key)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e6):
        raise MapError(f"{key} is a number, not {str(value)[:40]!r}")
    return None if value is None else float(value)


def _flag(row: Mapping[str, Any], key: str, default: bool) -> bool:
    value = row.get(key, default)
    if not isinstance(value, bool):
        raise MapError(f"{key} is true or false, not {str(value)[:40]!r}")
    return value


def find_map(port: str, folders: Iterable[Path] | None = None) -> tuple[MapFile | None, list[str]]:
    """The map for the input port called `port`: the first file that names it, the user's folder before the package's.

    Second: what was wrong with files on the way, a line each.
    """
    wrong = []
    for folder in folders if folders is not None else (user_folder(), SHIPPED):
        for path in sorted(folder.glob("*.toml")):
            try:
                found = load_map(path)
            except MapError as error:
                wrong.append(str(error))
                continue
            if found.fits(port):
                return MapFile(found, path), wrong
    return None, wrong


def named_map(name: str, folders: Iterable[Path]) -> MapFile:
    """The map in `name`.toml of the first of `folders` that has it. Raises MapError."""
    if not re.fullmatch(r"[\w .-]+", name) or name.startswith("."):
        raise MapError(f"{name[:40]!r} is no name of a map")
    tried = [folder / f"{name}.toml" for folder in folders]
    for path in tried:
        if path.is_file():
            return MapFile(load_map(path), path)
    raise MapError(f"no controller map is called {name!r}; looked for {', '.join(map(str, tried))}")


def save_map(file: MapFile, port: str, folder: Path | None = None) -> Path:
    """Write a learnt map back into its file; comments and order stay. Raises OSError or MapError.

    A map that came with the package, or from nowhere, becomes a file in the user's folder.
    """
    folder = folder or user_folder()
    folder.mkdir(parents=True, exist_ok=True)
    old = file.path.read_text() if file.path else ""
    kept = file.path is not None and file.path.parent != SHIPPED
    own = file.path if file.path and kept else folder / f"{_slug(file.map.name, port)}.toml"
    text = edited(old, file.map, port)
    parse_map(text)  # what is written can be read
    handle, temporary = tempfile.mkstemp(dir=own.parent, prefix=f".{own.name}.")
    try:
        with os.fdopen(handle, "w") as out:
            out.write(text)
        os.chmod(temporary, 0o644)
        os.replace(temporary, own)
    finally:
        Path(temporary).unlink(missing_ok=True)
    return own


def edited(text: str, map: ControllerMap, port: str) -> str:
    """The TOML `text` changed as little as makes it say `map`; one that says nothing yet is made for `port`."""
    import tomlkit  # noqa: PLC0415  (10 ms that the start can do without)

    document = tomlkit.parse(text)
    if "ports" not in document:
        document["name"] = port if map.name == "default" else map.name
        document["ports"] = list(map.ports) or [f"*{re.sub(r'[*?[]', '?', port)}*"]
    rows = document.setdefault("bind", tomlkit.aot())
    there = [_row(number, row) for number, row in enumerate(rows.unwrap(), 1)]
    for index in reversed(range(len(there))):
        if there[index] not in map.bindings:
            del rows[index]
    for binding in map.bindings:
        if binding not in there:
            rows.append(_table(binding))
    return tomlkit.dumps(document)


def _table(binding: Binding) -> Any:
    import tomlkit  # noqa: PLC0415

    table = tomlkit.table()
    table["touch"], table["target"] = str(binding.touch), str(binding.target)
    if binding.target.part is not None:
        table["part"] = binding.target.part + 1
    for key in ("low", "high", "step"):
        if (value := getattr(binding, key)) is not None:
            table[key] = value
    if binding.mode != "absolute":
        table["mode"] = binding.mode
    if binding.invert:
        table["invert"] = True
    if not binding.pickup:
        table["pickup"] = False
    return table


def _slug(name: str, port: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", (port if name == "default" else name).lower()).strip("-") or "controller"
