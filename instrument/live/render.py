"""Render (live room): an engine run as fast as the machine can, without a clock.

What flows in: an engine and how far to run it. What flows out: all its outputs, in order. Same seed, same messages:
the same notes as on the stage. With gestures written down beforehand, see script.py.
"""

from instrument.live.engine import Engine
from instrument.messages import command
from instrument.notes import Output


def render(engine: Engine, until_tick: int) -> list[Output]:
    """Outputs from the standing tick to `until_tick` or the engine's own end; all that sounds is released there."""
    engine.handle(command("play"), engine.tick)
    outputs = engine.advance(until_tick)
    engine.handle(command("stop"), engine.tick)
    return outputs + engine.advance(engine.tick)
