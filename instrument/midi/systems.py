"""Which MIDI system this machine has, and what it can do.

CoreMIDI on a Mac, ALSA's sequencer where /dev/snd/seq exists, JACK (or PipeWire in its place) where a server runs,
Windows' own. Systems are asked for by opening a client, which libraries comment on at length: `quiet` keeps that
off the terminal.
"""

import contextlib
import ctypes
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import rtmidi

from instrument.errors import UserError

CLIENT = "eigenwalk"
LOOPMIDI = "install loopMIDI (free), make a port in it and choose that with --out port:NAME"


class PortError(UserError):
    """No such port or MIDI system; the message says what there is instead."""


@dataclass(frozen=True, slots=True)
class System:
    """A MIDI system. `virtual`: it lets a program make ports of its own."""

    key: str  # what --midi-api takes
    name: str
    api: int
    virtual: bool
    absent: str  # what to say, and to do, when it is not there


SYSTEMS = {
    system.key: system
    for system in (
        System("coremidi", "CoreMIDI", rtmidi.API_MACOSX_CORE, True, "it comes with macOS only"),
        System("alsa", "ALSA", rtmidi.API_LINUX_ALSA, True, "there is no /dev/snd/seq; try: modprobe snd-seq"),
        System("jack", "JACK", rtmidi.API_UNIX_JACK, True, "no JACK server runs; start jackd, qjackctl or PipeWire"),
        System("windows", "Windows MIDI", rtmidi.API_WINDOWS_MM, False, "it comes with Windows only"),
    )
}


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep what C libraries write to descriptor 2 off the terminal."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def available(system: System) -> bool:
    """Whether a client can be opened in `system` right now."""
    if system.api not in rtmidi.get_compiled_api():
        return False
    try:
        with quiet():
            rtmidi.MidiOut(system.api, name=f"{CLIENT}-look").delete()
    except rtmidi.SystemError:
        return False
    return True


def systems() -> list[System]:
    """The systems that are there, the best first."""
    return [system for system in SYSTEMS.values() if available(system)]


def find(key: str | None) -> System | None:
    """The system called `key`, or the best there is (None when there is none). Raises PortError."""
    if key is None:
        return next(iter(systems()), None)
    if key not in SYSTEMS:
        raise PortError(f"--midi-api takes {', '.join(SYSTEMS)}, not {key!r}")
    if not available(SYSTEMS[key]):
        raise PortError(f"{SYSTEMS[key].name} cannot be used: {SYSTEMS[key].absent}")
    return SYSTEMS[key]


def no_system() -> str:
    """One line for a machine without any MIDI system."""
    missing = "; ".join(s.absent for s in SYSTEMS.values() if s.api in rtmidi.get_compiled_api())
    return f"no MIDI system found ({missing})"


def never_let_go(*ports: Any) -> None:
    """Keep them for ever: rtmidi's closing of a client whose server is gone crashes the process (measured)."""
    for port in ports:
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(port))
