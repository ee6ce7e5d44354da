"""The session's log: preset hashes, seed and every input with its tick, from which the same bytes can be made again.

In: messages as the engine takes them in. Out: a file of JSON lines in a folder, of which the newest 50 are kept. A
thread of its own writes it: hashing and disks are slow. The first line says what the engine was made of; the last how
far it went.
"""

import contextlib
import hashlib
import json
import threading
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from instrument.messages import Command, Heard, Set, to_json

KEPT = 50
SUFFIX = ".jsonl"
SCHEMA = 1


def digest(path: Path) -> str:
    """SHA-256 of a file, as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def preset_entry(path: Path) -> dict[str, str]:
    """How a log names a preset."""
    return {"path": str(path), "sha256": digest(path)}


class SessionLog:
    """`header` is the JSON object of the first line, whose "presets" are paths."""

    def __init__(self, folder: Path, header: Mapping[str, Any]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{datetime.now().strftime('%Y%m%d-%H%M%S-%f')}{SUFFIX}"
        self._queue: SimpleQueue[dict[str, Any] | None] = SimpleQueue()
        self._queue.put({"schema": SCHEMA, **header})
        self._thread = threading.Thread(target=self._write, args=(folder,), name="log", daemon=True)
        self._thread.start()

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

    def _write(self, folder: Path) -> None:
        with contextlib.suppress(OSError), self.path.open("w") as file:
            while (line := self._queue.get()) is not None:
                if "presets" in line:
                    line["presets"] = [preset_entry(Path(path)) for path in line["presets"]]
                file.write(json.dumps(line) + "\n")
                if self._queue.empty():
                    file.flush()
        for old in sorted(folder.glob(f"*{SUFFIX}"))[:-KEPT]:
            with contextlib.suppress(OSError):
                old.unlink()
