"""`eigenwalk render`: the walk as a .mid or .wav file, as fast as the machine can."""

from pathlib import Path
from typing import Annotated

import typer


def render(
    preset: Annotated[str, typer.Argument(help="a preset of the bank, or its file")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="the .mid file to write")] = None,
    wav: Annotated[Path | None, typer.Option(help="the .wav file to write, through the synthesiser")] = None,
    bars: Annotated[int, typer.Option(min=1, max=100_000, help="how many bars to play")] = 16,
    seed: Annotated[int, typer.Option(help="same seed, same music")] = 1,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="start with a control at a value")
    ] = None,
    script: Annotated[
        Path | None, typer.Option(help="timed gestures: a message a line, as JSON, with its bar and beat")
    ] = None,
    soundfont: Annotated[Path | None, typer.Option(help="the SoundFont for --wav; else one of the system's")] = None,
) -> None:
    """Write a MIDI or a sound file.

    The same engine with no clock: the notes are those that `play` plays with that seed.

    Examples: `eigenwalk render bach-chorales --out bach.mid --bars 32`, and `--wav bach.wav` to hear it at once.
    """
    from instrument.bank import resolve
    from instrument.controls import parse_setting
    from instrument.errors import UserError
    from instrument.live.engine import Engine
    from instrument.live.script import parse, perform
    from instrument.midi.smf import write_smf
    from instrument.midi.wav import write_wav
    from instrument.preset import Preset

    if not out and not wav:
        raise UserError("render writes a file: say --out FILE.mid, --wav FILE.wav or both")
    chosen = dict(parse_setting(text) for text in settings or ())
    engine = Engine([Preset.load(resolve(preset))], seed, chosen, bars)
    cues = parse(script.read_text(errors="replace").splitlines(), str(script)) if script else []
    until = bars * engine.metre.bar_ticks
    outputs = perform(engine, cues, until, lambda name: Preset.load(resolve(name)))
    title = engine.parts[0].material.preset.title
    if out:
        write_smf(out, outputs, engine.metre, engine.names(), title)
        typer.echo(f"{out}: {bars} bars of {title}, seed {seed}")
    if wav:
        seconds = write_wav(wav, outputs, soundfont)
        typer.echo(f"{wav}: {bars} bars of {title}, seed {seed}, {seconds:.0f} s")
