"""`eigenwalk` without a command: leads a newcomer to sound and to three keys.

What flows in: what this machine can play through, and one answer. What flows out: a call of `play`, and, when the
newcomer likes it, the answer as a setting. At anything but a terminal it prints the help instead.
"""

import sys
from typing import NamedTuple

import typer

KEYS = """
Three keys to try while it plays:
  ]   the walk leaves the piece more often and farther   ([ less)
  =   faster                                             (- slower)
  '   it dares worse joins                               (; it is careful)
? shows every key, space stops and plays, ! silences everything, q leaves.
"""


class Way(NamedTuple):
    """A way out for the music: what `--out` calls it, and what the newcomer reads."""

    out: str
    text: str


def first_run(context: typer.Context) -> None:
    """Greet, find or ask for a way out, name three keys, play."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        typer.echo(context.get_help())
        return
    from instrument.cli import settings
    from instrument.cli.play import play

    kept = settings.load()
    typer.echo("eigenwalk: a random walk on a manifold learnt from music.\n")
    if "out" in kept:
        typer.echo(f"Plays through {kept['out']}, as `eigenwalk settings` has it.")
        out = str(kept["out"])
    else:
        out = _choose(ways_out())
    typer.echo(KEYS)
    typer.prompt("Press Enter to play", default="", show_default=False, prompt_suffix="")
    play(out=out)


def ways_out() -> list[Way]:
    """What this machine can play through, the best first; the last is always silence."""
    from instrument.midi.ports import output_names
    from instrument.midi.synth import trouble
    from instrument.midi.systems import find

    ways = []
    system = find(None)
    if system and system.virtual:
        ways.append(
            Way("virtual", f"a MIDI port of its own, eigenwalk:out, for your DAW or synthesiser ({system.name})")
        )
    missing = trouble()
    if not missing:
        ways.append(Way("synth", "the speakers, through the built-in synthesiser"))
    if system:
        ways += [Way(f"port:{name}", f"the MIDI port {name}") for name in output_names(system)]
    silence = "nowhere: the screen moves, nothing sounds"
    return [*ways, Way("none", silence if not missing else f"{silence} (for sound: {missing})")]


def _choose(ways: list[Way]) -> str:
    typer.echo("Where shall the music go?")
    for number, way in enumerate(ways, 1):
        typer.echo(f"  {number}  {way.text}")
    if len(ways) == 1:
        return ways[0].out
    number = 0
    while not 1 <= number <= len(ways):
        number = typer.prompt(f"Number, 1 to {len(ways)}", type=int, default=1)
    way = ways[number - 1]
    if way.out != "none" and typer.confirm("Always from now on?", default=False):
        from instrument.cli import settings

        settings.save({"out": way.out})
    return way.out
