"""What the clock does about a crowd at its door: when more waits than it can take in, it passes over the stale.

In: the inbox. Out: its messages, one at a time and in order. When many wait, of those that replace each other (a
control's values, a controller's, a note's end) only the newest is kept, and notes that were played in that crush are
passed over; commands and presets never are. So a flood cannot make the clock fall behind, nor fill the memory.
"""

from collections import deque
from collections.abc import Hashable
from typing import Any

from instrument.live.session.pipe import Inbox
from instrument.messages import Heard, Set
from instrument.notes import NOTE_OFF, NOTE_ON

CROWD = 128  # messages that may wait: about 50 ms of work
KEYED = {NOTE_OFF: 2, NOTE_ON: 2, 0xA0: 2, 0xB0: 2, 0xD0: 1, 0xE0: 1}  # by kind: bytes that name what is replaced


def replaces(message: Any) -> Hashable:
    """What a message says anew, so that an older one that says the same is stale; None: every one counts."""
    if isinstance(message, Set):
        return message.name, message.part
    if isinstance(message, Heard) and message.data:
        kind = message.data[0] & 0xF0
        return (message.source, message.data[: KEYED[kind]]) if kind in KEYED else None
    return None


def strikes(message: Any) -> bool:
    """Whether it is a note that begins."""
    return (
        isinstance(message, Heard)
        and len(message.data) > 2
        and message.data[0] & 0xF0 == NOTE_ON
        and message.data[2] > 0
    )


class Door:
    """`passed_over` counts the messages that nobody took in."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._waiting: deque[tuple[int, Any]] = deque()
        self.passed_over = 0

    def get(self, timeout_s: float) -> tuple[int, Any]:
        """The next message and when it came; waits for it so long. Raises Empty."""
        if self._inbox.qsize() > CROWD:
            self._thin()
        if self._waiting:
            return self._waiting.popleft()
        return self._inbox.get(timeout=timeout_s) if timeout_s > 0 else self._inbox.get_nowait()

    def _thin(self) -> None:
        """Let all in who wait, but only the newest of each kind."""
        came = list(self._waiting)  # then all in the inbox: nobody else takes from it, so what was counted is there
        came += [self._inbox.get_nowait() for _ in range(self._inbox.qsize())]
        seen: set[Hashable] = set()
        kept = []
        for stamp_ns, message in reversed(came):
            key = replaces(message)
            if strikes(message) or (key is not None and key in seen):
                self.passed_over += 1
                continue
            if key is not None:
                seen.add(key)
            kept.append((stamp_ns, message))
        self._waiting = deque(reversed(kept))
