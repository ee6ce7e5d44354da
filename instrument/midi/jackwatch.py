"""Whether a JACK server still serves: rtmidi cannot tell, and hangs with the interpreter's lock when it does not.

In: nothing. Out: `state()`: flowing, stalled (its frames stand still) or gone; and who is connected to a port. A
client of our own without ports is asked through libjack itself, by ctypes: the server's end reaches it as a callback,
a stall as a frame counter that stands. Measured: with the server killed or stopped, rtmidi's send fills its ring
after some 1,400 messages and then spins for ever, holding the lock that every thread needs.
"""

import ctypes
import ctypes.util
import threading
import time
from collections.abc import Iterable
from typing import Any

from instrument.midi.systems import quiet

FLOWING, STALLED, GONE = "flowing", "stalled", "gone"
STALL_NS = 400_000_000  # many times the longest period in use; short against 1,400 messages
NO_START_SERVER = 1
MIDI, IS_OUTPUT = b"8 bit raw midi", 2
Shutdown = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


def _library() -> ctypes.CDLL | None:
    for name in filter(None, (ctypes.util.find_library("jack"), "libjack.so.0", "libjack.0.dylib")):
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        library.jack_client_open.restype = ctypes.c_void_p
        library.jack_last_frame_time.restype = ctypes.c_uint32
        library.jack_port_by_name.restype = ctypes.c_void_p
        for function in (library.jack_port_get_all_connections, library.jack_get_ports):
            function.restype = ctypes.POINTER(ctypes.c_char_p)
        return library
    return None


class JackWatch:
    """Watches the server that runs now. Raises OSError when there is none, or no libjack to ask."""

    def __init__(self) -> None:
        library = _library()
        if library is None:
            raise OSError("libjack is not installed")
        status = ctypes.c_int()
        with quiet():
            client = library.jack_client_open(b"eigenwalk-watch", NO_START_SERVER, ctypes.byref(status))
        if not client:
            raise OSError("no JACK server runs")
        self._library, self._client = library, ctypes.c_void_p(client)
        self._gone = threading.Event()
        self._callback: Any = Shutdown(lambda _: self._gone.set())  # kept: libjack calls it later
        library.jack_on_shutdown(self._client, self._callback, None)
        library.jack_activate(self._client)
        self._frame, self._moved_ns = -1, time.monotonic_ns()

    def state(self) -> str:
        """FLOWING, STALLED or GONE; asked some five times a second."""
        if self._gone.is_set():
            return GONE
        frame = int(self._library.jack_last_frame_time(self._client))
        now = time.monotonic_ns()
        if frame != self._frame:
            self._frame, self._moved_ns = frame, now
        return STALLED if now - self._moved_ns > STALL_NS else FLOWING

    def connections(self, port: str) -> tuple[str, ...]:
        """Whole names of the ports that `port` is connected to."""
        found = self._library.jack_port_by_name(self._client, port.encode())
        if not found:
            return ()
        return self._texts(self._library.jack_port_get_all_connections(self._client, ctypes.c_void_p(found)))

    def sources(self) -> list[str]:
        """Whole names of the ports that MIDI comes from."""
        return list(self._texts(self._library.jack_get_ports(self._client, None, MIDI, ctypes.c_ulong(IS_OUTPUT))))

    def _texts(self, names: Any) -> tuple[str, ...]:
        """A list of names that JACK allocated, freed; it has none where there is nothing to tell."""
        if not names:
            return ()
        texts: list[str] = []
        while (name := names[len(texts)]) is not None:
            texts.append(name.decode())
        self._library.jack_free(ctypes.cast(names, ctypes.c_void_p))
        return tuple(texts)

    def connect(self, port: str, others: Iterable[str]) -> None:
        """Connect `port` to those of `others` that are there."""
        for other in others:
            self._library.jack_connect(self._client, port.encode(), other.encode())

    def disconnect(self, port: str, other: str) -> None:
        """Take the connection from `port` to `other` away."""
        self._library.jack_disconnect(self._client, port.encode(), other.encode())

    def close(self) -> None:
        """Leave the server. A client whose server is gone is left lying: closing it would crash."""
        if not self._gone.is_set():
            with quiet():
                self._library.jack_client_close(self._client)
