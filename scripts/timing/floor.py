"""The floor: a bare process that sleeps to half a millisecond before each deadline and spins the rest.

usage: floor.py SECONDS OUT [plain] Without real time if `plain`. What is later than this is a contestant's own
doing; what is not is the machine's.
"""

import gc
import sys
import time
from pathlib import Path

from instrument.live.session.realtime import SPIN_NS, be_punctual
from scripts.timing.schedule import merged_ns, save


def main() -> None:
    """Run the schedule."""
    seconds, out = float(sys.argv[1]), Path(sys.argv[2])
    schedule = merged_ns(seconds)
    be_punctual(fifo="plain" not in sys.argv)
    gc.disable()
    now = time.perf_counter_ns
    sent: list[tuple[bool, int]] = []
    cpu_s, began = time.process_time(), now() + 500_000_000
    for offset, is_note in schedule:
        due = began + offset
        if (wait_ns := due - SPIN_NS - now()) > 0:
            time.sleep(wait_ns / 1e9)
        while now() < due:
            pass
        sent.append((is_note, now()))
    save(out, sent, seconds, began, (time.process_time() - cpu_s) / (now() - began) * 1e9)


if __name__ == "__main__":
    main()
