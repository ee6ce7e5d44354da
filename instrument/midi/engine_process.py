"""The engine's process: puts presets, engine, ports and clock together, as one line of JSON on stdin asks.

Its keys: `presets` (paths), `seed`, `settings` (control: value), `bars`, `out`, `in` (a list), `api`, `placed`,
`realtime`, `clock_port`, `feedback` (as the options of `play`, or null), `record`, `set_list` (paths or null), `play`
(roll at once), `resume` (`log` and `tick` of a killed engine, or null). After it come messages, one a line, until the
end of the file, which ends the process too. Out on stdout: statuses and notices. Imports neither typer nor a screen.
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
from instrument.live.session.realtime import be_punctual, take_helpers_along
from instrument.live.session.relive import message_of, read_log, relive
from instrument.messages import Health, Heard, command, status_to_text
from instrument.midi.apart import open_apart
from instrument.midi.desk import Desk
from instrument.midi.link import LinkSource
from instrument.midi.output import OutputPort
from instrument.midi.sync import MidiClock
from instrument.midi.systems import PortError
from instrument.midi.ways import Ways, open_ways
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

    def hear(source: int, stamp_ns: int, data: tuple[int, ...]) -> None:
        inbox.put((stamp_ns, Heard(data, source)))

    ways = open_ways(config, hear, writer.notice)
    granted = be_punctual(config.get("realtime", True))
    for line in filter(None, (ways.notice, granted.lacking())):
        writer.notice(line)
    header = {key: config[key] for key in ("presets", "seed", "settings", "bars")}
    log = SessionLog(log_folder(), header, writer.notice, lambda path: writer.log(str(path)))
    writer.log(str(log.path))
    if resume := config.get("resume"):
        _take_up(resume, engine, log)
    loader = Loader(inbox, writer.notice)
    desk = _desk(config, engine, ways, inbox, writer)
    if ways.inputs:
        ways.inputs.serve(desk.controllers)
    edges = Edges(
        delivery=Delivery(ways.notes, ways.clock),
        inbox=inbox,
        report=lambda status: writer.status(status_to_text(desk.shown(ways.shown(status)))),
        alert=writer.notice,
        intercept=lambda stamp, message, tick: (
            loader.intercept(stamp, message, tick) or desk.intercept(message, tick)
        ),
        note=log.note,
        sources=lambda name: MidiClock() if name == "midi" else LinkSource(engine.tempo_bpm),
        translate=desk.translate,
        keep=desk.keep,
    )
    health = Health(output=ways.notes.name, realtime=granted.fifo)
    session = Session(engine, edges, health)
    for message in () if config.get("resume") else desk.opening():
        inbox.put((time.perf_counter_ns(), message))
    if config["play"]:
        inbox.put((time.perf_counter_ns(), command("play")))
    take_helpers_along(granted)
    try:
        session.run()
    finally:  # files first: a MIDI system that stands still may never let go of its ports
        log.close(engine.tick)
        desk.save()
        ways.close()
        desk.close()


def _take_up(resume: dict[str, Any], engine: Engine, log: SessionLog) -> None:
    """Bring `engine` to where a killed one stood, by its log; the new log tells the whole performance."""
    lines = read_log(Path(resume["log"]))[1:]
    for line in lines:
        if (message := message_of(line)) is not None:
            log.note(message, line["tick"])
    relive(engine, lines, resume["tick"])
    engine.handle(command("stop"), engine.tick)
    log.note(command("stop"), engine.tick)
    engine.advance(engine.tick)


def _desk(config: dict[str, Any], engine: Engine, ways: Ways, inbox: Inbox, writer: LineWriter) -> Desk:
    """The desk for these options; a feedback port that cannot be had costs a line, not the music."""

    def lamps(name: str) -> OutputPort | None:
        wanted = name or config.get("feedback") or ""
        if not wanted:
            return None
        try:
            way = wanted if wanted.startswith(("virtual", "port:")) else f"port:{wanted}"
            return open_apart(way, config["api"], "eigenwalk-feedback")[0]
        except PortError as error:
            writer.notice(f"no feedback to the controller: {error}")
            return None

    return Desk(
        engine,
        ways.heard,
        writer.notice,
        lambda message: inbox.put((time.perf_counter_ns(), message)),
        lamps,
        Path(config["set_list"]) if config.get("set_list") else None,
        config["record"],
        engine.band.first.material.preset.title,
    )


def log_folder() -> Path:
    """Where sessions are logged."""
    return platformdirs.user_state_path("eigenwalk") / "sessions"
