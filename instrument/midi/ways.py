"""The ways in and out of one performance: which ports they are, opened together and closed together.

In: the options that name ports. Out: an output for notes, one for the clock where it has its own, and the inputs. On
JACK one client of our own can be all of them and place notes in time; elsewhere, and by default, rtmidi sends now.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from instrument.messages import Status
from instrument.midi.apart import ApartOutput, open_apart
from instrument.midi.inputs import Closable, Ear, Hear, Inputs
from instrument.midi.jackport import JackClient
from instrument.midi.jackwatch import JackWatch
from instrument.midi.keeper import Keeper, Lookout
from instrument.midi.lasting import LastingOutput
from instrument.midi.output import OutputPort
from instrument.midi.ports import InputNames, RtmidiOutput, find_port, open_input
from instrument.midi.systems import PortError, find, no_system


@dataclass(slots=True)
class Ways:
    """Open ports. `notice` is a line for the performer, or None; `keeper` closes the inputs, and its output."""

    notes: OutputPort
    notice: str | None = None
    clock: OutputPort | None = None
    inputs: Inputs | None = None
    keeper: Keeper | Lookout | None = None

    @property
    def heard(self) -> tuple[str, ...]:
        """Names of the inputs that are heard now."""
        return self.inputs.names if self.inputs else ()

    def shown(self, status: Status) -> Status:
        """`status` with who is heard, and who listens at the output."""
        connected = self.keeper.connected if isinstance(self.keeper, Keeper) else ()
        return replace(status, health=replace(status.health, input=", ".join(self.heard), connected=connected))

    def close(self) -> None:
        """Close all of them: what writes a file or plays by itself, then inputs, then ports of the MIDI system."""
        by_itself = not isinstance(self.notes, LastingOutput | RtmidiOutput | JackClient)
        if by_itself:
            self.notes.close()
        keeps_notes = by_itself or isinstance(self.notes, LastingOutput)
        for way in (self.clock, self.keeper or self.inputs, None if keeps_notes else self.notes):
            if way:
                way.close()


@dataclass(frozen=True, slots=True)
class PlacedInput:
    """The input of a JACK client of our own, which closes with it."""

    name: str

    def close(self) -> None:
        """Nothing to close."""


def open_ways(options: Mapping[str, Any], hear: Hear, tell: Callable[[str], None] = lambda _: None) -> Ways:
    """Open what `options` (`out`, `in`, `api`, `placed`, `clock_port`) ask for. Raises UserError, with one line.

    `tell` takes a line for the performer when a port or the MIDI system goes away, and when it is back.
    """
    out, wanted, api = options.get("out"), options.get("in") or (), options.get("api")
    client = _placed(out) if options.get("placed") else None
    realtime = options.get("realtime", True)
    ways = Ways(client) if client else Ways(*open_apart(out, api, realtime=realtime))
    try:
        if wanted or ways.notes.name != "none":
            _listen(ways, client, options, hear, tell)
        if options.get("clock_port"):
            ways.clock, _ = open_apart(options["clock_port"], api, "eigenwalk-clock", realtime)
    except Exception:
        ways.close()
        raise
    return ways


def _listen(
    ways: Ways,
    client: JackClient | None,
    options: Mapping[str, Any],
    hear: Hear,
    tell: Callable[[str], None],
) -> None:
    """Open the inputs, and have all ports looked after."""
    wanted: Sequence[str] = options.get("in") or ()
    system = find(options.get("api"))
    if system is None:
        if wanted:
            raise PortError(no_system())
        return

    def opened(name: str | None, ear: Ear) -> Closable | None:
        if name is None and client:
            client.listen(ear)
            return PlacedInput(client.input_name)
        return open_input(name, system.key, ear)

    names = InputNames(system)
    ways.inputs = Inputs(wanted, system.virtual, names(), opened, hear, tell)
    if system.key != "jack":
        ways.keeper = Lookout(ways.inputs, names)
        return
    names.close()
    lasting = None
    if isinstance(ways.notes, ApartOutput) and not ways.notes.name.startswith("probe:"):
        lasting = LastingOutput(ways.notes)
    reopen = partial(_reopened, options)
    try:
        ways.keeper = Keeper(lasting, ways.inputs, reopen, JackWatch, tell)
    except OSError:  # a JACK whose library is not where it is looked for: it plays, unwatched
        return
    ways.notes = lasting or ways.notes


def _reopened(options: Mapping[str, Any]) -> ApartOutput:
    port, _ = open_apart(options.get("out") or "virtual", "jack", realtime=options.get("realtime", True))
    assert isinstance(port, ApartOutput)
    return port


def _placed(out: str | None) -> JackClient:
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
    return client
