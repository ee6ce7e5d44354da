"""Random hands on the whole instrument: whatever is done in whatever order, the promises hold; a replay is equal."""

import contextlib
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from instrument.commands import COMMANDS, Arg
from instrument.controls import TABLE, ControlError
from instrument.live.engine import Engine, LoadPreset
from instrument.messages import Command, Heard, Message, Set, command, status_from_text, status_to_text
from instrument.notes import Output
from instrument.tempo import Metre
from tests.live.checks import Receiver
from tests.support import tiny_preset

PRESETS = [
    tiny_preset(),
    tiny_preset(pieces=2, bars=6, metre=Metre(3, 4), title="Waltz", controls={"step": 0.6, "tempo": 140}),
    tiny_preset(pieces=2, bars=4, voices=2, title="Duet", drums=[1]),
    tiny_preset(pieces=2, bars=4, metre=Metre(6, 8), title="Jig"),
]
PLAYED = [name for name in COMMANDS if name not in {"quit", "load", "morph", "add"}]
PARTS = st.integers(0, 4)


def argument(arg: Arg) -> st.SearchStrategy[Any]:
    if arg.choices:
        return st.sampled_from(arg.choices)
    if arg.text:
        return st.sampled_from(["a", "b", "even", "odd", "0.5,-0.5", "0,0", "nowhere", "2,2"])
    if arg.whole:
        return st.integers(int(arg.low), min(int(arg.high), int(arg.low) + 20))
    return st.floats(arg.low, arg.high)


@st.composite
def commands(draw: st.DrawFn) -> Command:
    name = draw(st.sampled_from(PLAYED))
    args = [draw(argument(arg)) for arg in COMMANDS[name].args]
    return command(name, *args, part=draw(PARTS))


@st.composite
def changes(draw: st.DrawFn) -> Set:
    row = TABLE[draw(st.sampled_from(sorted(TABLE)))]
    return Set(row.name, row.at(draw(st.floats(0, 1))), draw(PARTS))


class Hands(RuleBasedStateMachine):
    """Everything a performer can do, in any order; the clock moves when it likes."""

    def __init__(self) -> None:
        super().__init__()
        self.log: list[tuple[int, Message | LoadPreset | int]] = []

    @initialize(first=st.sampled_from(PRESETS), seed=st.integers(0, 2**32))
    def begin(self, first: Any, seed: int) -> None:
        self.first, self.seed = first, seed
        self.engine = Engine([first], seed)
        self.receiver = Receiver()
        self.outputs: list[Output] = []
        self.hand(command("play"))

    def hand(self, message: Message | LoadPreset) -> None:
        self.log.append((self.engine.tick, message))
        with contextlib.suppress(ControlError):
            self.engine.handle(message, self.engine.tick)
        self.listen(self.engine.advance(self.engine.tick))

    def listen(self, outputs: list[Output]) -> None:
        self.receiver.take(outputs)
        self.outputs += outputs

    @rule(message=commands())
    def command_(self, message: Command) -> None:
        self.hand(message)

    @rule(message=changes())
    def change(self, message: Set) -> None:
        self.hand(message)

    @rule(preset=st.sampled_from(PRESETS), part=PARTS, bars=st.sampled_from([0, 0, 1, 4]), add=st.booleans())
    def load(self, preset: Any, part: int, bars: int, add: bool) -> None:
        self.hand(LoadPreset(preset, part, bars, add))

    @rule(data=st.lists(st.integers(0, 255), max_size=4))
    def hear_noise(self, data: list[int]) -> None:
        self.hand(Heard(tuple(data)))

    @rule(pitch=st.integers(48, 76), velocity=st.integers(0, 127), follow=st.sampled_from([0.0, 0.7, 1.0]))
    def hear_a_note(self, pitch: int, velocity: int, follow: float) -> None:
        self.hand(Set("follow", follow, 0))
        self.hand(Heard((0x90, pitch, velocity)))

    @rule(ticks=st.one_of(st.integers(0, 500), st.integers(0, 20_000)))
    def wait(self, ticks: int) -> None:
        until = self.engine.tick + ticks
        self.log.append((until, 0))
        before = self.engine.tick
        outputs = self.engine.advance(until)
        self.listen(outputs)
        assert self.engine.tick in (before, until) or self.engine.ended

    @invariant()
    def promises(self) -> None:
        if not hasattr(self, "engine"):
            return
        status = self.engine.status()
        assert status_from_text(status_to_text(status)) == status
        assert not any("stumbled" in alert for alert in status.alerts), status.alerts
        if not self.engine.playing:
            assert not self.receiver.sounding
        sounding = {key for part in status.parts for key in part.sounding}
        assert self.receiver.sounding >= sounding
        assert len(status.parts) == len(self.engine.parts) <= 4

    def teardown(self) -> None:
        if not hasattr(self, "engine"):
            return
        self.hand(command("stop"))
        assert not self.receiver.sounding
        again = Engine([self.first], self.seed)
        replayed: list[Output] = []
        for tick, what in self.log:
            if isinstance(what, int):
                replayed += again.advance(tick)
                continue
            with contextlib.suppress(ControlError):
                again.handle(what, tick)
            replayed += again.advance(again.tick)
        assert replayed == self.outputs


TestHands = Hands.TestCase
TestHands.settings = settings(
    max_examples=100, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
