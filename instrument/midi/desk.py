"""The desk (midi room): all that stands between the clock's inbox and the engine beside time itself.

What flows in: what arrives, before the engine sees it; what is played; statuses on their way to the screen. What
flows out: knobs' messages as their controls', presets of the set list, captured bars, statuses that show all this. It
runs on the clock's thread and never waits: what is slow goes to the worker.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from instrument.controls import TABLE
from instrument.live.engine import Engine
from instrument.messages import Command, Set, Status
from instrument.midi.capture import Capture, Label
from instrument.midi.controllers import Controllers
from instrument.midi.output import OutputPort
from instrument.midi.running import RunningOrder
from instrument.midi.worker import Worker
from instrument.notes import Output


class Desk:
    """`inputs` are the names of the input ports; `post` puts a message in the inbox; `alert` tells the performer."""

    def __init__(
        self,
        engine: Engine,
        inputs: Sequence[str],
        alert: Callable[[str], None],
        post: Callable[[Any], None],
        lamps: Callable[[str], OutputPort | None] = lambda name: None,
        set_list: Path | None = None,
        record: str | None = None,
        title: str = "",
    ) -> None:
        self._engine, self._title = engine, title
        self._worker = Worker(alert)
        self._capture = Capture(alert, record=record)
        self.controllers = Controllers(inputs, self._current, self._worker, alert, post, lamps)
        self._order = RunningOrder(
            set_list, self._worker, alert, post, lambda entry, folder: self.controllers.prefer(entry.maps, folder)
        )

    def opening(self) -> list[Set]:
        """How the set list's first entry wants its controls; its presets are the engine's already."""
        return self._order.opening()

    def translate(self, message: Any) -> Iterable[Any]:
        """What `message` means."""
        return self.controllers.translate(message)

    def intercept(self, message: Any, tick: int) -> bool:
        """Whether `message` was for somebody here, not for the engine. Raises ControlError."""
        if isinstance(message, Command) and message.name == "capture":
            self._capture.capture(int(message.args[0]), tick, self._engine.origin, self._label())
            return True
        if self.controllers.intercept(message):
            return True
        return self._order.intercept(message, self._engine.parts, self._engine.status)

    def keep(self, output: Output) -> None:
        """It was played."""
        self._capture.keep(output)

    def shown(self, status: Status) -> Status:
        """`status` with what the engine does not know; also the moment to bring faders and lights up to date."""
        self.controllers.show()
        return replace(status, controllers=self.controllers.status(), set_list=self._order.status())

    def save(self) -> None:
        """Finish the files that were begun."""
        self._capture.close(self._label())

    def close(self) -> None:
        """Let go of the controllers."""
        self._worker.close()
        self.controllers.close()

    def _label(self) -> Label:
        return Label(self._title, self._engine.metre, self._engine.names())

    def _current(self, name: str, part: int) -> float:
        """What a control is at now; its default for a part that is not there."""
        if TABLE[name].scope == "global":
            return self._engine.controls.get(name)
        there = self._engine.parts.get(part)
        return there.hand.controls.get(name) if there else TABLE[name].default
