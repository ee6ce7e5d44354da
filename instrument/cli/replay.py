"""`eigenwalk replay`: a session's log through the same engine, to the same bytes that were played."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from instrument.live.engine import Engine
    from instrument.notes import Output
    from instrument.preset import Preset


def replay(
    log: Annotated[Path, typer.Argument(help="The log of a session.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The .mid file to write.")],
) -> None:
    """Write what a session played as a MIDI file, from its log.

    Logs lie in the user's state folder (Linux: ~/.local/state/eigenwalk/sessions), the newest 50 of them.
    """
    from instrument.live.engine import Engine
    from instrument.midi.smf import write_smf

    lines = _lines(log)
    head = lines[0]
    presets = [_preset(entry) for entry in head["presets"]]
    engine = Engine(presets, head["seed"], head["settings"], head["bars"])
    outputs = _perform(engine, lines[1:])
    write_smf(out, outputs, engine.metre, engine.names(), presets[0].title)
    typer.echo(f"{out}: {engine.tick // engine.metre.bar_ticks} bars of {presets[0].title}, seed {head['seed']}")


def _lines(log: Path) -> list[dict[str, Any]]:
    from instrument.errors import UserError
    from instrument.live.session.log import SCHEMA

    try:
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        if lines and lines[0]["schema"] == SCHEMA:
            return lines
    except (ValueError, KeyError, TypeError):
        pass
    raise UserError(f"{log}: not the log of a session of this version")


def _preset(entry: dict[str, str]) -> "Preset":
    """The preset of a log's entry: where it lay, or wherever in the bank it lies now."""
    from instrument import bank
    from instrument.live.session.log import digest
    from instrument.preset import Preset, PresetError

    for path in [Path(entry["path"]), *bank.found().values()]:
        if path.is_file() and digest(path) == entry["sha256"]:
            return Preset.load(path)
    raise PresetError(f"{entry['path']}: not there as it was when it was played, nor anywhere in the bank")


def _perform(engine: "Engine", lines: list[dict[str, Any]]) -> "list[Output]":
    """Give the engine the inputs of `lines` at their ticks; all that it played."""
    from instrument.errors import UserError
    from instrument.live.loading import LoadPreset
    from instrument.messages import from_json

    outputs: list[Output] = []
    for line in lines:
        tick = line.get("tick", line.get("end", 0))
        outputs += engine.advance(tick)
        try:
            if "message" in line:
                engine.handle(from_json(line["message"]), tick)
            elif "load" in line:
                engine.handle(LoadPreset(_preset(line["presets"][0]), **line["load"]), tick)
        except UserError:
            pass  # what the engine refused on stage it refuses here too
    return outputs + engine.advance(engine.tick)
