"""`eigenwalk replay`: a session's log through the same engine, to the same bytes that were played."""

from pathlib import Path
from typing import Annotated

import typer


def replay(
    log: Annotated[Path, typer.Argument(help="The log of a session.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The .mid file to write.")],
) -> None:
    """Write what a session played as a MIDI file, from its log.

    Logs lie in the user's state folder (Linux: ~/.local/state/eigenwalk/sessions), the newest 50 of them.

    Example: `eigenwalk replay session.jsonl --out set.mid`.
    """
    from instrument.live.session.relive import engine_of, read_log, relive
    from instrument.midi.smf import write_smf

    lines = read_log(log)
    engine, title = engine_of(lines[0])
    outputs = relive(engine, lines[1:])
    write_smf(out, outputs, engine.metre, engine.names(), title)
    typer.echo(f"{out}: {engine.tick // engine.metre.bar_ticks} bars of {title}, seed {lines[0]['seed']}")
