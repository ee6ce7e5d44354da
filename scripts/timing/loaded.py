"""The engine under all at once: four parts of eight voices, MIDI clock, OSC, a knob, and the full screen.

usage: loaded.py SECONDS OUT PRESET: what `eigenwalk play --osc` puts together, in a terminal, with a knob that moves
1,000 times a second and a stranger who sends 1,000 OSC messages a second. OUT gets what the probe saw, OUT.floods how
many of each there were.
"""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from pythonosc.osc_message_builder import build_msg

from instrument.live.session.process import EngineProcess
from instrument.messages import Set
from instrument.midi.osc import OscServer
from instrument.ui.app import run_screen
from scripts.timing.music import told

PER_S = 1000
PARTS = 4
STRANGER = "send"


def flood(send: Callable[[int], None], goes_on: Callable[[], bool]) -> float:
    """Call `send` with 0, 1, 2.. so many times a second for as long as it goes on; how many a second it came to."""
    began, count = time.perf_counter(), 0
    while goes_on():
        send(count)
        count += 1
        time.sleep(max(0.0, began + count / PER_S - time.perf_counter()))
    return count / (time.perf_counter() - began)


def be_stranger(port: int, seconds: float) -> None:
    """Send OSC, from a process of its own."""
    out, end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), time.monotonic() + seconds
    made = [build_msg(f"/eigenwalk/part/{1 + n % PARTS}/accent", n % 100 / 100).dgram for n in range(400)]
    flood(lambda n: out.sendto(made[n % len(made)], ("127.0.0.1", port)), lambda: time.monotonic() < end)


def main() -> None:
    """Play until the last bar."""
    if sys.argv[1] == STRANGER:
        be_stranger(int(sys.argv[2]), float(sys.argv[3]))
        return
    seconds, out, preset = float(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    engine = EngineProcess(told([preset] * PARTS, f"probe:{out}", seconds))
    engine.wait_ready(20)
    server, knob = OscServer(engine, 0), [0.0]

    def turn() -> None:
        knob[0] = flood(
            lambda n: engine.send(Set("temperature", 0.3 + n % 100 / 500, n % PARTS)), lambda: engine.alive
        )

    hand = threading.Thread(target=turn, daemon=True)
    words = ["-m", "scripts.timing.loaded", STRANGER, str(server.address[1]), str(seconds)]
    stranger = subprocess.Popen([sys.executable, *words])
    hand.start()
    try:
        run_screen(engine)
    finally:
        engine.wait(seconds)
        hand.join(5)
        stranger.terminate()
        stranger.wait()
        floods = {"knobs_per_s": knob[0], "osc_per_s": server.received / seconds, "osc_dropped": server.dropped}
        Path(f"{out}.floods").write_text(json.dumps(floods))
        server.close()
        engine.close()


if __name__ == "__main__":
    main()
