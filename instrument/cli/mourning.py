"""When the engine's process is killed while it plays: what it sounded is released through a port of our own.

In: the engine's handle, and the options it was started with. Out: note_offs to whoever listened at its output. A
process that was killed cannot release anything itself, and a synthesiser would sound its last chord for ever.
"""

import contextlib
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

from instrument.live.session.process import EngineProcess
from instrument.messages import Status

LOOK_S = 0.2


@contextlib.contextmanager
def mourning(engine: EngineProcess, config: Mapping[str, Any]) -> Iterator[None]:
    """While the block runs: should the engine end by a signal or a fault, release what its last status sounded."""
    done = threading.Event()

    def watch() -> None:
        was_alive = True
        while not done.wait(LOOK_S):
            alive = engine.alive
            if was_alive and not alive and engine.wait() and (status := engine.latest()):
                farewell(status, config)
            was_alive = alive

    thread = threading.Thread(target=watch, name="mourning", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(2.0)


def farewell(status: Status, config: Mapping[str, Any]) -> None:
    """Send note_offs for what the last status sounded, then all notes off (CC 123) on every channel in use.

    That status may be a tenth of a second old: what began since is ended by CC 123 alone.
    """
    from instrument.errors import UserError
    from instrument.midi.jackwatch import JackWatch
    from instrument.midi.ports import FAREWELL_S, open_output
    from instrument.notes import ALL_NOTES_OFF, CONTROL_CHANGE, NOTE_OFF

    out = str(config.get("out") or "virtual")
    sounding = sorted({note for part in status.parts for note in part.sounding})
    if not out.startswith(("virtual", "port:")):
        return  # silent, or a synthesiser that died with its process
    with contextlib.suppress(UserError, OSError):
        port, _ = open_output(out, config.get("api"), "eigenwalk-farewell")
        if status.health.connected:
            watch = JackWatch()
            watch.connect(port.name, status.health.connected)
            watch.close()
            time.sleep(FAREWELL_S)  # a connection is made between two of JACK's periods
        for channel, pitch in sounding:
            port.send((NOTE_OFF | channel, pitch, 64), 0)
        voices = {voice.channel - 1 for part in status.parts for voice in part.voices}
        for channel in sorted(voices | {channel for channel, _ in sounding}):
            port.send((CONTROL_CHANGE | channel, ALL_NOTES_OFF, 0), 0)
        port.close()
