"""The loader: reads and checks presets off the clock, and posts them to it.

In: commands that name a preset. Out: `LoadPreset` in the inbox, or a line for the performer. One thread, one preset
at a time, in order.
"""

import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from instrument import bank
from instrument.errors import UserError
from instrument.live.loading import LoadPreset
from instrument.live.session.pipe import Inbox
from instrument.messages import Command
from instrument.preset import Preset

COMMANDS = {"load", "morph", "add"}


class Loader:
    """Takes the commands that need a preset from the way to the engine."""

    def __init__(self, inbox: Inbox, alert: Callable[[str], None]) -> None:
        self._inbox, self._alert = inbox, alert
        self._wanted: SimpleQueue[Command] = SimpleQueue()
        threading.Thread(target=self._work, name="loader", daemon=True).start()

    def intercept(self, stamp_ns: int, message: Any, tick: int) -> bool:
        """Whether `message` asks for a preset; then it is on its way."""
        mine = isinstance(message, Command) and message.name in COMMANDS
        if mine:
            self._wanted.put(message)
        return mine

    def _work(self) -> None:
        while True:
            wanted = self._wanted.get()
            try:
                preset = Preset.load(bank.resolve(str(wanted.args[0])))
                self._inbox.put((time.perf_counter_ns(), LoadPreset.answer(wanted, preset)))
            except (UserError, OSError) as error:
                self._alert(str(error))
