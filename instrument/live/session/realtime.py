"""What the system can be asked for so that the clock wakes on time, and what it answered.

The clock's thread asks for SCHED_FIFO (a woken ordinary thread waits 3 to 4 ms behind a busy screen on its core), a
timer slack of 1 ns (50 us by default) and memory that is not paged out. Where FIFO is refused, it keeps to one core
and leaves the others to the screen. The other threads of its process come along, far below it: one that other
programs push aside while it holds the interpreter's lock would keep the clock waiting. Nothing here fails: a system
that refuses is reported, in a line.
"""

import contextlib
import ctypes
import gc
import os
import sys
import threading
from dataclasses import dataclass

PRIORITY = 60  # below JACK's own 70 and above, over anything that has no business with music
SENDER_PRIORITY = 61  # who only waits and sends comes before who thinks
HELPER_PRIORITY = 1  # over ordinary programs only. Measured under load, p99 of four parts in a flood: 1 ms for 9
SPIN_NS = 500_000  # before a deadline: shorter leaves the tail of the wake-up, longer burns the core (measured)
SWITCH_INTERVAL_S = 0.0001  # at the default of 5 ms a callback in its stride costs a wake-up 5 ms
PR_SET_TIMERSLACK = 29
MCL_CURRENT, MCL_FUTURE, MCL_ONFAULT = 1, 2, 4


@dataclass(frozen=True, slots=True)
class Granted:
    """What this process may have."""

    fifo: bool
    locked: bool
    slack: bool
    core: int | None = None  # the core the clock keeps to, without FIFO

    def lacking(self) -> str | None:
        """One line on what could not be had, or None."""
        if self.fifo:
            return None
        where = f"; the clock keeps to core {self.core}" if self.core is not None else ""
        return f"no real-time priority here{where} (eigenwalk doctor says how to grant it)"


def _libc() -> ctypes.CDLL | None:
    with contextlib.suppress(OSError):
        return ctypes.CDLL(None, use_errno=True)
    return None


def ask_fifo(thread: int = 0, priority: int = PRIORITY) -> bool:
    """SCHED_FIFO for one thread (0: the calling one) alone: threads and processes it starts get none of it."""
    if not hasattr(os, "sched_setscheduler"):
        return False
    try:
        os.sched_setscheduler(thread, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(priority))
    except OSError:
        return False
    return True


def take_helpers_along(granted: Granted) -> None:
    """Raise the Python threads that run beside the calling one, or let them share its core, as was granted."""
    for thread in threading.enumerate():
        if thread is threading.current_thread() or thread.native_id is None:
            continue
        with contextlib.suppress(OSError):  # it ended meanwhile
            if granted.fifo and os.sched_getscheduler(thread.native_id) == os.SCHED_OTHER:
                ask_fifo(thread.native_id, HELPER_PRIORITY)
            elif granted.core is not None:
                os.sched_setaffinity(thread.native_id, {granted.core})


def _lock_memory(libc: ctypes.CDLL) -> bool:
    """Keep pages once touched. ON_FAULT: the libraries' untouched pages would cost 100 MB and more."""
    import resource  # noqa: PLC0415  (Windows has none)

    unlimited = resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] == resource.RLIM_INFINITY
    if not unlimited and os.geteuid() != 0:  # within a limit, a later allocation would fail instead
        return False
    return bool(libc.mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0)


def _keep_to_last_core() -> int | None:
    """Bind the calling thread to the last of its cores when it has several."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        return None
    os.sched_setaffinity(0, {cores[-1]})
    return cores[-1]


def leave_last_core() -> None:
    """For the screen's process: keep off the core that an engine without FIFO keeps to."""
    if not hasattr(os, "sched_getaffinity"):
        return
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) > 1:
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, set(cores[:-1]))


def be_punctual(fifo: bool = True, priority: int = PRIORITY) -> Granted:
    """Ask for all of it, for the calling thread and its process. `fifo` False does not ask for that one."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    if not sys.platform.startswith("linux"):
        return Granted(fifo=False, locked=False, slack=False)
    libc = _libc()
    slack = bool(libc and libc.prctl(PR_SET_TIMERSLACK, ctypes.c_ulong(1), 0, 0, 0) == 0)
    locked = bool(libc and _lock_memory(libc))
    granted = fifo and ask_fifo(priority=priority)
    return Granted(granted, locked, slack, None if granted else _keep_to_last_core())


def still_garbage() -> None:
    """Collect now, count what is left as permanent, and collect no more until told."""
    gc.collect()
    gc.freeze()
    gc.disable()
