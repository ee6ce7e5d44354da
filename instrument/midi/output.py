"""What an output port is, and what ports have in common that can only send now.

In: bytes with the time they are due (ns of `time.perf_counter_ns`). Out: whatever the port makes of them.
"""

from typing import Protocol

from instrument.midi.systems import never_let_go


class OutputPort(Protocol):
    """An open way out."""

    name: str

    @property
    def lead_ns(self) -> int:
        """How long before it is due it wants a message; 0 where it can only send now."""

    @property
    def missed(self) -> int:
        """Notes that it took and could not send in time."""

    def lead(self, wish_ns: int) -> None:
        """The lead that the performer wishes, for a port that places messages in time."""

    def take_back(self) -> list[tuple[int, ...]]:
        """Forget the messages that are not yet due, and say which they were."""

    def send(self, data: tuple[int, ...], due_ns: int) -> None:
        """Send one message, due at `due_ns`."""

    def lateness(self) -> list[int] | None:
        """How late it sent what it has sent since it was last asked, in ns; None: whoever hands over knows."""

    def close(self) -> None:
        """Let what was sent arrive, then close."""

    def abandon(self) -> None:
        """Let go of it as it is: its MIDI system is gone, and would never answer a farewell."""


class SendsNow:
    """What a port without a sense of time has in common."""

    lead_ns = missed = 0

    def lead(self, wish_ns: int) -> None:
        """Not for this port."""

    def take_back(self) -> list[tuple[int, ...]]:
        """All is sent already."""
        return []

    def lateness(self) -> None:
        """It sends when it is told to."""

    def abandon(self) -> None:
        """Do not even free it."""
        never_let_go(self)


class Silent(SendsNow):
    """Takes everything, sounds nothing."""

    name = "none"

    def send(self, data: tuple[int, ...], due_ns: int) -> None:
        """Drop it."""

    def close(self) -> None:
        """Nothing to close."""
