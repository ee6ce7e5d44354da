"""Terminals that freeze, are far too small, or are pasted into: the music does not notice."""

import json
import sys
import time
from itertools import pairwise
from pathlib import Path

import pexpect
import pytest

from tests.jack import until
from tests.support import tiny_preset

NOTE_OFF, NOTE_ON = 0x80, 0x90
GAP_S = 1.0  # the preset strikes a note every tenth of a second


class Terminal:
    """A performance on a terminal of the test's own, into a port that notes when each message came."""

    def __init__(self, folder: Path, width: int = 80, height: int = 24) -> None:
        preset, self._seen = folder / "tiny.safetensors", folder / "seen.json"
        tiny_preset().save(preset)
        words = ["-m", "instrument", "play", str(preset), "--tempo", "240", "--out", f"probe:{self._seen}"]
        self.child = pexpect.spawn(sys.executable, words, dimensions=(height, width), timeout=20)
        self.child.delaybeforesend = None
        self.child.expect_exact("\x1b[?1049h")  # the screen, which waits for the engine

    def read(self, seconds: float) -> None:
        """Read what the screen writes, as a terminal does, for so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.child.expect([pexpect.TIMEOUT, pexpect.EOF], timeout=0.1)
        assert self.child.isalive()

    def leave(self) -> dict[str, list[int]]:
        """Close the terminal; what the port saw."""
        self.child.close()
        until("what the port saw", self._seen.is_file)
        until("all of it", lambda: self._seen.read_text().endswith("}"))
        seen: dict[str, list[int]] = json.loads(self._seen.read_text())
        return seen


def check(seen: dict[str, list[int]], begin_ns: int, end_ns: int) -> None:
    """Every note has its end, and between two moments there was no silence."""
    sounding: set[tuple[int, int]] = set()
    for status, pitch in zip(seen["status"], seen["data1"], strict=True):
        key = status & 15, pitch
        if status & 0xF0 == NOTE_ON:
            assert key not in sounding
            sounding.add(key)
        elif status & 0xF0 == NOTE_OFF:
            sounding.remove(key)
    assert not sounding
    struck = [sent for sent, status in zip(seen["sent_ns"], seen["status"], strict=True) if status & 0xF0 == NOTE_ON]
    inside = [begin_ns, *(ns for ns in struck if begin_ns < ns < end_ns), end_ns]
    assert len(inside) > 10
    assert max(after - before for before, after in pairwise(inside)) < GAP_S * 1e9


def test_a_frozen_terminal(tmp_path: Path) -> None:
    """As Ctrl-S does it: nobody reads what the screen writes, until its pipe is full and the screen stands still."""
    terminal = Terminal(tmp_path)
    terminal.read(1.5)
    begin_ns = time.perf_counter_ns()
    time.sleep(3.0)
    end_ns = time.perf_counter_ns()
    terminal.read(0.5)
    check(terminal.leave(), begin_ns, end_ns)


PASTE = "qy\x1b[A:quit\n \tstep = 1;\x03\x04\x11\x13" * 4000


@pytest.mark.parametrize(("width", "height", "marked"), [(1, 1, True), (80, 24, False)])
def test_a_huge_paste(tmp_path: Path, width: int, height: int, marked: bool) -> None:
    """100 kB and more, marked as terminals mark what is pasted, and as old ones do not: none is taken for a key."""
    terminal = Terminal(tmp_path, width, height)
    terminal.read(1.5)
    begin_ns = time.perf_counter_ns()
    data = f"\x1b[200~{PASTE}\x1b[201~" if marked else PASTE[: len(PASTE) // 16]
    for start in range(0, len(data), 4096):
        terminal.child.send(data[start : start + 4096])
        terminal.read(0.05)
    terminal.read(1.0)
    end_ns = time.perf_counter_ns()
    check(terminal.leave(), begin_ns, end_ns)
