"""The outbox: what is decided, until it is handed to a port.

A port takes an event `lead_ns` before it is due, and each port is shifted by an offset of its own; so events of one
moment leave at different times, and the engine must be ahead of the clock by the most that any port asks for.
What is not yet due can be taken back, from here and from the ports that let it.
"""

import heapq
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from instrument.notes import Event

LATE_NS = 50_000_000  # a note this late is dropped: better missing than bunched
AT_ONCE = 0  # due then: whenever that is, it is not late


class Port(Protocol):
    """Where bytes go."""

    @property
    def lead_ns(self) -> int:
        """How long before their time it wants them (0: at their time)."""

    @property
    def missed(self) -> int:
        """Notes that it took and could not send in time."""

    def lead(self, wish_ns: int) -> None:
        """A lead that the performer wishes; a port that can only send now does not heed it."""

    def send(self, data: tuple[int, ...], due_ns: int) -> None:
        """Send one message, due at `due_ns`."""

    def lateness(self) -> list[int] | None:
        """How late it sent what it has sent since it was last asked, in ns; None: whoever hands over knows."""

    def take_back(self) -> list[tuple[int, ...]]:
        """Forget what is not yet due; what that was."""


@dataclass(slots=True)
class Lane:
    """A port, its offset, and whether it takes what it is given."""

    port: Port
    name: str = "output"
    offset_ns: int = 0
    failing: bool = False
    lost: int = 0  # messages that it did not take since it began to fail

    @property
    def ahead_ns(self) -> int:
        """How long before its tick an event must be known."""
        return self.port.lead_ns - self.offset_ns


class Parcel(NamedTuple):
    """`data` for `lane`, due there at `due_ns`. `event` is the engine's own when it is a note of the engine's.

    Ordered as it leaves. A tuple: a chord of fifty is sorted in half the time that objects with an order take.
    """

    hand_ns: int
    is_event: bool
    nth: int
    lane: Lane
    due_ns: int
    data: tuple[int, ...]
    event: Event | None = None


class Outbox:
    """A heap by the time of handing over.

    Where times are equal the clock's messages go first, for a slave's tempo hangs on them and a chord takes .3 ms to
    send; then in order of coming.
    """

    def __init__(self) -> None:
        self._heap: list[Parcel] = []
        self._count = 0

    def put(self, lane: Lane, data: tuple[int, ...], due_ns: int, event: Event | None = None) -> None:
        """Queue `data`, due at `due_ns` before the lane's offset."""
        due_ns += lane.offset_ns
        self._count += 1
        hand_ns = due_ns - lane.port.lead_ns
        heapq.heappush(self._heap, Parcel(hand_ns, event is not None, self._count, lane, due_ns, data, event))

    def next_ns(self) -> int | None:
        """When something is to be handed over next."""
        return self._heap[0].hand_ns if self._heap else None

    def pop(self, now_ns: int) -> list[Parcel]:
        """What is to be handed over by `now_ns`, in order."""
        ready = []
        while self._heap and self._heap[0].hand_ns <= now_ns:
            ready.append(heapq.heappop(self._heap))
        return ready

    def take_back(self) -> list[Parcel]:
        """Everything in it, in order, which it forgets."""
        waiting, self._heap = sorted(self._heap), []
        return waiting
