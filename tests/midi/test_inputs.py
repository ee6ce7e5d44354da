"""Input ports that come and go: numbers, channels, newcomers, and what never hears itself."""

import pytest

from instrument.midi.inputs import Ear, Inputs, Wish, parse_wish
from instrument.midi.systems import PortError


class Port:
    """An open port."""

    def __init__(self, name: str, ear: Ear) -> None:
        self.name, self.ear, self.closed = name, ear, False

    def close(self) -> None:
        self.closed = True


class Machine:
    """Ports that are plugged in, and who is told."""

    def __init__(self, *wanted: str, there: tuple[str, ...] = (), virtual: bool = True) -> None:
        self.opened: list[Port] = []
        self.heard: list[tuple[int, tuple[int, ...]]] = []
        self.lines: list[str] = []
        self.told: list[tuple[object, ...]] = []
        self.refused: set[str] = set()
        self.inputs = Inputs(wanted, virtual, there, self.open, self.hear, self.lines.append)
        self.inputs.serve(self)

    def open(self, name: str | None, ear: Ear) -> Port:
        if name in self.refused:
            raise PortError("somebody else has it")
        self.opened.append(Port(name or "eigenwalk-in:in", ear))
        return self.opened[-1]

    def hear(self, source: int, stamp_ns: int, data: tuple[int, ...]) -> None:
        self.heard.append((source, data))

    def knows(self, port: str) -> bool:
        return "nano" in port

    def appeared(self, source: int, port: str) -> None:
        self.told.append(("appeared", source, port))

    def vanished(self, source: int, system: bool) -> None:
        self.told.append(("vanished", source, system))


def test_wishes() -> None:
    assert parse_wish("keys") == Wish("keys")
    assert parse_wish("nano MIDI 1 24:0") == Wish("nano MIDI 1 24:0")
    assert parse_wish("nano:1 24:0@1-3,16") == Wish("nano:1 24:0", 0b1000000000000111)
    for wrong in ("keys@0", "keys@3-1", "keys@17"):
        with pytest.raises(PortError, match="channels are 1 to 16"):
            parse_wish(wrong)


def test_several_ports_are_numbered_and_their_channels_picked() -> None:
    machine = Machine("keys@2", "pads", there=("my keys", "pads 1", "eigenwalk:out"))
    assert machine.inputs.names == ("my keys", "pads 1")
    keys, pads = machine.opened
    for port in keys, pads:
        for data in (0x90, 60, 1), (0x91, 60, 1), (0xF8,):
            port.ear(0, data)
    assert machine.heard == [(0, (0x91, 60, 1)), (0, (0xF8,)), (1, (0x90, 60, 1)), (1, (0x91, 60, 1)), (1, (0xF8,))]


def test_its_own_output_is_no_input() -> None:
    there = ("eigenwalk:out", "eigenwalk-clock:out", "keys")
    with pytest.raises(PortError, match="own output"):
        Machine("eigenwalk:out", there=there)
    with pytest.raises(PortError, match="not found; there is: keys"):
        Machine("eigenwalk", there=there)


def test_a_port_that_vanishes_is_heard_again_under_its_number() -> None:
    machine = Machine("keys", "nano", there=("keys 20:0", "nano 24:0"))
    machine.inputs.look(["keys 20:0", "nano 24:0"])
    assert machine.told == []
    machine.inputs.look(["keys 20:0"])
    assert machine.told == [("vanished", 1, False)]
    assert "nano 24:0 is unplugged" in machine.lines[0]
    at_once = machine.opened[1].closed
    machine.inputs.look(["keys 20:0"])
    assert (at_once, machine.opened[1].closed) == (False, True), "it may have been the system that went"
    machine.inputs.look(["keys 20:0", "nano 28:0"])  # ALSA gives it another number
    assert machine.told[1:] == [("appeared", 1, "nano 28:0")]
    machine.opened[-1].ear(0, (0x90, 60, 1))
    assert machine.heard == [(1, (0x90, 60, 1))]


def test_a_controller_with_a_map_is_heard_when_it_is_plugged_in() -> None:
    machine = Machine()
    assert machine.inputs.own == ("eigenwalk-in:in",)
    machine.inputs.look(["keys", "eigenwalk:nano"])
    assert machine.told == []
    machine.inputs.look(["keys", "nano"])
    machine.inputs.look(["keys", "nano"])
    assert machine.told == [("appeared", 1, "nano")]
    machine.opened[1].ear(0, (0xF8,))
    machine.opened[1].ear(0, (0xB0, 1, 1))
    assert machine.heard == [(1, (0xB0, 1, 1))], "a clock that nobody asked for sets no time"


def test_a_port_that_another_program_has_is_told_once() -> None:
    machine = Machine()
    machine.refused = {"nano"}
    for _ in range(3):
        machine.inputs.look(["nano"])
    assert machine.lines == ["nano cannot be heard: somebody else has it"]
    machine.refused = set()
    machine.inputs.look(["nano"])
    assert machine.told == [("appeared", 1, "nano")]


def test_a_system_that_goes_and_comes_back() -> None:
    machine = Machine("keys", there=("keys",))
    machine.inputs.abandon()
    assert machine.told == [("vanished", 0, True)]
    assert not machine.opened[0].closed, "closing would crash"
    machine.inputs.come_back()
    machine.inputs.look(["keys"])
    assert machine.told[1:] == [("appeared", 0, "keys")]
    own = Machine()
    own.inputs.abandon()
    own.inputs.come_back()
    assert own.told == [("vanished", 0, True), ("appeared", 0, "eigenwalk-in:in")]
    own.inputs.close()
    assert own.opened[1].closed
