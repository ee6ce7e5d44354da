"""Ableton Link between two processes, in a network of their own where the system lets a test make one."""

import contextlib
import json
import shutil
import subprocess
import sys
import time

import pytest

from instrument.errors import UserError
from instrument.live.session.line import Request
from instrument.midi.link import LinkSource

link = pytest.importorskip("link")

PEER = """
import json, sys, time, link
peer = link.Link(float(sys.argv[1]))
peer.startStopSyncEnabled = True
peer.enabled = True
for line in sys.stdin:
    state = peer.captureSessionState()
    what, _, value = line.strip().partition(" ")
    if what == "tempo":
        state.setTempo(float(value), peer.clock().micros())
        peer.commitSessionState(state)
    elif what == "playing":
        state.setIsPlaying(value == "1", peer.clock().micros())
        peer.commitSessionState(state)
    now = peer.clock().micros()
    beat = state.beatAtTime(now, 4.0)
    print(json.dumps([peer.numPeers(), state.tempo(), beat % 4, now, state.isPlaying()]), flush=True)
"""
OURS = """
import sys, time
sys.path.insert(0, sys.argv[1])
from tests.midi.test_link import scenario
scenario()
"""


class Peer:
    """Another program on Link, at `bpm`."""

    def __init__(self, bpm: float) -> None:
        command = [sys.executable, "-c", PEER, str(bpm)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, what: str = "look") -> tuple[int, float, float, int, bool]:
        """Do `what`; its peers, tempo, phase in a bar of four, time (us of its clock) and whether it plays."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(what + "\n")
        self._process.stdin.flush()
        peers, tempo, phase, at, playing = json.loads(self._process.stdout.readline())
        return peers, tempo, phase, at, playing

    def close(self) -> None:
        self._process.communicate()


def soon(holds: object, patience_s: float = 15.0) -> None:
    """Wait until the callable `holds` is true."""
    assert callable(holds)
    end = time.monotonic() + patience_s
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


OLDER_S = 1.0  # Link takes sessions whose beginnings lie within .5 s for equally old, and then either may win


def joined(peer: Peer) -> LinkSource:
    """A source that has found `peer`. Beside busy programs Link's first measurement of a peer may fail, and its next
    comes half a minute later (seen): whoever joins anew is measured at once."""
    for _ in range(8):
        source = LinkSource(140.0)
        with contextlib.suppress(AssertionError):
            soon(lambda source=source: source.peers == 1 and peer.ask()[0] == 1, 10)
            return source
        source.close()
    raise AssertionError("they did not find each other")


def scenario() -> None:
    """What the test asserts, run inside a network namespace."""
    peer = Peer(93.0)
    peer.ask()
    time.sleep(OLDER_S)
    ours = joined(peer)
    ours.share(True)
    soon(lambda: abs(ours.line(0).bpm - 93.0) < 0.01)  # joining took the tempo that was there
    assert abs(peer.ask()[1] - 93.0) < 0.01
    ours.poll(0, 4.0)
    ours.propose(121.0, 0)
    soon(lambda: abs(peer.ask()[1] - 121.0) < 0.01)
    peer.ask("tempo 77")
    soon(lambda: abs(ours.line(0).bpm - 77.0) < 0.01)
    line = ours.line(0)
    before_us = ours._link.clock().micros()
    apart = (line.beat_at(time.perf_counter_ns()) - peer.ask()[2]) % 4
    spent_us = ours._link.clock().micros() - before_us
    assert min(apart, 4 - apart) < 0.02 + spent_us * 77 / 60e6
    peer.ask("playing 1")
    asked: list[Request] = []

    def told_to_play() -> bool:
        asked.extend(ours.poll(0, 4.0))
        return asked == [Request("play")]

    soon(told_to_play)
    ours.rolling(False, 0)
    soon(lambda: not peer.ask()[4])
    ours.close()
    soon(lambda: peer.ask()[0] == 0)
    assert abs(peer.ask()[1] - 77.0) < 0.01
    peer.close()


def test_tempo_phase_and_transport_go_both_ways() -> None:
    unshare = ["unshare", "--net", "--map-root-user"]
    lo_up = "ip link set lo up && ip link set lo multicast on && exec "
    alone = subprocess.run([*unshare, "true"], capture_output=True, check=False) if shutil.which("unshare") else None
    if alone is None or alone.returncode or not shutil.which("ip"):
        pytest.skip("no network namespaces here")
    here = __file__.rsplit("/tests/", 1)[0]
    inner = f"{lo_up}{sys.executable} -c '{OURS}' {here}"
    done = subprocess.run([*unshare, "sh", "-c", inner], capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr


def test_without_its_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "link", None)
    with pytest.raises(UserError, match=r"eigenwalk\[link\]"):
        LinkSource(120.0)
