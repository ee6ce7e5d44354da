"""Learning and mapping (midi room): what one controller sends becomes controls and commands.

What flows in: the bytes of one input port, and what the performer wants to learn. What flows out: messages for the
engine; whatever is not mapped is passed on as Heard. A knob never jumps: it takes hold of a control when it passes
the value that the control has (pickup). No port, no file, no thread, no clock.
"""

from collections.abc import Callable, Sequence

from instrument.controls import Control
from instrument.messages import Heard, Message, Set, command
from instrument.midi.bindings import (
    ABSOLUTE,
    HOLD,
    RELATIVE,
    TOGGLE,
    Binding,
    ControllerMap,
    Target,
    guess_mode,
)
from instrument.midi.touch import FULL, NRPN_LSB, NRPN_MSB, Decoder, Touch, Touched

Current = Callable[[str, int], float]  # (control, part): the value it has now
SPRINGS = ("bend", "pressure", "poly")  # touches that return by themselves: nothing to pick up
SAME = 1e-6


class Mapper:
    """One controller's map at work. `map` is replaced, never changed; `learnt` counts what was bound by hand.

    `selected` is the part that those rows mean which name none.
    """

    def __init__(
        self, map: ControllerMap, current: Current, source: int = 0, selected: Callable[[], int] = lambda: 0
    ) -> None:
        self.map, self._current, self._source, self._selected = map, current, source, selected
        self._decoder = Decoder()
        self._grips: dict[Binding, _Grip] = {}
        self._down: dict[Binding, bool] = {}
        self._study: _Study | None = None
        self._fresh: Binding | None = None  # just learnt from what may be a first half
        self._half = False  # it was the last that moved
        self._pairs = 0  # second halves that came straight after it
        self.learnt = 0

    @property
    def learning(self) -> Target | None:
        """What the next touch will be bound to."""
        return self._study.target if self._study else None

    def learn(self, target: Target | None) -> None:
        """Bind the next touch to `target`; None: do not, after all."""
        self._study = _Study(target) if target else None
        self._fresh = None

    def finish(self) -> None:
        """Another controller was touched: stop waiting, keep what was learnt."""
        self._study = None

    def use(self, map: ControllerMap) -> None:
        """Work by another map from now on; knobs must be picked up anew."""
        self.map, self._study, self._fresh = map, None, None
        self._grips.clear()
        self._down.clear()

    def feed(self, data: Sequence[int]) -> list[Message]:
        """What one MIDI message of this controller says. Never raises, whatever the bytes."""
        touched = self._decoder.feed(data)
        if self._study and touched and touched[0].touch.kind != "program":
            if binding := self._study.take(touched):
                self._bind(binding)
            return []
        if self._fresh:
            self._widen(touched)
        for touch, value in touched:
            if touch.kind == "program" and self.map.programs != "off":
                number = (touch.number << 7 | (value or 0)) + 1
                return [command("program", number, self.map.programs, part=self._selected())]
            if rows := self.map.of(touch):
                return [message for row in rows for message in self._apply(row, value)]
        return [Heard(tuple(data), self._source)]

    def _bind(self, binding: Binding) -> None:
        self.map = self.map.bound(binding)
        self._study, self._grips = None, {}
        self._fresh = binding if binding.touch.kind == "cc" and binding.touch.number < 32 else None
        self._half, self._pairs = True, 0
        self.learnt += 1

    def _widen(self, touched: Sequence[Touched]) -> None:
        """Bind the touch just learnt as a pair of 14 bits once it has twice sent a second half after a first.

        Once might be the hand going on to another knob.
        """
        assert self._fresh
        first = self._fresh.touch
        touches = [touch for touch, _ in touched]
        if first in touches:
            self._half = True
        elif self._half and touches[:1] == [Touch("cc14", first.number, first.channel)]:
            self._half, self._pairs = False, self._pairs + 1
            if self._pairs == 2:
                self.map = self.map.bound(Binding(touches[0], self._fresh.target))
                self.learnt, self._fresh = self.learnt + 1, None
        else:
            self._fresh = None

    def _apply(self, row: Binding, raw: int | None) -> list[Message]:
        if raw is None:
            return []
        target = row.target.control
        if target is None:
            return [row.target.message(self._selected())] if self._fires(row, raw) else []
        part = self._selected() if row.target.part is None else row.target.part
        value = self._value(row, target, raw, self._current(target.name, part))
        return [] if value is None else [Set(target.name, target.clamp(value), part)]

    def _fires(self, row: Binding, raw: int) -> bool:
        """Whether a button, key or pedal went down just now, or an encoder clicked forwards."""
        if row.mode in RELATIVE:
            return row.clicks(raw) > 0
        down = raw > 0 if row.touch.kind == "note" else raw > FULL[row.touch.kind] // 2
        pressed = (not down if row.invert else down) and not self._down.get(row, False)
        self._down[row] = not down if row.invert else down
        return pressed

    def _value(self, row: Binding, target: Control, raw: int, current: float) -> float | None:
        """Where a touch puts a control that is at `current`; None: nowhere."""
        low, high = row.span(target)
        if row.mode in RELATIVE:
            moved = current + row.clicks(raw) * (row.step or target.fine)
            return min(max(moved, min(low, high)), max(low, high))
        if row.mode == TOGGLE:
            if not self._fires(row, raw):
                return None
            return low if abs(current - high) < abs(current - low) else high
        if row.mode == HOLD:
            return high if raw > 0 else low
        if row.touch.kind == "note":
            return row.value(target, raw) if raw > 0 else None
        value, grip = row.value(target, raw), self._grips.setdefault(row, _Grip())
        if row.raw(target, current) == raw:  # there already: a motor fader's echo must not round the control's value
            grip.rest(value, current)
            return None
        if not row.pickup or row.touch.kind in SPRINGS:
            return value
        step = max(abs(high - low) / FULL[row.touch.kind], 0.5 if target.whole else 0.0)
        return value if grip.take(value, target.clamp(value), current, step) else None


class _Grip:
    """Whether a knob has hold of its control."""

    def __init__(self) -> None:
        self._held = False
        self._last: float | None = None  # where the knob was
        self._put: float | None = None  # where it put the control

    def rest(self, value: float, current: float) -> None:
        """The knob stands at `value`, as near the control's own as it can."""
        self._held, self._last, self._put = True, value, current

    def take(self, value: float, put: float, current: float, step: float) -> bool:
        """Whether a knob now at `value` moves a control at `current`; `step` is the knob's resolution."""
        if self._held and self._put is not None and abs(current - self._put) > SAME:
            self._held = False  # another hand has moved it since
        crossed = self._last is not None and (self._last - current) * (value - current) <= 0
        self._held = self._held or crossed or abs(value - current) <= step
        self._last = value
        if self._held:
            self._put = put
        return self._held


class _Study:
    """Watches what is touched until it is sure what it is."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._touch: Touch | None = None
        self._values: list[int] = []

    def take(self, touched: Sequence[Touched]) -> Binding | None:
        """The binding, once it is clear which one is meant."""
        touch, value = touched[0]
        if touch.kind == "cc14" and self._touch == Touch("cc", touch.number, touch.channel):
            return Binding(touch, self.target)
        if touch.kind == "cc14":  # a controller above 31 that may only look like a second half
            touch, value = touched[1]
        if value is None:
            return None
        if touch.kind == "note":
            mode = TOGGLE if self.target.control else ABSOLUTE
            return Binding(touch, self.target, mode) if value else None
        if touch.kind != "cc":
            return Binding(touch, self.target)
        if touch.number in (NRPN_MSB, NRPN_LSB):
            return None
        return self._controller(touch, value)

    def _controller(self, touch: Touch, value: int) -> Binding | None:
        row = self.target.control
        if row is None:
            return Binding(touch, self.target) if value > 0 else None
        if len(row.choices) == 2 and value in (0, 127):
            return Binding(touch, self.target, TOGGLE)
        if touch != self._touch:
            self._touch, self._values = touch, []
        self._values.append(value)
        mode = guess_mode(self._values)
        return Binding(touch, self.target, mode) if mode else None
