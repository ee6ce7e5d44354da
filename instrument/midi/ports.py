"""MIDI ports: where the music goes out, and what the performer plays comes in.

In: bytes with the time they are due (ns of `time.perf_counter_ns`), to `send`. Out: what an input hears, with the
time it came, to a callback. rtmidi can only send now, so the session waits for the time and then calls. A machine
without a MIDI system gets a port that takes everything in silence.
"""

import ctypes
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import rtmidi

from instrument.errors import UserError
from instrument.midi.output import OutputPort, SendsNow, Silent
from instrument.midi.probe import Probe
from instrument.midi.systems import CLIENT, LOOPMIDI, PortError, System, find, no_system, quiet

FAREWELL_S = 0.1  # between the last note_off and closing: JACK loses what is younger than a period

Hear = Callable[[int, tuple[int, ...]], None]  # time of arrival (ns), bytes


class RtmidiOutput(SendsNow):
    """A port that sends at the moment of the call."""

    def __init__(self, port: Any, name: str) -> None:
        self._port, self.name = port, name

    def send(self, data: tuple[int, ...], due_ns: int) -> None:
        """Send now, whenever it was due."""
        self._port.send_message(data)

    def close(self) -> None:
        """Wait until the system has taken the last message, then close."""
        time.sleep(FAREWELL_S)
        with quiet():
            self._port.close_port()
            self._port.delete()


class RtmidiInput:
    """A port whose messages go to `hear`, stamped, on a thread of the library's."""

    def __init__(self, port: Any, name: str, hear: Hear) -> None:
        self._port, self.name = port, name
        port.ignore_types(sysex=True, timing=False, active_sense=True)
        port.set_callback(_on_one_thread_state(lambda data: hear(time.perf_counter_ns(), tuple(data))))

    def close(self) -> None:
        """Stop hearing, then close."""
        self._port.cancel_callback()
        with quiet():
            self._port.close_port()
            self._port.delete()


class InputNames:
    """Ports of others that give MIDI, asked for again and again."""

    def __init__(self, system: System) -> None:
        with quiet():
            self._port: Any = rtmidi.MidiIn(system.api, name=f"{CLIENT}-look")

    def __call__(self) -> list[str]:
        """Their names now."""
        return list(self._port.get_ports())

    def close(self) -> None:
        """Ask no more."""
        with quiet():
            self._port.delete()


def _on_one_thread_state(take: Callable[[list[int]], None]) -> Callable[[tuple[list[int], float], Any], None]:
    """A callback for a thread of the library's, which Python is to know for as long as it lives.

    A thread that Python does not know is given a new state at each call, and with every new state whoever waits for
    the interpreter's lock waits anew. Measured, 40 messages in one of JACK's periods: the clock waited 2 ms and more.
    """
    known = threading.local()

    def callback(event: tuple[list[int], float], _: Any) -> None:
        if not hasattr(known, "held"):
            known.held = ctypes.pythonapi.PyGILState_Ensure()
        take(event[0])

    return callback


def output_names(system: System) -> list[str]:
    """Ports of others that take MIDI."""
    return _names(rtmidi.MidiOut, system)


def input_names(system: System) -> list[str]:
    """Ports of others that give MIDI."""
    return _names(rtmidi.MidiIn, system)


def _names(kind: Any, system: System) -> list[str]:
    with quiet():
        port = kind(system.api, name=f"{CLIENT}-look")
        names: list[str] = port.get_ports()
        port.delete()
    return names


def open_output(spec: str | None, api: str | None, client: str = CLIENT) -> tuple[OutputPort, str | None]:
    """The way out that `spec` names, and a line for the performer when it is not what he may expect.

    `spec`: `virtual[:NAME]` makes a port, `port:NAME` connects to one, `synth[:FONT]` is a synthesiser of our own,
    `none` is silent, `probe:FILE` too and writes how punctual it was; None makes a port where that is possible, else
    takes the synthesiser, else is silent. Raises UserError, with one line.
    """
    kind, _, name = (spec or "virtual").partition(":")
    if kind == "probe" and name:
        return Probe(Path(name)), None
    if kind not in {"virtual", "port", "synth", "none"} or (kind == "port" and not name):
        raise PortError(f"--out takes virtual, virtual:NAME, port:NAME, synth, synth:FONT or none, not {spec!r}")
    if kind == "none":
        return Silent(), None
    if kind == "synth":
        return _synthesiser(name or None), None
    system = find(api)
    trouble = no_system() if system is None else _no_virtual(system) if kind == "virtual" else None
    if system is None or trouble:
        if spec:
            raise PortError(trouble or "")
        return _without_ports(trouble or "")
    if kind == "port":
        return RtmidiOutput(*_connect(rtmidi.MidiOut, system, name, f"{client}-out")), None
    return RtmidiOutput(*_make(rtmidi.MidiOut, system, client, name or "out")), None


def _synthesiser(font: str | None) -> OutputPort:
    """Our own; loaded when it is asked for, as it brings numpy along."""
    from instrument.midi.synth import SynthOutput  # noqa: PLC0415

    return SynthOutput(font)


def _without_ports(trouble: str) -> tuple[OutputPort, str]:
    """The synthesiser where there is one, else silence."""
    try:
        return _synthesiser(None), f"{trouble}; playing through the synthesiser"
    except UserError:
        return Silent(), f"{trouble}; playing in silence (--out synth says what sound would need)"


def open_input(name: str | None, api: str | None, hear: Hear) -> RtmidiInput | None:
    """Listen to the port called `name`, or on a port of our own called `in` where that is possible."""
    system = find(api)
    if system is None:
        if name:
            raise PortError(no_system())
        return None
    if name:
        return RtmidiInput(*_connect(rtmidi.MidiIn, system, name, f"{CLIENT}-in"), hear)
    if not system.virtual:
        return None
    # a JACK client is one object in rtmidi's hands, so that two ports need two client names
    client = f"{CLIENT}-in" if system.key == "jack" else CLIENT
    return RtmidiInput(*_make(rtmidi.MidiIn, system, client, "in"), hear)


def _no_virtual(system: System) -> str | None:
    if system.virtual:
        return None
    there = ", ".join(output_names(system)) or "none"
    return f"{system.name} has no virtual ports: {LOOPMIDI} (ports now: {there})"


def _make(kind: Any, system: System, client: str, name: str) -> tuple[Any, str]:
    """A virtual port `client:name`."""
    others = input_names(system) if kind is rtmidi.MidiOut else output_names(system)
    full = f"{client}:{name}"
    if any(other == full or other.startswith(f"{full} ") for other in others):
        raise PortError(f"a port {full} is there already (does another eigenwalk run?); take --out virtual:NAME")
    with quiet():
        port = kind(system.api, name=client)
        port.open_virtual_port(name)
    return port, full


def _connect(kind: Any, system: System, name: str, client: str) -> tuple[Any, str]:
    """A connection to the one port whose name is, or contains, `name`."""
    names = output_names(system) if kind is rtmidi.MidiOut else input_names(system)
    found = find_port(name, names)
    with quiet():
        port = kind(system.api, name=client)
        port.open_port(names.index(found))
    return port, found


def find_port(name: str, names: list[str]) -> str:
    """The one of `names` that is `name`, or the only one that contains it. Raises PortError."""
    matches = [n for n in names if n == name] or [n for n in names if name.lower() in n.lower()]
    if len(matches) != 1:
        trouble = "several match" if matches else "not found"
        raise PortError(f"port {name!r}: {trouble}; there is: {', '.join(matches or names) or 'none'}")
    return matches[0]
