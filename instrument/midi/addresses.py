"""OSC addresses (midi room): made from the tables of controls and commands, so that none is forgotten.

What flows in: the tables; the values of an OSC message; a status. What flows out: the message that an address means,
and what subscribers are told. No socket, no thread. Parts are 0..3 inside and 1..4 in an address.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from instrument.commands import COMMANDS, CommandSpec
from instrument.controls import GLOBAL, PART, Control, ControlError
from instrument.messages import Command, Message, Set, Status, command

ROOT = "/eigenwalk"
PARTS = 4
PRIVATE = {"quit"}  # not for a network
NAMED = {"load", "morph", "add"}  # over a network presets go by the bank's names, never by paths
Value = float | int | str | bool


@dataclass(frozen=True, slots=True)
class Route:
    """What one address means. `help` is its line in the list."""

    address: str
    takes: str
    help: str
    part: int = 0
    control: Control | None = None
    fader: bool = False
    command: CommandSpec | None = None

    def message(self, values: Sequence[Value]) -> Message | None:
        """The message for `values`; None when it is only a button's release. Raises ControlError."""
        if self.control:
            return Set(self.control.name, self._level(values), self.part)
        if self.command is None:
            return self._point(values)
        if not self.command.args and values:
            return None if values[0] in (0, False) else Command(self.command.name, (), self.part)
        if self.command.name in NAMED and any(sign in str(values[:1]) for sign in ("/", "\\", ".safetensors")):
            raise ControlError(f"over OSC {self.command.name} takes a name of the bank, no path")
        return command(self.command.name, *_plain(values), part=self.part)

    def _level(self, values: Sequence[Value]) -> float:
        assert self.control
        if len(values) != 1:
            raise ControlError(f"{self.address} takes one value, not {len(values)}")
        (value,) = _plain(values)
        if self.fader:
            return self.control.at(_unit(value))
        return self.control.clamp(value) if isinstance(value, float) else self.control.check(value)

    def _point(self, values: Sequence[Value]) -> Message:
        if len(values) != 2:
            raise ControlError(f"{self.address} takes two values, not {len(values)}")
        x, y = map(_unit, _plain(values))
        return command("steer", 2 * x - 1, 2 * y - 1, part=self.part)


def _plain(values: Sequence[Value]) -> list[float | str]:
    plain = [value if isinstance(value, str) else float(value) for value in values]
    if any(isinstance(value, float) and not math.isfinite(value) for value in plain):
        raise ControlError("a value is no number")
    return plain


def _unit(value: float | str) -> float:
    return min(1.0, max(0.0, float(value)))


def routes() -> dict[str, Route]:
    """Every address that moves something."""
    return {route.address: route for route in _all()}


def address_of(name: str, part: int) -> str:
    """Where the control called `name` is reached, of `part` if it is a part's."""
    return f"{ROOT}/{name}" if name in GLOBAL else f"{ROOT}/part/{part + 1}/{name}"


def _all() -> Iterator[Route]:
    for name, control in GLOBAL.items():
        yield from _control(f"{ROOT}/{name}", control, 0)
    for name, spec in COMMANDS.items():
        if spec.scope == "global" and name not in PRIVATE:
            yield Route(f"{ROOT}/{name}", spec.takes(), spec.help, command=spec)
    yield Route(f"{ROOT}/xy", "x, y", XY)
    for part in range(PARTS):
        own = f"{ROOT}/part/{part + 1}"
        for name, control in PART.items():
            yield from _control(f"{own}/{name}", control, part)
        for name, spec in COMMANDS.items():
            if spec.scope == "part" and name not in PRIVATE:
                yield Route(f"{own}/{name}", spec.takes(), spec.help, part, command=spec)
        yield Route(f"{own}/xy", "x, y", XY, part)


XY = "lean towards a point of the map, 0 to 1 each way, until release"


def _control(address: str, control: Control, part: int) -> Iterator[Route]:
    yield Route(address, control.span(), control.help, part, control)
    yield Route(f"{address}/fader", "0 to 1", "the same, as a fader", part, control, fader=True)


OTHERS = (
    ("/scene", "name", "go to the set list's entry of that name"),
    ("/status", "", "answers with everything below"),
    ("/subscribe", "[port]", "tell me what changes, at this port of mine, else where I send from"),
    ("/unsubscribe", "[port]", "no longer"),
)
TOLD = (
    ("/playing", "0 or 1"),
    ("/position", "bar, beat, tick"),
    ("/scene", "name of the entry that plays"),
    ("/alert", "a line for the performer"),
    ("/error", "what was wrong with a message"),
    ("/part/1/preset", "title"),
    ("/part/1/piece", "piece, bar"),
)


def listing() -> str:
    """The table of addresses as text; of the parts' only the first part's."""
    lines = [f"{'address':42} takes"]
    for route in routes().values():
        if not route.fader and route.part == 0:
            lines.append(f"{route.address:42} {route.takes or '-':30} {route.help}")
    lines += [f"{ROOT + address:42} {takes or '-':30} {help}" for address, takes, help in OTHERS]
    lines += ["", "told to subscribers, beside every control at its address:"]
    lines += [f"{ROOT + address:42} {takes}" for address, takes in TOLD]
    lines += [
        "",
        f"part/1 stands for parts 1 to {PARTS}; each control also has a /fader, 0 to 1 (for remotes);",
        "an address with no value, or with ?, asks; patterns (* ? [] {}) and bundles are understood.",
    ]
    return "\n".join(lines)


def told(status: Status) -> Mapping[str, tuple[Value, ...]]:
    """What there is to tell, by address."""
    news: dict[str, tuple[Value, ...]] = {
        f"{ROOT}/playing": (int(status.playing),),
        f"{ROOT}/position": status.position,
        **_levels(ROOT, GLOBAL, status.controls),
    }
    if 0 <= status.set_list.current < len(status.set_list.entries):
        news[f"{ROOT}/scene"] = (status.set_list.entries[status.set_list.current],)
    if status.alerts:
        news[f"{ROOT}/alert"] = (status.alerts[-1],)
    for number, part in enumerate(status.parts, 1):
        own = f"{ROOT}/part/{number}"
        news |= {f"{own}/preset": (part.title,), f"{own}/piece": (part.piece, part.bar)}
        news |= _levels(own, PART, part.controls)
    return news


def _levels(root: str, table: Mapping[str, Control], values: Mapping[str, float]) -> dict[str, tuple[Value, ...]]:
    levels: dict[str, tuple[Value, ...]] = {}
    for name, value in values.items():
        if control := table.get(name):
            levels[f"{root}/{name}"] = (float(value),)
            levels[f"{root}/{name}/fader"] = (control.fraction(value),)
    return levels
