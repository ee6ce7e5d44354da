"""`eigenwalk presets`: what can be played by name."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer


def presets(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")] = False,
) -> None:
    """List the presets that can be played by name: title, size, source and licence."""
    from instrument import bank

    rows = [_row(name, path) for name, path in bank.found().items()]
    if as_json:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    elif not rows:
        typer.echo("no presets found; `eigenwalk fit FOLDER --name NAME` makes one")
    else:
        typer.echo("\n".join(map(_text, rows)))


def _row(name: str, path: Path) -> dict[str, Any]:
    from instrument.preset import Preset, PresetError

    row: dict[str, Any] = {"name": name, "path": str(path)}
    try:
        preset = Preset.load(path)
    except PresetError as error:
        return row | {"error": str(error)}
    return row | {
        "title": preset.title,
        "segments": len(preset),
        "pieces": len(preset.meta["pieces"]),
        "metre": "/".join(map(str, preset.metre)),
        "source": preset.meta["source"],
        "licence": preset.meta["licence"],
    }


def _text(row: dict[str, Any]) -> str:
    if "error" in row:
        return f"{row['name']:16} cannot be used: {row['error']}"
    size = f"{row['segments']} beats of {row['pieces']} pieces in {row['metre']}"
    return f"{row['name']:16} {row['title']}: {size}\n{'':16} {row['source']}; {row['licence']}"
