"""The ways in and out of one performance: which ports they are, opened together and closed together.

In: the options that name ports. Out: an output for notes, one for the clock where it has its own, and an input. On
JACK one client of our own can be all of them and place notes in time; elsewhere, and by default, rtmidi sends now.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from instrument.messages import Status
from instrument.midi.jackport import Hear, JackClient
from instrument.midi.jackwatch import JackWatch
from instrument.midi.lasting import Keeper, LastingOutput
from instrument.midi.ports import OutputPort, RtmidiInput, RtmidiOutput, find_port, open_input, open_output
from instrument.midi.systems import PortError, find


@dataclass(slots=True)
class Ways:
    """Open ports. `notice` is a line for the performer, or None."""

    notes: OutputPort
    clock: OutputPort | None = None
    listener: RtmidiInput | None = None
    heard: str = ""
    notice: str | None = None
    keeper: Keeper | None = None

    def shown(self, status: Status) -> Status:
        """`status` with who listens at the output."""
        connected = self.keeper.connected if self.keeper else ()
        return replace(status, health=replace(status.health, connected=connected)) if connected else status

    def close(self) -> None:
        """Close all of them, inputs first."""
        kept = (self.keeper,) if self.keeper else (self.listener, self.notes)
        for port in (self.clock, *kept):
            if port:
                port.close()


def open_ways(options: Mapping[str, Any], hear: Hear, tell: Callable[[str], None] = lambda _: None) -> Ways:
    """Open what `options` (`out`, `in`, `api`, `placed`, `clock_port`) ask for. Raises UserError, with one line.

    `tell` takes a line for the performer when the MIDI system goes away, and when it is back.
    """
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
    if isinstance(ways.notes, RtmidiOutput):
        _keep(ways, out, wanted, api, hear, tell)
    return ways


def _keep(
    ways: Ways, out: str | None, wanted: str | None, api: str | None, hear: Hear, tell: Callable[[str], None]
) -> None:
    """Let JACK's ports outlive their server; other systems live in the kernel and do not go away."""

    def reopen() -> tuple[OutputPort, RtmidiInput | None]:
        port, _ = open_output(out or "virtual", "jack")
        try:
            return port, open_input(wanted, "jack", hear) if ways.heard else None
        except Exception:
            port.close()
            raise

    system = find(api)
    if system is None or system.key != "jack":
        return
    lasting = LastingOutput(ways.notes)
    try:
        ways.keeper = Keeper(lasting, ways.listener, reopen, JackWatch, tell)
    except OSError:  # a JACK whose library is not where it is looked for: it plays, unwatched
        return
    ways.notes = lasting


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
