"""`eigenwalk osc`: the OSC addresses that `play --osc` answers to; and the port when none is said."""

import re
from collections.abc import Sequence
from typing import Annotated

import typer

DEFAULT = "9010"


def osc(
    listing: Annotated[bool, typer.Option("--list", help="Print every address, what it takes, what it does.")] = True,
) -> None:
    """Print the table of OSC addresses that `eigenwalk play --osc` answers to."""
    from instrument.midi import addresses

    typer.echo(addresses.listing())


def with_port(args: Sequence[str]) -> list[str]:
    """`args` with the default port after an `--osc` that has none: typer knows no options with a value or without."""
    given = list(args)
    for place, arg in enumerate(given):
        following = given[place + 1] if place + 1 < len(given) else ""
        if arg == "--osc" and not re.fullmatch(r"(.*:)?\d+", following):
            given[place] = f"--osc={DEFAULT}"
    return given
