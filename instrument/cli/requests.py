"""What `eigenwalk play` is asked beside a preset: a set list, OSC.

What flows in: options as they were typed. What flows out: what they come to, or UserError with one line.
"""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from instrument.live.session.process import EngineProcess


def split(settings: Sequence[str]) -> tuple[Path | None, list[str]]:
    """The set list among the values of --set, if there is one, and the settings. Raises UserError."""
    from instrument.errors import UserError

    lists = [text for text in settings if "=" not in text and text.endswith(".toml")]
    if len(lists) > 1:
        raise UserError(f"one set list at a time, not {' and '.join(lists)}")
    return Path(lists[0]).expanduser() if lists else None, [text for text in settings if text not in lists]


def presets(set_list: Path | None, preset: str) -> list[str]:
    """The files that the performance begins with: the set list's, all of whose presets are looked at, or `preset`."""
    from instrument import bank

    if set_list is None:
        return [str(bank.resolve(preset).absolute())]
    from instrument.midi.running import first_presets

    return [str(path.absolute()) for path in first_presets(set_list)]


@contextlib.contextmanager
def osc(engine: "EngineProcess", address: str | None) -> Iterator[None]:
    """Answer OSC at `address` ([HOST:]PORT; None: do not) while the block runs. Raises UserError."""
    if address is None:
        yield
        return
    from instrument.errors import UserError
    from instrument.midi.osc import LOOPBACK, OscServer

    host, _, port = address.rpartition(":")
    if not port.isdecimal() or not 0 < int(port) < 65_536:
        raise UserError(f"--osc takes [HOST:]PORT, not {address!r}")
    server = OscServer(engine, int(port), host.strip("[]") or LOOPBACK)
    if not server.private:
        typer.echo(f"OSC listens on {host}: anyone on that network can play this instrument", err=True)
    try:
        yield
    finally:
        server.close()
