"""The edge in front of rtmidi: a made-up rtmidi for what this machine lacks."""

import os
import threading
import time
from typing import Any, ClassVar

import pytest
import rtmidi

from instrument.midi import ports, systems
from instrument.midi.systems import PortError
from tests.jack import Dump, jack_server, until

__all__ = ["jack_server"]


class FakeMidi:
    """rtmidi's MidiOut and MidiIn on a machine whose systems and ports are `there` and `names`."""

    there: ClassVar[set[int]] = set()
    names: ClassVar[list[str]] = []

    def __init__(self, api: int, name: str) -> None:
        os.write(2, b"noise of a C library\n")
        if api not in self.there:
            raise rtmidi.SystemError("nobody there")
        self.opened: Any = None

    def get_ports(self) -> list[str]:
        return self.names

    def open_port(self, index: int) -> None:
        self.opened = index

    def open_virtual_port(self, name: str) -> None:
        self.opened = name

    def send_message(self, data: Any) -> None: ...
    def close_port(self) -> None: ...
    def delete(self) -> None: ...
    def ignore_types(self, **types: bool) -> None: ...
    def set_callback(self, callback: Any) -> None: ...
    def cancel_callback(self) -> None: ...


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> type[FakeMidi]:
    """A machine without any MIDI system, until the test says otherwise."""
    monkeypatch.setattr(rtmidi, "MidiOut", FakeMidi)
    monkeypatch.setattr(rtmidi, "MidiIn", FakeMidi)
    monkeypatch.setattr(rtmidi, "get_compiled_api", lambda: [1, 2, 3, 4])
    monkeypatch.setattr(FakeMidi, "there", set())
    monkeypatch.setattr(FakeMidi, "names", [])
    return FakeMidi


def test_no_system_is_silent_unless_a_port_was_asked_for(machine: type[FakeMidi]) -> None:
    port, notice = ports.open_output(None, None)
    port.send((0x90, 60, 90), 0)
    port.close()
    assert port.name == "none"
    assert notice
    assert notice.startswith("no MIDI system found")
    assert ports.open_input(None, None, lambda *_: None) is None
    for spec in ("virtual", "virtual:x", "port:x"):
        with pytest.raises(PortError, match="no MIDI system found"):
            ports.open_output(spec, None)
    with pytest.raises(PortError, match="no MIDI system found"):
        ports.open_input("x", None, lambda *_: None)


def test_a_system_that_is_asked_for_and_absent(machine: type[FakeMidi]) -> None:
    with pytest.raises(PortError, match="JACK cannot be used: no JACK server runs; start"):
        ports.open_output(None, "jack")
    with pytest.raises(PortError, match="takes coremidi, alsa, jack, windows, not 'oss'"):
        ports.open_output(None, "oss")


@pytest.mark.parametrize("spec", ["virtuel", "port", "port:", "x:y"])
def test_a_wrong_spec(machine: type[FakeMidi], spec: str) -> None:
    with pytest.raises(PortError, match="--out takes virtual"):
        ports.open_output(spec, None)


def test_windows_has_no_virtual_ports(machine: type[FakeMidi]) -> None:
    machine.there, machine.names = {rtmidi.API_WINDOWS_MM}, ["Microsoft GS Wavetable Synth 0"]
    port, notice = ports.open_output(None, None)
    assert port.name == "none"
    assert notice
    assert "loopMIDI" in notice
    assert "Microsoft GS Wavetable Synth 0" in notice
    with pytest.raises(PortError, match="no virtual ports"):
        ports.open_output("virtual", None)
    assert ports.open_input(None, None, lambda *_: None) is None
    assert ports.open_output("port:wavetable", None)[0].name == machine.names[0]


def test_a_taken_name(machine: type[FakeMidi]) -> None:
    machine.there, machine.names = {rtmidi.API_UNIX_JACK}, ["eigenwalk:out"]
    with pytest.raises(PortError, match="eigenwalk:out is there already"):
        ports.open_output(None, None)
    assert ports.open_output("virtual:two", None)[0].name == "eigenwalk:two"


def test_a_port_is_chosen_by_a_part_of_its_name(machine: type[FakeMidi]) -> None:
    machine.there, machine.names = {rtmidi.API_LINUX_ALSA}, ["Synth A 128:0", "Synth B 129:0", "Synth 130:0"]
    assert ports.open_output("port:synth b", None)[0].name == "Synth B 129:0"
    with pytest.raises(PortError, match="several match; there is: Synth A"):
        ports.open_output("port:synth", None)
    with pytest.raises(PortError, match="not found; there is: Synth A"):
        ports.open_output("port:piano", None)


def test_noise_stays_off_the_terminal(machine: type[FakeMidi], capfd: pytest.CaptureFixture[str]) -> None:
    machine.there = {rtmidi.API_UNIX_JACK}
    ports.open_output(None, None)[0].close()
    assert systems.systems() == [systems.SYSTEMS["jack"]]
    assert capfd.readouterr() == ("", "")


@pytest.mark.jack
def test_both_ways_over_jack(jack_server: str) -> None:
    heard: list[tuple[int, tuple[int, ...]]] = []
    kept, calls = threading.local(), []

    def hear(stamp_ns: int, data: tuple[int, ...]) -> None:
        heard.append((stamp_ns, data))
        kept.calls = getattr(kept, "calls", 0) + 1  # forgotten with the thread's state, were it made anew
        calls.append(kept.calls)

    dump = Dump("both-ways")
    out, notice = ports.open_output(None, None)
    assert (out.name, notice) == ("eigenwalk:out", None)
    dump.connect("eigenwalk:out")
    with pytest.raises(PortError, match="is there already"):
        ports.open_output(None, None)
    listener = ports.open_input("eigenwalk:out", None, hear)
    assert listener
    before = time.perf_counter_ns()
    out.send((0x90, 60, 90), 0)
    out.send((0xC0, 5), 0)
    until("both messages", lambda: len(heard) == 2)
    listener.close()
    out.send((0x80, 60, 64), 0)
    out.close()
    assert [data for _, data in heard] == [(0x90, 60, 90), (0xC0, 5)]
    assert calls == [1, 2]
    assert all(stamp > before for stamp, _ in heard)
    assert [message.data for message in dump.close()] == [(0x90, 60, 90), (0xC0, 5), (0x80, 60, 64)]
