"""A port that only looks at the clock: when each message was sent, and when it was due.

In: messages from a session. Out: a file of JSON at the end, with nanoseconds of `perf_counter_ns` and the share of a
core that the process took. Nothing sounds. `scripts/bench_timing` and `eigenwalk doctor` judge the clock by it.
"""

import json
import time
from array import array
from pathlib import Path

from instrument.midi.ports import SendsNow


class Probe(SendsNow):
    """An output port."""

    def __init__(self, path: Path) -> None:
        self.name = f"probe:{path}"
        self._path = path
        self._due, self._sent, self._data = array("q"), array("q"), array("B")
        self._cpu_s, self._began_ns = time.process_time(), time.perf_counter_ns()

    def send(self, data: tuple[int, ...], due_ns: int) -> None:
        """Note the time."""
        self._sent.append(time.perf_counter_ns())
        self._due.append(due_ns)
        self._data.extend((data[0], data[1] if len(data) > 1 else 0))

    def close(self) -> None:
        """Write what was seen."""
        cpu_s, wall_ns = time.process_time() - self._cpu_s, time.perf_counter_ns() - self._began_ns
        seen = {"due_ns": list(self._due), "sent_ns": list(self._sent), "cpu": cpu_s / wall_ns * 1e9}
        self._path.write_text(json.dumps({**seen, "status": list(self._data[::2]), "data1": list(self._data[1::2])}))
