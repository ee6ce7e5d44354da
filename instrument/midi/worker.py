"""A worker (midi room): one thread beside the clock for what may be slow, disks above all.

What flows in: jobs, from the clock's thread, which never waits. What flows out: what the jobs do, one after the
other, and a line for the performer for each that fails.
"""

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

Job = Callable[[], None]


class Worker:
    """`alert` takes a line for the performer; `chore` is done every `every_s` seconds, and after every job."""

    def __init__(self, alert: Callable[[str], None], chore: Job | None = None, every_s: float = 0.5) -> None:
        self._alert, self._chore, self._every_s = alert, chore, every_s
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="worker", daemon=True)
        self._thread.start()

    def do(self, job: Job) -> None:
        """Have `job` done; returns at once."""
        self._jobs.put(job)

    def close(self, patience_s: float = 10.0) -> None:
        """Let it finish what it was given, for `patience_s` seconds at most."""
        self._jobs.put(None)
        self._thread.join(patience_s)

    def _work(self) -> None:
        while True:
            try:
                job = self._jobs.get(timeout=self._every_s if self._chore else None)
            except Empty:
                self._try(self._chore)
                continue
            self._try(self._chore)
            if job is None:
                return
            self._try(job)

    def _try(self, job: Job | None) -> None:
        if job is None:
            return
        try:
            job()
        except Exception as error:
            self._alert(str(error) or type(error).__name__)
