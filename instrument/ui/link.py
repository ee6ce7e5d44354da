"""What the screen knows of the engine: something that takes messages and shows its latest state."""

from typing import Protocol

from instrument.messages import Message, Status


class EngineLink(Protocol):
    """An engine in another process, or a fake one in a test."""

    def send(self, message: Message) -> None:
        """Put a message in the engine's inbox; never waits."""

    def latest(self) -> Status | None:
        """The newest status, None before the first."""

    @property
    def alive(self) -> bool:
        """Whether the engine's process still runs."""

    def notices(self) -> list[str]:
        """Lines for the performer since the last call."""

    def restart(self) -> None:
        """Take up a performance whose engine was killed, where it stood."""

    def wait(self, timeout_s: float | None = None) -> int | None:
        """Its exit status; None when it still runs after `timeout_s`."""
