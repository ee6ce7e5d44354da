"""Input ports (midi room): every port that is listened to, as they come and go.

In: what `--in` names; now and then the names of all ports there are (`look`). Out: what is heard, with the number of
its port, which a port keeps for as long as the performance lasts; and word to the controllers of a port that is here,
or gone. A controller that somebody has a map for is listened to as soon as it is plugged in. Nothing musical.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from instrument.errors import UserError
from instrument.midi.ports import find_port
from instrument.midi.systems import CLIENT, PortError, never_let_go

EVERY_CHANNEL = 0xFFFF
SYSTEM = 0xF0  # from this status byte on a message has no channel
MOST = 8  # ports; the control `listen_port` counts as far
_WISH = re.compile(r"(.+)@(\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*)")
_NUMBERS = re.compile(r" \d+:\d+$|\[\d+\]")  # ALSA's and its bridge's: others at every plugging in

Hear = Callable[[int, int, tuple[int, ...]], None]  # number of the port, time of arrival (ns), bytes
Ear = Callable[[int, tuple[int, ...]], None]


class Closable(Protocol):
    """An open port: its name, and its end."""

    @property
    def name(self) -> str:
        """Its whole name."""

    def close(self) -> None:
        """Stop hearing."""


class Guests(Protocol):
    """Who is told of ports that come and go: the controllers."""

    def knows(self, port: str) -> bool:
        """Whether there is a map for it."""

    def appeared(self, source: int, port: str) -> None:
        """It is heard as number `source`."""

    def vanished(self, source: int, system: bool) -> None:
        """It is gone; `system`: with the whole MIDI system, so that nothing of it may be closed."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A port as `--in` names it, and the channels that are heard of it: bit c for channel c, from 0."""

    name: str
    channels: int = EVERY_CHANNEL


@dataclass(slots=True)
class Slot:
    """A numbered port. `own`: it is ours, for others to connect to. `asked`: by the performer."""

    wish: Wish
    name: str
    own: bool = False
    asked: bool = True
    port: Closable | None = None


def parse_wish(text: str) -> Wish:
    """`NAME`, or `NAME@1-4,10` for some of its channels. Raises PortError."""
    match = _WISH.fullmatch(text)
    if not match:
        return Wish(text)
    channels = 0
    for span in match[2].split(","):
        first, _, last = span.partition("-")
        low, high = int(first), int(last or first)
        if not 1 <= low <= high <= 16:
            raise PortError(f"--in {text}: channels are 1 to 16, as in {match[1]}@1-4,10")
        channels |= sum(1 << (channel - 1) for channel in range(low, high + 1))
    return Wish(match[1], channels)


def is_ours(port: str) -> bool:
    """Whether it is a port of this instrument, which must not hear itself."""
    return port.startswith((f"{CLIENT}:", f"{CLIENT}-"))


class Inputs:
    """The ports that `wanted` names, else one of our own where `virtual`. Raises PortError.

    `opened` opens the port of that whole name, None: our own (which may be impossible: None).
    """

    def __init__(
        self,
        wanted: Sequence[str],
        virtual: bool,
        names: Sequence[str],
        opened: Callable[[str | None, Ear], Closable | None],
        hear: Hear,
        tell: Callable[[str], None],
    ) -> None:
        self._opened, self._hear, self._tell = opened, hear, tell
        self._guests: Guests | None = None
        self._seen: set[str] = set()
        self._stale: list[Closable] = []  # unplugged; closed at the next look, lest it was the system that went
        self._slots = [Slot(wish, _found(wish, names)) for wish in map(parse_wish, wanted)]
        if len(self._slots) > MOST:
            raise PortError(f"--in can be given {MOST} times at most")
        if virtual and not wanted:
            self._slots.append(Slot(Wish(""), "", own=True))
        try:
            for source in range(len(self._slots)):
                self._open(source)
        except Exception:
            self.close()
            raise

    @property
    def names(self) -> tuple[str, ...]:
        """Of the ports that are heard now."""
        return tuple(slot.name for slot in self._slots if slot.port)

    @property
    def own(self) -> tuple[str, ...]:
        """Those of them that are ours."""
        return tuple(slot.name for slot in self._slots if slot.port and slot.own)

    def serve(self, guests: Guests) -> None:
        """Tell `guests` from now on; they know of the ports that are open."""
        self._guests = guests

    def look(self, names: Sequence[str]) -> None:
        """These ports are there: let go of those that are not, take up those that are back, and newcomers."""
        if self._guests is None:
            return
        while self._stale:
            self._stale.pop().close()
        for source, slot in enumerate(self._slots):
            if slot.port and not slot.own and slot.name not in names:
                self._lose(source)
            if slot.port is None and not slot.own:
                self._regain(source, names)
        for name in names:
            if name not in self._seen:
                self._welcome(name)
        self._seen = set(names)

    def abandon(self) -> None:
        """The MIDI system is gone: nothing may be closed."""
        for source, slot in enumerate(self._slots):
            if slot.port:
                never_let_go(slot.port)
                slot.port = None
                if self._guests:
                    self._guests.vanished(source, system=True)
        never_let_go(*self._stale)
        self._stale, self._seen = [], set()

    def come_back(self) -> None:
        """The MIDI system is back: open our own port again; the others are taken up as they are seen."""
        for source, slot in enumerate(self._slots):
            if slot.own and slot.port is None:
                self._open(source)
                if self._guests:
                    self._guests.appeared(source, slot.name)

    def close(self) -> None:
        """Close what is open."""
        while self._stale:
            self._stale.pop().close()
        for slot in self._slots:
            if slot.port:
                slot.port.close()
                slot.port = None

    def _open(self, source: int) -> None:
        slot = self._slots[source]
        slot.port = self._opened(None if slot.own else slot.name, self._ear(source, slot))
        slot.name = slot.port.name if slot.port else slot.name

    def _ear(self, source: int, slot: Slot) -> Ear:
        channels, asked, hear = slot.wish.channels, slot.asked, self._hear

        def ear(stamp_ns: int, data: tuple[int, ...]) -> None:
            # one clock is enough: a controller that was not asked for does not set the time
            if channels >> (data[0] & 15) & 1 if data[0] < SYSTEM else asked:
                hear(source, stamp_ns, data)

        return ear

    def _lose(self, source: int) -> None:
        slot = self._slots[source]
        assert slot.port
        assert self._guests
        self._stale.append(slot.port)
        slot.port = None
        self._guests.vanished(source, system=False)
        self._tell(f"{slot.name} is unplugged; what it held is let go, and it is heard again when it is back")

    def _regain(self, source: int, names: Sequence[str]) -> None:
        slot = self._slots[source]
        taken = self.names
        for name in names:
            if _stem(name) == _stem(slot.name) and name not in taken:
                was, slot.name = slot.name, name
                if not self._try(source):
                    slot.name = was
                return

    def _welcome(self, name: str) -> None:
        assert self._guests
        known = not is_ours(name) and all(name != slot.name for slot in self._slots)
        if known and len(self._slots) < MOST and self._guests.knows(name):
            self._slots.append(Slot(Wish(name), name, asked=False))
            self._try(len(self._slots) - 1)

    def _try(self, source: int) -> bool:
        assert self._guests
        name = self._slots[source].name
        try:
            self._open(source)
        except UserError as error:
            if name not in self._seen:
                self._tell(f"{name} cannot be heard: {error}")
            return False
        self._guests.appeared(source, name)
        return True


def _found(wish: Wish, names: Sequence[str]) -> str:
    """The whole name of the port that is wished for. Raises PortError."""
    others = [name for name in names if not is_ours(name)]
    if len(others) < len(names) and any(name == wish.name for name in names if is_ours(name)):
        raise PortError(f"--in {wish.name}: that is the instrument's own output, which it does not listen to")
    return find_port(wish.name, others)


def _stem(name: str) -> str:
    """What of a port's name is the same when it is plugged in again."""
    return _NUMBERS.sub("", name)
