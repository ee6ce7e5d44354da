"""The engine's process: puts presets, engine, ports and clock together, as one line of JSON on stdin asks.

Its keys: `presets` (paths), `seed`, `settings` (control: value), `bars`, `out`, `in`, `api`, `placed`, `clock_port`
(as the options of `play`, or null), `record` (path or null), `play` (roll at once). After it come messages, one a
line, until the end of the file, which ends the process too. Out on stdout: statuses and notices. Imports neither
typer nor a screen.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

import platformdirs

from instrument.errors import UserError
from instrument.live.engine import Engine
from instrument.live.session.clock import Edges, Session
from instrument.live.session.delivery import Delivery
from instrument.live.session.loader import Loader
from instrument.live.session.log import SessionLog
from instrument.live.session.pipe import Inbox, LineWriter, lines, read_messages
from instrument.live.session.realtime import be_punctual
from instrument.messages import Health, Heard, command, status_to_text
from instrument.midi.link import LinkSource
from instrument.midi.sync import MidiClock
from instrument.midi.ways import open_ways
from instrument.preset import Preset


def run() -> None:
    """Be the engine's process."""
    writer = LineWriter(os.dup(1))
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)  # MIDI libraries comment on themselves at length, and the terminal is the screen's
    inbox: Inbox = Inbox()
    _obey_signals(inbox)
    try:
        told = lines(0)
        config = json.loads(next(told, b"null"))
        if config is None:  # whoever started this is gone already
            return
        read_messages(told, inbox, writer)
        _perform(config, inbox, writer)
    except (UserError, OSError) as error:
        writer.error(str(error))
        sys.exit(1)
    except Exception as error:
        writer.error(f"the engine failed: {type(error).__name__}: {error}")
        sys.exit(70)


def _obey_signals(inbox: Inbox) -> None:
    def leave(number: int, frame: FrameType | None) -> None:
        inbox.put((time.perf_counter_ns(), command("quit")))

    for name in ("SIGTERM", "SIGHUP", "SIGINT"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), leave)


def _perform(config: dict[str, Any], inbox: Inbox, writer: LineWriter) -> None:
    presets = [Preset.load(Path(path)) for path in config["presets"]]
    engine = Engine(presets, config["seed"], config["settings"], config["bars"])

    def hear(stamp_ns: int, data: tuple[int, ...]) -> None:
        inbox.put((stamp_ns, Heard(data)))

    ways = open_ways(config, hear)
    granted = be_punctual()
    for line in filter(None, (ways.notice, granted.lacking())):
        writer.notice(line)
    header = {key: config[key] for key in ("presets", "seed", "settings", "bars")}
    log = SessionLog(log_folder(), header)
    edges = Edges(
        delivery=Delivery(ways.notes, ways.clock),
        inbox=inbox,
        report=lambda status: writer.status(status_to_text(status)),
        alert=writer.notice,
        intercept=Loader(inbox, writer.notice).intercept,
        note=log.note,
        sources=lambda name: MidiClock() if name == "midi" else LinkSource(engine.tempo_bpm),
    )
    health = Health(output=ways.notes.name, input=ways.heard, realtime=granted.fifo)
    session = Session(engine, edges, health)
    if config["play"]:
        inbox.put((time.perf_counter_ns(), command("play")))
    try:
        session.run()
    finally:
        ways.close()
        log.close(engine.tick)
    if config["record"]:
        from instrument.midi.smf import write_smf  # noqa: PLC0415  (mido takes 35 ms that the start can do without)

        write_smf(Path(config["record"]), session.played, engine.metre, engine.names(), presets[0].title)


def log_folder() -> Path:
    """Where sessions are logged."""
    return platformdirs.user_state_path("eigenwalk") / "sessions"
