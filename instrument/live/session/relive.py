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
from instrument.controls import ControlError
from instrument.errors import UserError
from instrument.live.engine import Engine
from instrument.live.loading import LoadPreset
from instrument.live.session.log import SCHEMA, digest
from instrument.messages import Message, MessageError, from_json
from instrument.notes import Output
from instrument.preset import Preset, PresetError

_LOADED = {"part": int, "morph_bars": int, "add": bool, "controls": dict, "now": bool}  # fields of LoadPreset


def read_log(path: Path) -> list[dict[str, Any]]:
    """The lines of a session's log; a last one that was torn by a sudden end is left out. Raises UserError."""
    lines: list[Any] = []
    with contextlib.suppress(ValueError, RecursionError):
        for line in path.read_text(errors="replace").splitlines():
            lines.append(json.loads(line))
    if not lines or not isinstance(lines[0], dict) or lines[0].get("schema") != SCHEMA:
        raise UserError(f"{path}: not the log of a session of this version")
    was = 0
    for number, line in enumerate(lines[1:], 2):
        tick = _tick(line) if isinstance(line, dict) else None
        if not isinstance(tick, int) or tick < was:
            raise UserError(f"{path}: line {number} is none of a session's log")
        was = tick
    return lines


def engine_of(head: dict[str, Any]) -> tuple[Engine, str]:
    """The engine as it was made, by a log's first line, and the first preset's title. Raises UserError."""
    try:
        presets = [_preset(entry) for entry in head["presets"]]
        return Engine(presets, int(head["seed"]), head["settings"], head["bars"]), presets[0].title
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise UserError(f"the log's first line does not say what was played ({error!r})") from error


def relive(engine: Engine, lines: Sequence[dict[str, Any]], until: int | None = None) -> list[Output]:
    """Give the engine the inputs of `lines` at their ticks, to tick `until` or the end; all that it played.

    Raises UserError when a preset that was played is not to be had: another would be another performance.
    """
    outputs: list[Output] = []
    for line in lines:
        tick = _tick(line)
        outputs += engine.advance(tick)
        with contextlib.suppress(MessageError, ControlError):  # what the engine refused on stage it refuses here too
            if (message := message_of(line)) is not None:
                engine.handle(message, tick)
    return outputs + engine.advance(engine.tick if until is None else max(until, engine.tick))


def message_of(line: dict[str, Any]) -> Message | LoadPreset | None:
    """What the engine took in by a line of the log; None for the line that tells the end. Raises UserError."""
    if "message" in line:
        return from_json(line["message"])
    if "load" not in line:
        return None
    try:
        loaded = {name: _LOADED[name](value) for name, value in line["load"].items()}
        return LoadPreset(_preset(line["presets"][0]), **loaded)
    except PresetError:
        raise
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise UserError(f"a line of the log does not say what was loaded ({error!r})") from error


def _tick(line: dict[str, Any]) -> Any:
    return line.get("tick", line.get("end"))


def _preset(entry: dict[str, str]) -> Preset:
    """The preset of a log's entry: where it lay, or wherever in the bank it lies now."""
    for path in [Path(entry["path"]), *bank.found().values()]:
        if path.is_file() and digest(path) == entry["sha256"]:
            return Preset.load(path)
    raise PresetError(f"{entry['path']}: not there as it was when it was played, nor anywhere in the bank")
