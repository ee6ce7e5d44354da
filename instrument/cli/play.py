"""`eigenwalk play`: starts the engine's process, and the screen beside it."""

import os
import secrets
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from instrument.errors import UserError

if TYPE_CHECKING:
    from instrument.live.session.process import EngineProcess

START_S = 20.0  # what loading may take on a slow machine before something is wrong


# what `play` can be told, in the order of its help
Named = Annotated[str | None, typer.Argument(help="A preset of the bank, or a preset file; else bach-chorales.")]
Seed = Annotated[int | None, typer.Option(help="The same seed gives the same music. Drawn when not given.")]
Tempo = Annotated[float | None, typer.Option(help="Quarter notes a minute; else the preset's.")]
_SET = "Put a control at a value (repeatable); or play a set list."
Put = Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE|FILE.toml", help=_SET)]
_OSC = "Answer OSC, on this machine's 9010 if not said."
Osc = Annotated[str | None, typer.Option(metavar="[[HOST:]PORT]", help=_OSC)]
Bars = Annotated[int | None, typer.Option(min=1, help="Stop and leave after so many bars.")]
NoUi = Annotated[bool, typer.Option("--no-ui", help="No screen: play until --bars or Ctrl-C.")]
Out = Annotated[str | None, typer.Option(help="virtual[:NAME], port:NAME, synth[:FONT] or none.")]
SoundFont = Annotated[Path | None, typer.Option(help="Play through the synthesiser with this SoundFont.")]
_IN = "Listen to this MIDI port (repeatable), or to these channels of it."
In = Annotated[list[str] | None, typer.Option("--in", metavar="NAME[@1-4,10]", help=_IN)]
MidiApi = Annotated[str | None, typer.Option(help="coremidi, alsa, jack or windows; else what is there.")]
Placed = Annotated[bool, typer.Option("--placed", help="Let JACK place the notes in time; needs [jack].")]
NoRealtime = Annotated[bool, typer.Option("--no-realtime", help="Do not ask for real-time priority.")]
ClockPort = Annotated[str | None, typer.Option(help="Send MIDI clock, to a port of its own; as --out.")]
Feedback = Annotated[str | None, typer.Option(metavar="PORT", help="Show controls on faders and lights.")]
_RECORD = "Write all that is played; a folder: a file a part."
Record = Annotated[str | None, typer.Option(metavar="FILE.mid|FOLDER/", help=_RECORD)]


def play(
    preset: Named = None,
    seed: Seed = None,
    tempo: Tempo = None,
    setting: Put = None,
    osc: Osc = None,
    bars: Bars = None,
    no_ui: NoUi = False,
    out: Out = None,
    soundfont: SoundFont = None,
    in_: In = None,
    midi_api: MidiApi = None,
    placed: Placed = False,
    no_realtime: NoRealtime = False,
    clock_port: ClockPort = None,
    feedback: Feedback = None,
    record: Record = None,
) -> None:
    """Play a preset live over MIDI.

    Examples: `eigenwalk play`, `eigenwalk play joplin-rags --tempo 84 --out synth`, and without a screen
    `eigenwalk play --no-ui --bars 32 --record take.mid`. What is not said is taken from `eigenwalk settings`.
    """
    from instrument import bank
    from instrument.cli import requests
    from instrument.cli.settings import load

    if not no_ui and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UserError("this is no terminal, so there can be no screen; add --no-ui")
    set_list, controls = requests.split(setting or [])
    kept = load()
    tempo = kept.get("tempo") if tempo is None else tempo
    config: dict[str, Any] = {
        "presets": requests.presets(set_list, preset or kept.get("preset", bank.DEFAULT)),
        "set_list": str(set_list.absolute()) if set_list else None,
        "seed": secrets.randbelow(2**32) if seed is None else seed,
        "settings": _settings(controls, tempo) | ({"clock_out": 1.0} if clock_port else {}),
        "bars": bars,
        "out": _way_out(out, soundfont, kept),
        "in": in_,
        "api": midi_api or kept.get("midi_api"),
        "placed": placed,
        "clock_port": clock_port,
        "realtime": not no_realtime,
        "feedback": feedback,
        "record": _recording(record) if record else None,
        "play": True,
    }
    _perform(config, osc, no_ui)


def _perform(config: dict[str, Any], osc: str | None, no_ui: bool) -> None:
    """The performance that `config` asks for, to its end; leaves with its status."""
    from instrument.cli import requests
    from instrument.cli.mourning import mourning
    from instrument.live.session.process import EngineProcess

    _leave_in_order()
    engine = EngineProcess(config)
    try:
        with requests.osc(engine, osc), mourning(engine, config):
            status = _run_bare(engine) if no_ui else _run_screen(engine)
    except KeyboardInterrupt:
        status = 130
    finally:
        ended = engine.close()
    if engine.error or ended:
        raise UserError(engine.error or f"the engine's process ended by itself (status {ended})")
    raise typer.Exit(status)


def _recording(path: str) -> str:
    """Where to record, named from the root; a slash at its end asks for a folder."""
    if not Path(path).absolute().parent.is_dir():
        raise UserError(f"{path}: its folder does not exist")
    return os.path.abspath(path) + ("/" if path.endswith("/") else "")


def _way_out(out: str | None, soundfont: Path | None, kept: dict[str, Any]) -> str | None:
    """What --out, --soundfont and the user's settings come to."""
    if soundfont:
        return f"synth:{soundfont.absolute()}"
    out = out or kept.get("out")
    if out == "synth" and "soundfont" in kept:
        return f"synth:{kept['soundfont']}"
    return out


def _settings(texts: list[str], tempo: float | None) -> dict[str, float]:
    from instrument.controls import control, parse_setting

    settings = dict(map(parse_setting, texts))
    if tempo is not None:
        settings["tempo"] = control("tempo").check(tempo)
    return settings


def _leave_in_order() -> None:
    """SIGTERM and a closed terminal unwind the stack, so that the engine is told to end."""

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), leave)


def _run_bare(engine: "EngineProcess") -> int:
    if engine.wait_ready(START_S) and (status := engine.latest()):
        port = status.health.output
        title = status.parts[0].title if status.parts else ""
        typer.echo(f"playing {title} on {port}, seed {status.seed}; Ctrl-C ends", err=True)
    while (ended := engine.wait(0.2)) is None:
        _tell(engine)
    _tell(engine)
    return ended


def _run_screen(engine: "EngineProcess") -> int:
    from instrument.live.session.realtime import leave_last_core
    from instrument.ui.app import run_screen

    if not engine.wait_ready(START_S):
        return 1
    status = engine.latest()
    if status and not status.health.realtime and (os.cpu_count() or 1) > 1:
        leave_last_core()
    run_screen(engine)
    return 0


def _tell(engine: "EngineProcess") -> None:
    for line in engine.notices():
        typer.echo(line, err=True)
