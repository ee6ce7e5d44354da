"""`eigenwalk osc`: the OSC addresses that `play --osc` answers to."""

from typing import Annotated

import typer


def osc(
    listing: Annotated[bool, typer.Option("--list", help="Print every address, what it takes and what it does.")] = True,
) -> None:
    """Print the table of OSC addresses that `eigenwalk play --osc` answers to."""
    from instrument.midi import addresses

    typer.echo(addresses.listing())
