"""Bursts: more keys at once than hands press, a paste that the terminal did not mark as one; none of them is obeyed.

What flows in: the keys that wait to be handled. What flows out: whether they are a burst, and a notice. Only
characters count: arrows repeat and mice report as fast as they like. Time is counted in looks at the engine, some
30 a second, because a screen that is busy with a paste does not look.
"""

from collections.abc import Iterable
from itertools import islice

from prompt_toolkit.key_binding.key_processor import KeyPress

from instrument.ui.state import ScreenState

HANDS = 8  # characters that may wait: a held key repeats so often in a quarter of a second
LOOKED_AT = 64  # keys, so that a huge paste costs no more
LOOKS = 10  # after which what comes is a hand's again


class Burst:
    """Told of every key, knows whether it is a hand's."""

    def __init__(self, state: ScreenState) -> None:
        self._state = state
        self._until = 0

    @property
    def on(self) -> bool:
        """Whether the key that is being handled belongs to one."""
        return self._state.looks < self._until

    def notice(self, waiting: Iterable[KeyPress]) -> None:
        """A key is about to be handled; `waiting` are those behind it."""
        if sum(len(press.key) == 1 for press in islice(waiting, LOOKED_AT)) > HANDS:
            if not self.on:
                self._state.notice("so many keys at once are a paste: nothing was done")
            self._until = self._state.looks + LOOKS
