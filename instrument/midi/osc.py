"""OSC (midi room): remotes, games and patches drive the music, and are told how it stands.

What flows in: UDP datagrams, to addresses made from the tables of controls and commands (`addresses`). What flows
out: messages through the link that the screen uses too, replies, and the status to those who subscribed. It runs
beside the screen, not beside the clock: a thread that parses would cost the clock its turns. A flood stays cheap and
bounded: of the datagrams to one control only the newest of each `FLUSH_S` is read, and the engine gets `SENT`
messages of them at most. Bundles are taken at once, whatever their time. Bad packets are counted and ignored.
"""

import contextlib
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_message_builder import build_msg
from pythonosc.osc_packet import OscPacket

from instrument.errors import UserError
from instrument.messages import Message, Set, Status, command
from instrument.midi.addresses import ROOT, Route, Value, routes, told

PORT = 9010
LOOPBACK = "127.0.0.1"
FLUSH_S = 0.008  # datagrams are gathered for so long; the first after a pause is not kept waiting
TELL_S = 0.1  # between statuses to subscribers
READ, SENT = 32, 6  # datagrams parsed and messages passed on in a flush: 4,000 and 750 a second
QUEUED = 512  # datagrams that may wait to be parsed, and messages to be passed on; those beyond are dropped
SUBSCRIBERS = 16
LONGEST = 65_536
RECEIVE_BYTES = 1 << 20  # the system grants less; its default overflows while this process waits for a core
Client = tuple[str, int]
PATTERN = frozenset("*?[{")
STARS, PATTERN_LENGTH = (
    3,
    100,
)  # what a pattern may have: python-osc makes regular expressions of them, which can hang


class OscError(UserError):
    """OSC cannot be served; the message says why and what to do."""


class Link(Protocol):
    """The way to the engine."""

    def send(self, message: Message) -> None:
        """Put a message in the engine's inbox; never waits."""

    def latest(self) -> Status | None:
        """The newest status, None before the first."""


class Gathered:
    """Datagrams and messages on their way: the newest of each control, the rest in order, never more than some."""

    def __init__(self) -> None:
        self._newest: dict[bytes, tuple[bytes, Client]] = {}
        self._queue: deque[tuple[bytes, Client]] = deque()
        self._messages: dict[object, Message] = {}
        self._controls = {address.encode() for address, route in routes().items() if not route.command}
        self.dropped = 0

    def __bool__(self) -> bool:
        return bool(self._newest or self._queue or self._messages)

    def put(self, datagram: bytes, client: Client) -> None:
        """A datagram came; nothing of it is parsed but where its address ends."""
        address = datagram[: datagram.find(0)]
        if address in self._controls:
            self._newest[address + bytes([len(datagram) & 0xFF])] = datagram, client  # a question is shorter
        elif len(self._queue) < QUEUED:
            self._queue.append((datagram, client))
        else:
            self.dropped += 1

    def take(self) -> list[tuple[bytes, Client]]:
        """The datagrams to be read next."""
        taken = [self._queue.popleft() for _ in range(min(READ, len(self._queue)))]
        for key in list(self._newest)[: READ - len(taken)]:
            taken.append(self._newest.pop(key))
        return taken

    def want(self, message: Message, key: object = None) -> None:
        """A message is to be passed on; one of the same control that still waits is replaced."""
        if isinstance(message, Set):
            key = message.name, message.part
        if key in self._messages or len(self._messages) < QUEUED:
            self._messages[key or object()] = message
        else:
            self.dropped += 1

    def due(self) -> list[Message]:
        """The messages to be passed on now."""
        return [self._messages.pop(key) for key in list(self._messages)[:SENT]]


class OscServer:
    """Listens on a thread of its own until `close`. Raises OscError when the address cannot be had."""

    def __init__(self, link: Link, port: int = PORT, host: str = LOOPBACK) -> None:
        self._link = link
        self._routes = routes()
        self._patterns = Dispatcher(strict_timing=False)
        for address, route in self._routes.items():
            self._patterns.map(address, self._act, route)
        self._gathered = Gathered()
        self._subscribers: dict[Client, dict[str, tuple[Value, ...]]] = {}
        self._tell_s = 0.0
        self.received = self.bad = 0
        try:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            self._socket = socket.socket(family, socket.SOCK_DGRAM)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
            self._socket.bind((host, port))
        except (OSError, OverflowError) as error:
            raise OscError(f"OSC cannot listen on {host} port {port} ({error}); give another port to --osc") from None
        self._socket.setblocking(False)
        self.address: Client = self._socket.getsockname()[:2]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="osc", daemon=True)
        self._thread.start()

    @property
    def private(self) -> bool:
        """Whether only this machine can reach it."""
        return self.address[0].startswith("127.") or self.address[0] == "::1"

    @property
    def dropped(self) -> int:
        """Datagrams and messages of a flood that nobody read."""
        return self._gathered.dropped

    def close(self) -> None:
        """Stop listening."""
        self._over.set()
        self._thread.join(5)
        self._socket.close()

    def _serve(self) -> None:
        while not self._over.is_set():
            wait_s = FLUSH_S if self._gathered else TELL_S
            ready, _, _ = select.select([self._socket], [], [], wait_s)
            if ready:
                self._drain()
            for datagram, client in self._gathered.take():
                self._read(datagram, client)
            for message in self._gathered.due():
                self._link.send(message)
            self._tell()
            if ready:
                self._over.wait(FLUSH_S)

    def _drain(self) -> None:
        """Take in what has come; a limit, so that a flood cannot hold the thread here."""
        for _ in range(4 * QUEUED):
            try:
                datagram, client = self._socket.recvfrom(LONGEST)
            except BlockingIOError:
                return
            except OSError:  # somebody we wrote to is gone
                continue
            self.received += 1
            self._gathered.put(datagram, client[:2])

    def _read(self, datagram: bytes, client: Client) -> None:
        """Act on one datagram, a message or a bundle."""
        try:
            messages = [timed.message for timed in OscPacket(datagram).messages]
        except Exception:  # its ParseError, and what it lets through: IndexError, RecursionError, UnicodeError, ..
            self.bad += 1
            return
        for message in messages:
            try:
                self._answer(client, message.address, message.params)
            except (UserError, ValueError, TypeError, OverflowError) as error:
                self.bad += 1
                self._reply(client, f"{ROOT}/error", (f"{message.address}: {error}"[:200],))

    def _answer(self, client: Client, address: str, values: Sequence[Value]) -> None:
        route = self._routes.get(address)
        if route and not (route.control and values in ([], ["?"])):
            self._act(address, [route], *values)
        elif route:
            self._tell_now(client, address)
        elif address in (f"{ROOT}/subscribe", f"{ROOT}/unsubscribe"):
            self._subscribe(client, values, address.endswith("/subscribe"))
        elif address == f"{ROOT}/status":
            self._tell_now(client, "")
        elif address == f"{ROOT}/scene" and values:
            self._gathered.want(command("entry", self._scene(str(values[0]))))
        elif values in ([], ["?"]) and self._tell_now(client, address):
            pass
        elif PATTERN.isdisjoint(address) or address.count("*") > STARS or len(address) > PATTERN_LENGTH:
            raise UserError("no such address")
        else:
            for handler in self._patterns.handlers_for_address(address):
                handler.callback(address, handler.args, *values)

    def _act(self, address: str, rows: Sequence[Route], *values: Value) -> None:
        (route,) = rows
        if message := route.message(values):
            self._gathered.want(message, None if route.command else route.address)

    def _scene(self, name: str) -> int:
        status = self._link.latest()
        names = [entry.lower() for entry in status.set_list.entries] if status else []
        if name.lower() not in names:
            raise UserError(f"the set list has no entry {name[:40]!r}")
        return names.index(name.lower()) + 1

    def _subscribe(self, client: Client, values: Sequence[Value], wanted: bool) -> None:
        port = int(values[0]) if values else client[1]
        if not 0 < port < 65_536:
            raise UserError(f"{port} is no port")
        target = client[0], port
        if not wanted:
            self._subscribers.pop(target, None)
        elif target in self._subscribers or len(self._subscribers) < SUBSCRIBERS:
            self._subscribers[target] = {}
        else:
            raise UserError(f"there are {SUBSCRIBERS} subscribers already")

    def _tell(self) -> None:
        """Tell subscribers what has changed."""
        if not self._subscribers or time.monotonic() < self._tell_s:
            return
        self._tell_s = time.monotonic() + TELL_S
        status = self._link.latest()
        for address, values in told(status).items() if status else ():
            for client, known in self._subscribers.items():
                if known.get(address) != values:
                    known[address] = values
                    self._reply(client, address, values)

    def _tell_now(self, client: Client, address: str) -> bool:
        """Tell one who asked about `address`, all when it is empty; whether there was something to tell."""
        status = self._link.latest()
        news = told(status) if status else {}
        asked = {name: values for name, values in news.items() if address in ("", name)}
        for name, values in asked.items():
            self._reply(client, name, values)
        return bool(asked)

    def _reply(self, client: Client, address: str, values: Sequence[Value]) -> None:
        with contextlib.suppress(OSError):
            self._socket.sendto(build_msg(address, list(values)).dgram, client)
