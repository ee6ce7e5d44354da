"""Where a process of eigenwalk begins: the command line, or the engine or output that a performance runs beside it.

The engine's process must not load the command line's libraries (typer and rich cost some 0.2 s and 20 MB),
so the choice is made here, before either is imported. So is the check of Python's version: libraries that another
version lacks must not be the first to complain.
"""

import sys


def main() -> None:
    """Run the command line, or another process of ours when the first argument says so."""
    if not (3, 11) <= sys.version_info[:2] < (3, 13):
        running = ".".join(map(str, sys.version_info[:2]))
        sys.exit(f"eigenwalk needs Python 3.11 or 3.12, as its MIDI library does; this is {running}")
    if sys.argv[1:2] == ["engine-process"]:
        from instrument.midi.engine_process import run

        run()
    elif sys.argv[1:2] == ["output-process"]:
        from instrument.midi import sender

        sender.run(*sys.argv[2:6])
    else:
        from instrument.cli import main as command_line

        command_line()


if __name__ == "__main__":
    main()
