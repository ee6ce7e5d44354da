"""OSC: from python-osc's own client, over loopback; floods, rubbish and questions included."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import build_msg
from pythonosc.udp_client import SimpleUDPClient

from instrument.commands import COMMANDS
from instrument.controls import GLOBAL, PART, GlobalControls, PartControls
from instrument.messages import Command, Message, PartStatus, Set, SetListStatus, Status, command
from instrument.midi.addresses import PRIVATE, listing, routes, told
from instrument.midi.osc import QUEUED, SENT, Gathered, OscError, OscServer
from tests.jack import until

PIECE = PartStatus("p", "Tiny", 0, "BWV 1", 3, 0, (), (), dict(PartControls().items()), ())
ENTRIES = SetListStatus("gig", ("Forest", "Battle"), 0)
STATUS = Status(True, 7, (2, 1, 0), (4, 4), 1, dict(GlobalControls().items()), (PIECE, PIECE), set_list=ENTRIES)


class FakeLink:
    """Takes messages; its status shows the last tempo that was set."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.status: Status | None = STATUS

    def send(self, message: Message) -> None:
        self.sent.append(message)
        if isinstance(message, Set) and message.name == "tempo" and self.status:
            self.status = replace(self.status, controls={**self.status.controls, "tempo": message.value})

    def latest(self) -> Status | None:
        return self.status


class Remote:
    """A sender that also listens."""

    def __init__(self, server: OscServer) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(20)
        self.to = server.address

    def send(self, address: str, *values: float | str) -> None:
        self.socket.sendto(build_msg(address, list(values)).dgram, self.to)

    def hear(self) -> tuple[str, list[object]]:
        message = OscMessage(self.socket.recv(65536))
        return message.address, message.params


@pytest.fixture
def link() -> FakeLink:
    return FakeLink()


@pytest.fixture
def server(link: FakeLink) -> Iterator[OscServer]:
    server = OscServer(link, port=0)
    yield server
    server.close()


def client(server: OscServer) -> SimpleUDPClient:
    return SimpleUDPClient(*server.address)


ASKED: list[tuple[str, object, list[Message]]] = [
    ("/eigenwalk/tempo", 132.0, [Set("tempo", 132.0)]),
    ("/eigenwalk/tempo", 9999, [Set("tempo", 300.0)]),
    ("/eigenwalk/part/1/step", 0.5, [Set("step", 0.5)]),
    ("/eigenwalk/part/3/neighbors", 12, [Set("neighbors", 12.0, 2)]),
    ("/eigenwalk/part/1/scale", "dorian", [Set("scale", 4.0)]),
    ("/eigenwalk/part/2/temperature/fader", 1.0, [Set("temperature", 5.0, 1)]),
    ("/eigenwalk/play", [], [command("play")]),
    ("/eigenwalk/next", 1.0, [command("next")]),
    ("/eigenwalk/part/2/glide", ["minor", 2], [command("glide", "minor", 2, part=1)]),
    ("/eigenwalk/scene", "battle", [command("entry", 2)]),
    ("/eigenwalk/xy", [1.0, 0.5], [command("steer", 1, 0)]),
    ("/eigenwalk/part/*/mute", 1, [Set("mute", 1.0, part) for part in range(4)]),
]


@pytest.mark.parametrize(("address", "value", "messages"), ASKED, ids=[row[0] for row in ASKED])
def test_an_address_means(
    address: str, value: float, messages: list[Message], server: OscServer, link: FakeLink
) -> None:
    client(server).send_message(address, value)
    until(address, lambda: link.sent)
    assert link.sent == messages
    assert server.bad == 0


WRONG: list[tuple[str, list[float | str]]] = [
    ("/eigenwalk/tempo", ["fast"]),
    ("/eigenwalk/tempo", [1.0, 2.0]),
    ("/eigenwalk/tempo", [float("nan")]),
    ("/eigenwalk/quit", []),
    ("/eigenwalk/part/1/load", ["/etc/passwd"]),
    ("/eigenwalk/part/9/step", [0.5]),
    ("/eigenwalk/scene", ["Nowhere"]),
    ("/eigenwalk/xy", [1.0]),
    ("/eigenwalk/" + "*" * 60 + "x", [1]),
    ("/elsewhere", [1]),
]


@pytest.mark.parametrize(("address", "value"), WRONG, ids=[row[0][:30] for row in WRONG])
def test_what_is_wrong_is_counted_and_told(
    address: str, value: list[float | str], server: OscServer, link: FakeLink
) -> None:
    remote = Remote(server)
    remote.send(address, *value)
    assert remote.hear()[0] == "/eigenwalk/error"
    assert (server.bad, link.sent) == (1, [])


def test_a_button_that_is_let_go_does_nothing(server: OscServer, link: FakeLink) -> None:
    client(server).send_message("/eigenwalk/next", 0.0)
    client(server).send_message("/eigenwalk/previous", 1)
    until("the press", lambda: link.sent)
    assert link.sent == [command("previous")]


def test_questions(server: OscServer) -> None:
    remote = Remote(server)
    remote.send("/eigenwalk/part/2/step")
    assert remote.hear() == ("/eigenwalk/part/2/step", [0.25])
    remote.send("/eigenwalk/tempo", "?")
    assert remote.hear() == ("/eigenwalk/tempo", [100.0])
    remote.send("/eigenwalk/scene")
    assert remote.hear() == ("/eigenwalk/scene", ["Forest"])
    remote.send("/eigenwalk/status")
    assert [remote.hear()[0] for _ in told(STATUS)] == list(told(STATUS))


def test_subscribers_hear_what_changes(server: OscServer) -> None:
    remote = Remote(server)
    remote.send("/eigenwalk/subscribe")
    first = dict(remote.hear() for _ in told(STATUS))
    assert (first["/eigenwalk/scene"], first["/eigenwalk/part/1/piece"]) == (["Forest"], ["BWV 1", 3])
    remote.send("/eigenwalk/tempo", 150.0)
    assert remote.hear() == ("/eigenwalk/tempo", [150.0])
    assert remote.hear()[0] == "/eigenwalk/tempo/fader"
    remote.send("/eigenwalk/unsubscribe")
    remote.send("/eigenwalk/tempo", 160.0)
    remote.send("/eigenwalk/playing", "x")
    assert remote.hear()[0] == "/eigenwalk/error"


def test_bundles_are_taken_at_once(server: OscServer, link: FakeLink) -> None:
    inner, outer = OscBundleBuilder(2_000_000_000), OscBundleBuilder(IMMEDIATELY)
    inner.add_content(build_msg("/eigenwalk/part/1/step", 0.5))
    outer.add_content(build_msg("/eigenwalk/tempo", 90.0))
    outer.add_content(inner.build())
    client(server).send(outer.build())
    until("both", lambda: len(link.sent) == 2)
    assert set(link.sent) == {Set("tempo", 90.0), Set("step", 0.5)}


def test_a_flood_is_thinned_and_its_last_word_arrives(server: OscServer, link: FakeLink) -> None:
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for number in range(4000):
        sender.sendto(build_msg("/eigenwalk/part/1/step", number / 5000).dgram, server.address)
        if number % 100 == 99:  # more than the system's buffer takes would be lost before it comes to us
            sender.sendto(b"\xff" * 40, server.address)
            until("those", lambda sent=number + 1 + number // 100 + 1: server.received == sent)
    sender.sendto(build_msg("/eigenwalk/part/1/step", 1.0).dgram, server.address)
    until("the last", lambda: link.sent and link.sent[-1] == Set("step", 1.0))
    assert len(link.sent) < 1000
    assert server.bad > 0


def test_what_waits_is_bounded() -> None:
    gathered = Gathered()
    for number in range(10 * QUEUED):
        gathered.put(build_msg("/eigenwalk/next").dgram, ("h", 1))
        gathered.put(build_msg("/eigenwalk/tempo", float(number)).dgram, ("h", 1))
        gathered.want(command("next"))
        gathered.want(Set("tempo", number))
    assert gathered.dropped == 2 * 9 * QUEUED + 1
    assert len(gathered.due()) == SENT
    waiting = []
    while taken := gathered.take():
        waiting += taken
    assert len(waiting) == QUEUED + 1


def test_the_port_is_ours_alone_and_on_loopback(server: OscServer) -> None:
    assert server.address[0] == "127.0.0.1"
    with pytest.raises(OscError, match="give another port"):
        OscServer(FakeLink(), port=server.address[1])
    assert sum(thread.name == "osc" for thread in threading.enumerate()) == 1


def test_every_control_and_command_has_its_address() -> None:
    addresses = set(routes())
    assert {f"/eigenwalk/{name}" for name in GLOBAL} <= addresses
    assert {f"/eigenwalk/part/{part}/{name}" for part in (1, 2, 3, 4) for name in PART} <= addresses
    last = {address.rsplit("/", 1)[1] for address in addresses}
    assert set(COMMANDS) - PRIVATE <= last
    assert not PRIVATE & last
    assert all(f"/eigenwalk/{name} " in listing() for name in GLOBAL)


@settings(max_examples=100, deadline=None)
@given(
    st.binary(max_size=80),
    st.sampled_from([b"", b"#bundle\0", b"/eigenwalk/tempo\0\0\0\0", b"/eigenwalk/*\0\0\0,f\0\0"]),
)
def test_rubbish_is_only_counted(rubbish: bytes, head: bytes) -> None:
    RUBBISH._gathered.put(head + rubbish, ("127.0.0.1", 9))
    for datagram, sender in RUBBISH._gathered.take():
        RUBBISH._read(datagram, sender)
    for message in RUBBISH._gathered.due():
        assert isinstance(message, Set | Command)


class _Quiet(OscServer):
    def _serve(self) -> None:
        """The test is the thread."""


RUBBISH = _Quiet(FakeLink(), port=0)
