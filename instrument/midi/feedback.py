"""Feedback (midi room): motor faders and rings of lights show where the controls are.

What flows in: a map and the controls' values. What flows out: the MIDI messages that bring the controller up to date,
none for what it shows already. It makes no echo: a fader that was told a place and says so back moves nothing (see
`learn`), and one that a hand moved is told at most the same place once. No port, no clock.
"""

from collections.abc import Callable

from instrument.midi.bindings import Binding, ControllerMap

Current = Callable[[str, int | None], float]  # (control, part or None for the selected): the value it has now
STATUS = {"note": 0x90, "poly": 0xA0, "cc": 0xB0, "cc14": 0xB0, "bend": 0xE0}  # what can be shown


class Feedback:
    """What one controller shows."""

    def __init__(self) -> None:
        self._shown: dict[Binding, int] = {}

    def update(self, map: ControllerMap, current: Current) -> list[tuple[int, ...]]:
        """Messages for what has changed since the last time."""
        messages: list[tuple[int, ...]] = []
        for binding in map.bindings:
            row = binding.target.control
            if row is None or binding.touch.kind not in STATUS:
                continue
            value = current(row.name, binding.target.part)
            raw = binding.raw(row, value)
            if raw != self._shown.get(binding):
                self._shown[binding] = raw
                messages += _show(binding, raw)
        return messages


def _show(binding: Binding, raw: int) -> list[tuple[int, ...]]:
    kind, number, channel = binding.touch
    status = STATUS[kind] | (channel or 0)
    if kind == "cc14":
        return [(status, number, raw >> 7), (status, number + 32, raw & 127)]
    if kind == "bend":
        return [(status, raw & 127, raw >> 7)]
    return [(status, number, raw)]
