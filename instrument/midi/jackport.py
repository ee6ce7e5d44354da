"""A JACK client of our own (extra [jack]): notes handed over early, placed to the frame; the input beside them.

In: messages with the time they are due, up to a lead before it. Out: the same at their frame of JACK's cycle, to
`eigenwalk:out`; what `eigenwalk:in` hears, with its time. JACK's thread calls `_process` once a period; frames.py
ties its frames to our clock. What is queued but not placed can be taken back.
"""

import heapq
import threading
import time
from collections.abc import Callable
from typing import Any

from instrument.midi.frames import Frames
from instrument.midi.systems import CLIENT, PortError, never_let_go, quiet

MARGIN_NS = 3_000_000  # beyond a period: what the clock's hand-over and JACK's call may be late together
FAREWELL_PERIODS = 3
Hear = Callable[[int, tuple[int, ...]], None]


def is_installed() -> bool:
    """Whether JACK-Client and the library it binds are here."""
    try:
        with quiet():
            import jack  # noqa: F401, PLC0415
    except (ImportError, OSError):
        return False
    return True


class JackClient:
    """Both ways in one client. It is an output port; `listen` adds the input."""

    missed = 0

    def __init__(self, port: str = "out") -> None:
        if not is_installed():
            raise PortError("placing notes with JACK needs its extra: pip install 'eigenwalk[jack]'")
        import jack  # noqa: PLC0415

        try:
            with quiet():
                self._client: Any = jack.Client(CLIENT, use_exact_name=True, no_start_server=True)
        except jack.JackOpenError as error:
            if error.status.name_not_unique:
                raise PortError(f"a JACK client {CLIENT} is there already (does another eigenwalk run?)") from None
            raise PortError("JACK cannot be used: no JACK server runs; start jackd, qjackctl or PipeWire") from None
        self._out: Any = self._client.midi_outports.register(port)
        self._in: Any = self._client.midi_inports.register("in")
        self.name, self.input_name = str(self._out.name), str(self._in.name)
        self._hear: Hear | None = None
        self._lock = threading.Lock()
        self._heap: list[tuple[int, int, bytes]] = []
        self._count = 0
        self.late = 0
        self._frame_ns = 1e9 / self._client.samplerate
        self._period_ns = round(self._client.blocksize * self._frame_ns)
        self._frames = Frames(self._frame_ns)
        self.lead_ns = self._period_ns + MARGIN_NS
        self._client.set_process_callback(self._process)
        with quiet():
            self._client.activate()

    def listen(self, hear: Hear) -> None:
        """From now on pass on what the input hears."""
        self._hear = hear

    def connect(self, port: str) -> None:
        """Connect the output to `port`, a whole name."""
        self._client.connect(self.name, port)

    def destinations(self) -> list[str]:
        """Whole names of the MIDI inputs of others."""
        return [port.name for port in self._client.get_ports(is_midi=True, is_input=True) if port != self._in]

    def lead(self, wish_ns: int) -> None:
        """Take messages `wish_ns` early, a period and its margin at the least."""
        self.lead_ns = max(wish_ns, self._period_ns + MARGIN_NS)

    def send(self, data: tuple[int, ...], due_ns: int) -> None:
        """Queue one message for its frame; one that is late sounds at the start of the next period."""
        with self._lock:
            self._count += 1
            heapq.heappush(self._heap, (due_ns, self._count, bytes(data)))

    def take_back(self) -> list[tuple[int, ...]]:
        """Forget what no period has taken yet."""
        with self._lock:
            waiting, self._heap = sorted(self._heap), []
        return [tuple(data) for _, _, data in waiting]

    def lateness(self) -> None:
        """What is handed over by its lead is on time."""

    def abandon(self) -> None:
        """Do not even free it."""
        never_let_go(self)

    def close(self) -> None:
        """Let the queue run out, wait until the last period has gone its way, then leave."""
        end = time.monotonic() + 1.0
        while self._heap and time.monotonic() < end:
            time.sleep(self._period_ns / 1e9)
        time.sleep(FAREWELL_PERIODS * self._period_ns / 1e9)
        with quiet():
            self._client.deactivate()
            self._client.close()

    def _process(self, frames: int) -> None:
        start_ns = self._frames.begin(time.perf_counter_ns(), self._client.last_frame_time, frames, self.lead_ns)
        if self._hear:
            for offset, data in self._in.incoming_midi_events():
                self._hear(round(start_ns + offset * self._frame_ns), tuple(bytes(data)))
        self._out.clear_buffer()
        end_ns = start_ns + frames * self._frame_ns
        with self._lock:
            while self._heap and self._heap[0][0] < end_ns:
                due_ns, _, data = heapq.heappop(self._heap)
                frame = int((due_ns - start_ns) / self._frame_ns)
                self.late += frame < 0
                self._out.write_midi_event(min(frames - 1, max(0, frame)), data)
