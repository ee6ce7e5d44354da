"""A session lived again: its log through the same engine, to the same state and the same outputs.

In: a log's lines and a fresh engine. Out: all that it played, and an engine that stands where the session stood. It
serves `eigenwalk replay`, and whoever takes up a performance whose engine was killed. Reads files, sends nothing.
"""

import contextlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from instrument import bank
from instrument.errors import UserError
from instrument.live.engine import Engine
from instrument.live.loading import LoadPreset
from instrument.live.session.log import SCHEMA, digest
from instrument.messages import Message, from_json
from instrument.notes import Output
from instrument.preset import Preset, PresetError


def read_log(path: Path) -> list[dict[str, Any]]:
    """The lines of a session's log; a last one that was torn by a sudden end is left out. Raises UserError."""
    lines: list[dict[str, Any]] = []
    with contextlib.suppress(ValueError):
        for line in path.read_text(errors="replace").splitlines():
            lines.append(json.loads(line))
    if not lines or not isinstance(lines[0], dict) or lines[0].get("schema") != SCHEMA:
        raise UserError(f"{path}: not the log of a session of this version")
    return lines


def engine_of(head: dict[str, Any]) -> tuple[Engine, str]:
    """The engine as it was made, by a log's first line, and the first preset's title. Raises UserError."""
    try:
        presets = [_preset(entry) for entry in head["presets"]]
        return Engine(presets, int(head["seed"]), head["settings"], head["bars"]), presets[0].title
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise UserError(f"the log's first line does not say what was played ({error!r})") from error


def relive(engine: Engine, lines: Sequence[dict[str, Any]], until: int | None = None) -> list[Output]:
    """Give the engine the inputs of `lines` at their ticks, to tick `until` or the end; all that it played."""
    outputs: list[Output] = []
    for line in lines:
        tick = line.get("tick", line.get("end", 0))
        outputs += engine.advance(tick)
        with contextlib.suppress(UserError):  # what the engine refused on stage it refuses here too
            if (message := message_of(line)) is not None:
                engine.handle(message, tick)
    return outputs + engine.advance(engine.tick if until is None else max(until, engine.tick))


def message_of(line: dict[str, Any]) -> Message | LoadPreset | None:
    """What the engine took in by a line of the log; None for the line that tells the end."""
    if "message" in line:
        return from_json(line["message"])
    if "load" in line:
        return LoadPreset(_preset(line["presets"][0]), **line["load"])
    return None


def _preset(entry: dict[str, str]) -> Preset:
    """The preset of a log's entry: where it lay, or wherever in the bank it lies now."""
    for path in [Path(entry["path"]), *bank.found().values()]:
        if path.is_file() and digest(path) == entry["sha256"]:
            return Preset.load(path)
    raise PresetError(f"{entry['path']}: not there as it was when it was played, nor anywhere in the bank")
