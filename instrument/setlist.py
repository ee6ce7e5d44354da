"""Set lists: what is played in which order, as TOML that a performer writes or saves while it plays.

What flows in: TOML from a stranger's hand. What flows out: a checked, frozen SetList, or SetListError with one line
that says where; and the text of a set list with one more entry. Presets are named as the bank names them, or by files
in the set list's own folder and below: no path leaves it. Nothing here loads a preset or plays.
"""

import os
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from instrument import bank
from instrument.controls import GLOBAL, PART, Control, ControlError
from instrument.errors import UserError
from instrument.messages import Status
from instrument.preset import SUFFIX, PresetError

MAX_BYTES = 1_000_000
MAX_ENTRIES, MAX_PARTS, MAX_TEXT = 999, 4, 2000
KEYS = {"title", "entry"}
ENTRY_KEYS = {"name", "notes", "tempo", "controls", "maps", "part"}
PART_KEYS = {"preset", "controls"}


class SetListError(UserError):
    """A set list cannot be used; the message names the file, the place and what to do."""


@dataclass(frozen=True, slots=True)
class EntryPart:
    """One walker of an entry: its preset as written, and values of controls by name."""

    preset: str
    controls: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a set list. `controls` are those of the whole performance; `maps` name controller maps."""

    name: str
    parts: tuple[EntryPart, ...]
    controls: Mapping[str, float]
    maps: tuple[str, ...] = ()
    notes: str = ""


@dataclass(frozen=True, slots=True)
class SetList:
    """A set list and the folder that its files lie in."""

    title: str
    entries: tuple[Entry, ...]
    folder: Path

    def file(self, part: EntryPart) -> Path:
        """The file of a part's preset. Raises PresetError when the bank has none of that name."""
        if _is_path(part.preset):
            return self.folder / part.preset
        return bank.resolve(part.preset)

    def missing(self) -> list[str]:
        """A line for each preset that is not there."""
        lines = []
        for number, entry in enumerate(self.entries, 1):
            for part in entry.parts:
                try:
                    if self.file(part).is_file():
                        continue
                    why = "no such file"
                except PresetError:
                    why = "not in the bank"
                lines.append(f"entry {number} ({entry.name}): preset {part.preset!r} is missing, {why}")
        return lines


def load_setlist(path: Path) -> SetList:
    """The set list in the file at `path`. Raises SetListError."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise SetListError(f"more than {MAX_BYTES} bytes is no set list")
        return parse_setlist(raw.decode(), path.absolute().parent, path.stem)
    except OSError as error:
        raise SetListError(f"{path}: cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise SetListError(f"{path}: is not text in UTF-8") from None
    except SetListError as error:
        raise SetListError(f"{path}: {error}") from None


def parse_setlist(text: str, folder: Path, title: str = "") -> SetList:
    """The set list that `text` says, its files below `folder`. Raises SetListError."""
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SetListError(f"not TOML: {error}") from None
    _only(data, KEYS, "a set list")
    rows = _tables(data, "entry")
    if not 1 <= len(rows) <= MAX_ENTRIES:
        raise SetListError(f"it has {len(rows)} entries, written [[entry]]; 1 to {MAX_ENTRIES} are needed")
    entries = []
    for number, row in enumerate(rows, 1):
        try:
            entries.append(_entry(row, folder, f"entry {number}"))
        except (SetListError, ControlError) as error:
            raise SetListError(f"entry {number}: {error}") from None
    return SetList(_text(data, "title", title), tuple(entries), folder)


def _entry(row: Mapping[str, Any], folder: Path, name: str) -> Entry:
    _only(row, ENTRY_KEYS, "an entry")
    parts = _tables(row, "part")
    if not 1 <= len(parts) <= MAX_PARTS:
        raise SetListError(f"it has {len(parts)} parts, written [[entry.part]]; 1 to {MAX_PARTS} are needed")
    controls = _controls(row, GLOBAL)
    if "tempo" in row:
        controls |= _checked(GLOBAL, "tempo", row["tempo"])
    maps = row.get("maps", [])
    if not isinstance(maps, list) or not all(isinstance(item, str) for item in maps):
        raise SetListError("maps is a list of names")
    checked = tuple(_part(part, folder) for part in parts)
    return Entry(_text(row, "name", name), checked, controls, tuple(maps), _text(row, "notes", ""))


def _part(row: Mapping[str, Any], folder: Path) -> EntryPart:
    _only(row, PART_KEYS, "a part")
    preset = _text(row, "preset")
    if not preset or "\0" in preset:
        raise SetListError("a part needs a preset")
    if _is_path(preset):
        _contain(preset, folder)
    return EntryPart(preset, _controls(row, PART))


def _is_path(preset: str) -> bool:
    return preset.endswith(SUFFIX) or "/" in preset or "\\" in preset


def _contain(preset: str, folder: Path) -> None:
    """Raise SetListError unless the file lies in `folder` or below it, links followed."""
    pure = PurePosixPath(preset)
    outside = pure.is_absolute() or ".." in pure.parts or "\\" in preset or ":" in preset or preset.startswith("~")
    try:
        outside = outside or not (folder / preset).resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # a name too long, a loop of links
        outside = True
    if outside:
        raise SetListError(f"preset {preset[:80]!r} leaves the set list's folder; put the file beside the set list")


def _controls(row: Mapping[str, Any], table: Mapping[str, Control]) -> dict[str, float]:
    given = row.get("controls", {})
    if not isinstance(given, dict):
        raise SetListError("controls is a table of names and values")
    controls: dict[str, float] = {}
    for name, value in given.items():
        controls |= _checked(table, name, value)
    return controls


def _checked(table: Mapping[str, Control], name: str, value: Any) -> dict[str, float]:
    if name not in table:
        raise SetListError(f"no control is called {name[:40]!r} here; there is {', '.join(table)}")
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise SetListError(f"{name} takes {table[name].span()}, not {str(value)[:40]}")
    return {name: table[name].check(value)}


def _tables(data: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    rows = data.get(key, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise SetListError(f"{key} is a list of tables, written [[{key}]]")
    return rows


def _only(data: Mapping[str, Any], keys: set[str], what: str) -> None:
    if odd := sorted(set(data) - keys):
        raise SetListError(f"{what} has no {odd[0][:40]!r}; it has {', '.join(sorted(keys))}")


def _text(data: Mapping[str, Any], key: str, default: str | None = None) -> str:
    value = data.get(key, default)
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise SetListError(f"{key} is {'missing' if value is None else 'a text, in quotes'}")
    return value


def entry_of(status: Status, name: str, folder: Path) -> Entry:
    """What plays now as an entry: every part with all its controls, and the tempo.

    Raises SetListError when a preset is neither in the bank nor below `folder`.
    """
    named = {path.resolve(): key for key, path in bank.found().items()}
    parts = []
    for part in status.parts:
        path = Path(part.preset).resolve()
        if path in named:
            preset = named[path]
        elif path.is_relative_to(folder.resolve()):
            preset = path.relative_to(folder.resolve()).as_posix()
        else:
            raise SetListError(f"{path} is neither in the bank nor below {folder}; the set cannot name it")
        parts.append(EntryPart(preset, dict(part.controls)))
    return Entry(name, tuple(parts), {"tempo": status.controls["tempo"]})


def with_entry(text: str, entry: Entry) -> str:
    """The set list `text` with `entry` at its end; what stood there stays as it was, comments too."""
    import tomlkit  # noqa: PLC0415  (10 ms that the start can do without)

    document = tomlkit.parse(text)
    table = tomlkit.table()
    table["name"], table["notes"] = entry.name, entry.notes
    if "tempo" in entry.controls:
        table["tempo"] = entry.controls["tempo"]
    parts = tomlkit.aot()
    for part in entry.parts:
        row, controls = tomlkit.table(), tomlkit.table()
        row["preset"] = part.preset
        for name, value in part.controls.items():
            control = PART[name]
            controls[name] = control.choices[int(value)] if control.choices else _plain(value)
        row["controls"] = controls
        parts.append(row)
    table["part"] = parts
    entries = document.setdefault("entry", tomlkit.aot())
    if entries or text.strip():
        entries.append(table)
        entries[-1].trivia.indent = "\n"
    else:
        entries.append(table)
    return tomlkit.dumps(document)


def _plain(value: float) -> float | int:
    return int(value) if value == int(value) else round(value, 6)


def save_entry(path: Path, entry: Entry) -> None:
    """Append `entry` to the set list at `path`, new when there is none, whole or not at all.

    Raises OSError, or SetListError when what is there cannot be read.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    old = path.read_text() if path.exists() else ""
    text = with_entry(old, entry)
    parse_setlist(text, path.absolute().parent)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w") as out:
            out.write(text)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    finally:
        Path(temporary).unlink(missing_ok=True)
