"""`eigenwalk render`: the walk as a .mid file, as fast as the machine can."""

from pathlib import Path
from typing import Annotated

import typer


def render(
    preset: Annotated[str, typer.Argument(help="a preset of the bank, or its file")],
    out: Annotated[Path, typer.Option("--out", "-o", help="the .mid file to write")],
    bars: Annotated[int, typer.Option(min=1, max=100_000, help="how many bars to play")] = 16,
    seed: Annotated[int, typer.Option(help="same seed, same music")] = 1,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="start with a control at a value")
    ] = None,
) -> None:
    """Write what `play` would play with that seed as a MIDI file: same engine, no clock."""
    from instrument.bank import resolve
    from instrument.controls import parse_setting
    from instrument.live.engine import Engine
    from instrument.live.render import render as run
    from instrument.midi.smf import write_smf
    from instrument.preset import Preset

    chosen = dict(parse_setting(text) for text in settings or ())
    engine = Engine([Preset.load(resolve(preset))], seed, chosen, bars)
    outputs = run(engine, bars * engine.metre.bar_ticks)
    title = engine.parts[0].material.preset.title
    write_smf(out, outputs, engine.metre, engine.names(), title)
    typer.echo(f"{out}: {bars} bars of {title}, seed {seed}")
