"""What the clock's process asks of the system, for itself and for the threads beside it."""

import os
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from instrument.live.session.realtime import HELPER_PRIORITY, PRIORITY, Granted, ask_fifo, take_helpers_along

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux can be asked")


@pytest.fixture
def helper() -> Iterator[int]:
    """A thread that waits; its number."""
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    assert thread.native_id
    yield thread.native_id
    end.set()
    thread.join()


def in_thread(action: Callable[[], None]) -> None:
    """Do it where what it changes ends with it."""
    thread = threading.Thread(target=action)
    thread.start()
    thread.join()


def test_helpers_come_along_below_the_clock(helper: int) -> None:
    if not ask_fifo(helper, HELPER_PRIORITY):
        pytest.skip("no real-time priority here")
    os.sched_setscheduler(helper, os.SCHED_OTHER, os.sched_param(0))
    seen: list[tuple[int, int]] = []

    def be_clock() -> None:
        ask_fifo()
        take_helpers_along(Granted(fifo=True, locked=False, slack=False))
        seen.append((os.sched_getparam(0).sched_priority, os.sched_getparam(helper).sched_priority))

    before = threading.main_thread().native_id
    assert before
    in_thread(be_clock)
    os.sched_setscheduler(before, os.SCHED_OTHER, os.sched_param(0))  # it came along too
    assert seen == [(PRIORITY, HELPER_PRIORITY)]


def test_without_real_time_helpers_share_the_clocks_core(helper: int) -> None:
    all_cores = os.sched_getaffinity(0)
    core = max(all_cores)
    main = threading.main_thread().native_id
    assert main
    in_thread(lambda: take_helpers_along(Granted(fifo=False, locked=False, slack=False, core=core)))
    assert os.sched_getaffinity(helper) == {core}
    os.sched_setaffinity(main, all_cores)


def test_a_thread_that_has_ended_is_no_trouble(monkeypatch: pytest.MonkeyPatch, helper: int) -> None:
    def gone(*_: object) -> int:
        raise ProcessLookupError

    monkeypatch.setattr(os, "sched_getscheduler", gone)
    take_helpers_along(Granted(fifo=True, locked=False, slack=False))
    monkeypatch.undo()
    assert os.sched_getscheduler(helper) == os.SCHED_OTHER
