"""`eigenwalk ports`: the MIDI systems of this machine and their ports."""

import json
from typing import Annotated, Any

import typer


def ports(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")] = False,
) -> None:
    """List the MIDI systems of this machine and their ports."""
    from instrument.midi.ports import input_names, output_names
    from instrument.midi.systems import LOOPMIDI, no_system, systems

    rows: list[dict[str, Any]] = [
        {
            "api": system.key,
            "name": system.name,
            "virtual": system.virtual,
            "outputs": output_names(system),
            "inputs": input_names(system),
        }
        for system in systems()
    ]
    if as_json:
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    if not rows:
        typer.echo(no_system())
    for row in rows:
        typer.echo(f"{row['name']} (--midi-api {row['api']})")
        if not row["virtual"]:
            typer.echo(f"  no virtual ports here: {LOOPMIDI}")
        for kind in ("outputs", "inputs"):
            for name in row[kind]:
                typer.echo(f"  {'--out port:' if kind == 'outputs' else '--in '}{name}")
