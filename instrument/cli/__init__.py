"""The command line: one module a command, each importing what it needs only when it runs.

What flows in: arguments. What flows out: an exit status, and for anything a user can mend one line on stderr.
Nothing musical is decided here.
"""

import sys
from typing import Annotated

import typer

from instrument import __version__
from instrument.cli import (
    doctor,
    explain,
    first_run,
    fit,
    inspect,
    map,
    osc,
    play,
    ports,
    presets,
    render,
    replay,
    settings,
)
from instrument.errors import UserError

app = typer.Typer(
    name="eigenwalk",
    help="A random walk on a manifold learnt from music, played live over MIDI.",
    invoke_without_command=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(play.play)
app.command()(fit.fit)
app.command()(inspect.inspect)
app.command()(presets.presets)
app.command()(ports.ports)
app.command()(osc.osc)
app.command()(render.render)
app.command("map")(map.map_)
app.command()(explain.explain)
app.command()(replay.replay)
app.command()(doctor.doctor)
app.command()(settings.settings)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"eigenwalk {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """A random walk on a manifold learnt from music, played live over MIDI.

    Without a command: asks where the music shall go, and plays. `eigenwalk COMMAND --help` tells more.
    """
    if context.invoked_subcommand is None:
        first_run.first_run(context)


def main() -> None:
    """Run the command line; an error that a user can mend is printed as one line and exits with 1."""
    try:
        app(osc.with_port(sys.argv[1:]))
    except UserError as error:
        sys.exit(f"eigenwalk: {error}")
    except (FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError) as error:
        sys.exit(f"eigenwalk: {error.filename}: {(error.strerror or 'cannot be used').lower()}")
