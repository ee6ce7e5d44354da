"""The session's log: preset hashes, seed and every input with its tick, from which the same bytes can be made again.

In: messages as the engine takes them in. Out: a file of JSON lines in a folder, of which the newest 50 are kept. A
thread of its own writes it: hashing and disks are slow. The first line says what the engine was made of; the last how
far it went. A folder that cannot be written, fills up or vanishes costs a line: all of the log goes on elsewhere.
"""

import contextlib
import errno
import hashlib
import json
import os
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from io import RawIOBase
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from instrument.messages import Command, Heard, Set, to_json

KEPT = 50
GATHERED_S = (
    0.02  # lines are written together: one by one, a flood of messages cost the clock's core a third of itself
)
SUFFIX = ".jsonl"
SCHEMA = 1
PRIVATE = 0o600  # what somebody plays is his own affair
NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


def digest(path: Path) -> str:
    """SHA-256 of a file, as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def preset_entry(path: Path) -> dict[str, str]:
    """How a log names a preset. One that is gone has no hash, and cannot be found again."""
    try:
        return {"path": str(path), "sha256": digest(path)}
    except OSError:
        return {"path": str(path), "sha256": ""}


def _create(folder: Path) -> tuple[Path, RawIOBase]:
    """A new, private file in `folder`. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{datetime.now().strftime('%Y%m%d-%H%M%S-%f')}{SUFFIX}"
    return path, os.fdopen(os.open(path, NEW, PRIVATE), "w+b", buffering=0)


def _create_elsewhere() -> tuple[Path, RawIOBase]:
    """A new, private file in the folder for temporary ones. Raises OSError."""
    descriptor, path = tempfile.mkstemp(SUFFIX, "eigenwalk-session-")
    return Path(path), os.fdopen(descriptor, "w+b", buffering=0)


class LineFile:
    """A file of lines that survives its folder: where a line cannot be written, all of them move elsewhere, once.

    `moved` is told the new path, or None when nothing can be written any more, and why.
    """

    def __init__(self, folder: Path, moved: Callable[[Path | None, str], None]) -> None:
        self._moved, self.path = moved, folder
        self._file: RawIOBase | None = None
        self._size = 0  # bytes of whole lines
        self._fled = False
        try:
            self.path, self._file = _create(folder)
        except OSError as error:
            self._flee(error)

    def write(self, text: str) -> None:
        """Write a line, or several; never raises OSError."""
        data = text.encode() + b"\n"
        try:
            if self._file and not self.path.exists():
                raise FileNotFoundError(errno.ENOENT, "it was deleted")
            self._put(data)
        except OSError as error:
            self._flee(error, data)

    def close(self) -> None:
        """Close it."""
        if self._file:
            with contextlib.suppress(OSError):
                self._file.close()

    def _put(self, data: bytes) -> None:
        rest = data
        while rest and self._file:
            rest = rest[self._file.write(rest) :]
        self._size += len(data)

    def _flee(self, why: OSError, data: bytes = b"") -> None:
        """Go on elsewhere with what there is and `data`; a file that was deleted can be read while it is open."""
        known = b""
        if self._file:
            with contextlib.suppress(OSError):
                self._file.seek(0)
                known = self._file.read(self._size) or b""
            self.close()
        self._file, self._size = None, 0
        if not self._fled:
            self._fled = True
            with contextlib.suppress(OSError):
                self.path, self._file = _create_elsewhere()
                self._put(known + data)
                self._moved(self.path, str(why.strerror))
                return
            self.close()
            self._file = None
        self._moved(None, str(why.strerror))


class SessionLog:
    """`header` is the JSON object of the first line, whose "presets" are paths.

    `alert` takes a line for the performer; `moved` the path of the log when that is no longer what it was.
    """

    def __init__(
        self,
        folder: Path,
        header: Mapping[str, Any],
        alert: Callable[[str], None],
        moved: Callable[[Path], None] = lambda path: None,
    ) -> None:
        self._folder, self._alert, self._tell_path = folder, alert, moved
        self._file = LineFile(folder, self._moved)
        self._queue: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
        self._queue.put({"schema": SCHEMA, **header})
        self._thread = threading.Thread(target=self._write, name="log", daemon=True)
        self._thread.start()

    @property
    def path(self) -> Path:
        """Where it lies now."""
        return self._file.path

    def note(self, message: Any, tick: int) -> None:
        """The engine takes in `message` at `tick`."""
        if isinstance(message, Set | Command | Heard):
            self._queue.put({"tick": tick, "message": to_json(message)})
        else:  # a preset that was loaded: its path stands for it, and is hashed by the writer
            rest = {f.name: getattr(message, f.name) for f in fields(message) if f.init and f.name != "preset"}
            self._queue.put({"tick": tick, "load": rest, "presets": [str(message.preset.path)]})

    def close(self, tick: int) -> None:
        """The session ended at `tick`."""
        self._queue.put({"end": tick})
        self._queue.put(None)
        self._thread.join(5.0)

    def _moved(self, path: Path | None, why: str) -> None:
        if path is None:
            self._alert(f"the session's log cannot be written ({why}), nor can any other folder; it ends here")
            return
        self._alert(f"the session's log cannot be written in {self._folder} ({why}); it goes on in {path}")
        self._tell_path(path)

    def _write(self) -> None:
        ended = False
        while not ended:
            lines = [self._queue.get()]
            while not self._queue.empty():
                lines.append(self._queue.get())
            ended = lines[-1] is None
            if texts := [self._text(line) for line in lines if line is not None]:
                self._file.write("\n".join(texts))
            time.sleep(0 if ended else GATHERED_S)
        self._file.close()
        self._forget_old()

    @staticmethod
    def _text(line: dict[str, Any]) -> str:
        if "presets" in line:
            line["presets"] = [preset_entry(Path(path)) for path in line["presets"]]
        return json.dumps(line)

    def _forget_old(self) -> None:
        for old in sorted(self._folder.glob(f"*{SUFFIX}"))[:-KEPT]:
            with contextlib.suppress(OSError):
                old.unlink()
