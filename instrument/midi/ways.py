"""The ways in and out of one performance: which ports they are, opened together and closed together.

In: the options that name ports. Out: an output for notes, one for the clock where it has its own, and an input. On
JACK one client of our own can be all of them and place notes in time; elsewhere, and by default, rtmidi sends now.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from instrument.midi.jackport import Hear, JackClient
from instrument.midi.ports import OutputPort, RtmidiInput, find_port, open_input, open_output
from instrument.midi.systems import PortError


@dataclass(slots=True)
class Ways:
    """Open ports. `notice` is a line for the performer, or None."""

    notes: OutputPort
    clock: OutputPort | None = None
    listener: RtmidiInput | None = None
    heard: str = ""
    notice: str | None = None

    def close(self) -> None:
        """Close all of them, inputs first."""
        for port in (self.listener, self.clock, self.notes):
            if port:
                port.close()


def open_ways(options: Mapping[str, Any], hear: Hear) -> Ways:
    """Open what `options` (`out`, `in`, `api`, `placed`, `clock_port`) ask for. Raises UserError, with one line."""
    out, wanted, api = options.get("out"), options.get("in"), options.get("api")
    ways = _placed(out, hear) if options.get("placed") else _sent_now(out, api)
    try:
        if wanted or (not ways.heard and ways.notes.name != "none"):
            ways.listener = open_input(wanted, api, hear)
            ways.heard = ways.listener.name if ways.listener else ""
        if options.get("clock_port"):
            ways.clock, _ = open_output(options["clock_port"], api, "eigenwalk-clock")
    except Exception:
        ways.close()
        raise
    return ways


def _sent_now(out: str | None, api: str | None) -> Ways:
    port, notice = open_output(out, api)
    return Ways(port, notice=notice)


def _placed(out: str | None, hear: Hear) -> Ways:
    """One JACK client for both ways."""
    kind, _, name = (out or "virtual").partition(":")
    if kind not in {"virtual", "port"}:
        raise PortError(f"--placed is for JACK's ports; --out {out} has none")
    client = JackClient(name if kind == "virtual" and name else "out")
    try:
        if kind == "port":
            client.connect(find_port(name, client.destinations()))
    except Exception:
        client.close()
        raise
    client.listen(hear)
    return Ways(client, heard=client.input_name)
