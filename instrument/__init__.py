"""eigenwalk: a random walk on a manifold learnt from music, played live over MIDI.

To embed the walk in a program of one's own, without ports, threads or processes:

    import instrument

    engine = instrument.open("bach-chorales", seed=1)
    engine.handle(instrument.command("play"), 0)
    events = engine.advance(4 * 480)  # all that sounds in the first four quarter notes
    engine.handle(instrument.Set("step", 0.8), engine.tick)
    engine.handle(instrument.command("freeze", 2), engine.tick)
    events += engine.advance(8 * 480)

Ticks are 1/480 of a quarter note; an event has `tick`, `data` (MIDI bytes), `part`. Whoever embeds it keeps time.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from instrument.messages import Set, command

if TYPE_CHECKING:
    from instrument.live.engine import Engine

__all__ = ["Set", "__version__", "command", "open"]

__version__ = "0.1.0"


def open(*presets: str, seed: int = 1, settings: Mapping[str, float] | None = None) -> "Engine":
    """An engine, stopped at tick 0, with a part for each of `presets` (a name of the bank, or a file).

    `settings` are controls by name. Raises UserError (a ValueError) that says what is wrong.
    """
    from instrument.bank import resolve  # noqa: PLC0415 - whoever asks for the version must not wait for numpy
    from instrument.live.engine import Engine  # noqa: PLC0415
    from instrument.preset import Preset  # noqa: PLC0415

    return Engine([Preset.load(resolve(name)) for name in presets or ("bach-chorales",)], seed, settings)
