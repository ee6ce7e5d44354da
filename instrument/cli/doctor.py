"""`eigenwalk doctor`: what this machine gives a performer, in words, and a test of its timing."""

import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

GOOD_US, FAIR_US = 1_000.0, 5_000.0  # 99th percentile of lateness: nobody hears it; a drummer might
GRANT = (
    "to grant it on Linux, put `@audio - rtprio 95` and `@audio - memlock unlimited` into "
    "/etc/security/limits.d/95-audio.conf, join the group (sudo usermod -aG audio $USER), and log in anew"
)


class Finding(NamedTuple):
    """One line of the report: `good` is True, False, or None where it is merely so."""

    what: str
    good: bool | None
    text: str


def doctor(
    seconds: Annotated[float, typer.Option(min=2.0, help="How long the timing test plays.")] = 10.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")] = False,
) -> None:
    """Say what this machine gives: real time, MIDI, sound, terminal, timing. Exit status 0: it will play."""
    findings = list(_examine(seconds, lambda finding: None if as_json else typer.echo(_line(finding))))
    by = {finding.what: finding.good for finding in findings}
    plays = bool(by["timing"] and (by["MIDI"] or by["synthesiser"]))
    if as_json:
        typer.echo(json.dumps({"plays": plays, "findings": [f._asdict() for f in findings]}, indent=2))
    else:
        typer.echo("it will play" if plays else "it will not play as it is: see the lines with a cross")
    raise typer.Exit(0 if plays else 1)


def _line(finding: Finding) -> str:
    mark = {True: "+", False: "x", None: " "}[finding.good]
    return f"{mark} {finding.what:16} {finding.text}"


def _examine(seconds: float, tell: Callable[[Finding], None]) -> Iterator[Finding]:
    for check in (_system, _timer, _midi, _placing, _link, _synthesiser, _terminal, lambda: _timing(seconds)):
        finding = check()
        tell(finding)
        yield finding


def _system() -> Finding:
    """Real-time priority, asked for in a thread of its own so that this process stays an ordinary one."""
    import threading

    from instrument.live.session.realtime import ask_fifo

    answer: list[bool] = []
    thread = threading.Thread(target=lambda: answer.append(ask_fifo()))
    thread.start()
    thread.join()
    if answer[0]:
        return Finding("real time", True, "SCHED_FIFO is granted: the clock goes before everything else")
    how = GRANT if sys.platform.startswith("linux") else "this system has none to ask for; it plays all the same"
    return Finding("real time", None, f"no real-time priority; {how}")


def _timer() -> Finding:
    late = []
    for _ in range(200):
        before = time.perf_counter_ns()
        time.sleep(0.001)
        late.append((time.perf_counter_ns() - before - 1_000_000) / 1000)
    resolution = time.get_clock_info("perf_counter").resolution * 1e9
    middle = statistics.median(late)
    return Finding(
        "timer", middle < 1000, f"resolution {resolution:.0f} ns; a sleep of 1 ms ends {middle:.0f} us late"
    )


def _midi() -> Finding:
    from instrument.midi.ports import input_names, output_names
    from instrument.midi.systems import LOOPMIDI, no_system, systems

    found = systems()
    if not found:
        return Finding("MIDI", False, no_system())
    words = []
    for system in found:
        makes = "makes virtual ports" if system.virtual else f"no virtual ports: {LOOPMIDI}"
        others = (("to play to", output_names(system)), ("to hear", input_names(system)))
        ports = "; ".join(f"{use}: {', '.join(names) or 'no ports of others'}" for use, names in others)
        words.append(f"{system.name}: {makes}; {ports}")
    good = any(system.virtual or output_names(system) for system in found)
    return Finding("MIDI", good, " | ".join(words))


def _placing() -> Finding:
    from instrument.midi.jackport import is_installed

    if is_installed():
        return Finding("JACK placing", True, "JACK-Client is here: --placed lets JACK place notes to the frame")
    return Finding("JACK placing", None, "not installed; on JACK or PipeWire: pip install 'eigenwalk[jack]'")


def _link() -> Finding:
    from importlib.util import find_spec

    if find_spec("link"):
        return Finding("Ableton Link", True, "is here: --set source=link")
    return Finding("Ableton Link", None, "not installed: pip install 'eigenwalk[link]'")


def _synthesiser() -> Finding:
    from instrument.errors import UserError
    from instrument.midi.synth import SynthOutput
    from instrument.midi.systems import quiet

    try:
        with quiet():
            synth = SynthOutput()
            synth.close()
    except UserError as error:
        return Finding("synthesiser", None, str(error))
    return Finding("synthesiser", True, f"{synth.name}: --out synth sounds without a DAW")


def _terminal() -> Finding:
    size = shutil.get_terminal_size()
    if not sys.stdout.isatty():
        return Finding("terminal", None, "this is none: play with --no-ui")
    term, true = os.environ.get("TERM", ""), os.environ.get("COLORTERM", "") in {"truecolor", "24bit"}
    colours = "none" if os.environ.get("NO_COLOR") else "true colour" if true else "256" if "256" in term else "16"
    roomy = size.columns >= 80 and size.lines >= 24
    mouse = "none" if term in {"linux", "dumb", ""} else "yes"
    text = f"{size.columns}x{size.lines}{'' if roomy else ' (needs 80x24)'}, colours: {colours}, mouse: {mouse}"
    return Finding("terminal", roomy, text)


def _timing(seconds: float) -> Finding:
    """The default preset, played by the real engine into a port that notes the time."""
    from instrument import bank
    from instrument.live.session.process import EngineProcess
    from instrument.preset import PresetError

    with tempfile.TemporaryDirectory() as folder:
        seen = Path(folder) / "seen.json"
        try:
            preset = str(bank.resolve(bank.DEFAULT).absolute())
        except PresetError as error:
            return Finding("timing", False, str(error))
        settings = {"tempo": 120.0, "clock_out": 1.0}
        told = {"presets": [preset], "seed": 1, "settings": settings, "bars": None, "play": True}
        engine = EngineProcess({**told, "out": f"probe:{seen}", "in": None, "api": None, "record": None})
        if engine.wait_ready(20):
            engine.wait(seconds)
        engine.close()
        if not seen.exists():
            return Finding("timing", False, engine.error or "the engine's process ended by itself")
        times = json.loads(seen.read_text())
    late = sorted((s - d) / 1000 for s, d in zip(times["sent_ns"], times["due_ns"], strict=True))
    p99 = late[int(len(late) * 0.99)]
    verdict = "as punctual as a sequencer" if p99 < GOOD_US else "good enough" if p99 < FAIR_US else "too late"
    figures = f"median {late[len(late) // 2]:.0f} us, p99 {p99:.0f} us, worst {late[-1]:.0f} us late"
    return Finding(
        "timing", p99 < FAIR_US, f"{verdict}: {figures} of {len(late)} sent, {100 * times['cpu']:.0f}% of a core"
    )
