"""A port that only looks at the clock: when each message was sent, and when it was due.

In: messages from a session. Out: a file of JSON at the end, with nanoseconds of `perf_counter_ns` and the share of a
core that its process and the engine's took. Nothing sounds. `scripts/bench_timing` and `eigenwalk doctor` judge so.
"""

import json
import os
import time
from pathlib import Path

from instrument.midi.output import SendsNow


def cpu_s() -> float:
    """Time that this process has run, and the one that started it, where the system tells."""
    try:
        words = Path(f"/proc/{os.getppid()}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return time.process_time()
    return time.process_time() + (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


class Probe(SendsNow):
    """An output port."""

    def __init__(self, path: Path) -> None:
        self.name = f"probe:{path}"
        self._path = path
        self._seen: list[tuple[int, int, tuple[int, ...]]] = []  # (sent, due, data)
        self._cpu_s, self._began_ns = cpu_s(), time.perf_counter_ns()

    def send(self, data: tuple[int, ...], due_ns: int) -> None:
        """Note the time."""
        self._seen.append((time.perf_counter_ns(), due_ns, data))

    def close(self) -> None:
        """Write what was seen."""
        spent_s, wall_ns = cpu_s() - self._cpu_s, time.perf_counter_ns() - self._began_ns
        seen = {
            "due_ns": [due for _, due, _ in self._seen],
            "sent_ns": [sent for sent, _, _ in self._seen],
            "cpu": spent_s / wall_ns * 1e9,
            "status": [data[0] for _, _, data in self._seen],
            "data1": [data[1] if len(data) > 1 else 0 for _, _, data in self._seen],
        }
        self._path.write_text(json.dumps(seen))
