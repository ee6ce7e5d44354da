"""Touches (midi room): which knob, key, wheel or pedal a MIDI message comes from, and how far it was moved.

What flows in: the bytes of channel messages of one port. What flows out: `Touched`, the touch and its value in the
full width that it was sent with. Pairs of controllers (14 bit) and NRPN are put together here. It knows no control
of the instrument. Channels are 0..15 inside and 1..16 in text. Source: MIDI 1.0 Detailed Specification (MMA, 1996).
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

# kind: the largest value it sends
FULL = {"cc": 127, "cc14": 16383, "nrpn": 16383, "note": 127, "poly": 127, "bend": 16383, "pressure": 127}
FULL["program"] = 127
NUMBERS = {"cc": 127, "cc14": 31, "nrpn": 16383, "note": 127, "poly": 127}  # kinds that are numbered, and how far
_TEXT = re.compile(r"(cc|cc14|nrpn|note|poly|bend|pressure)(?: (\d{1,5}))?(?: channel (\d{1,2}))?")
DATA_MSB, DATA_LSB, NRPN_LSB, NRPN_MSB, RPN_LSB, RPN_MSB = 6, 38, 98, 99, 100, 101
BANK_MSB, BANK_LSB = 0, 32
NULL = 127  # both halves: no parameter is chosen


class Touch(NamedTuple):
    """What a hand can move on a controller; `channel` None stands for every channel."""

    kind: str
    number: int = 0
    channel: int | None = None

    def __str__(self) -> str:
        number = f" {self.number}" if self.kind in NUMBERS else ""
        return f"{self.kind}{number}" + ("" if self.channel is None else f" channel {self.channel + 1}")

    @property
    def label(self) -> str:
        """Short, for the screen: CC 21."""
        return f"{self.kind.upper()} {self.number}" if self.kind in NUMBERS else self.kind

    def meets(self, other: "Touch") -> bool:
        """Whether one movement can be both."""
        anywhere = None in (self.channel, other.channel) or self.channel == other.channel
        return self[:2] == other[:2] and anywhere


def parse_touch(text: str) -> Touch:
    """The touch that `str` wrote. Raises ValueError, saying what it may be."""
    match = _TEXT.fullmatch(text.strip().lower())
    if match:
        kind, number, channel = match[1], match[2], match[3]
        numbered = (number is not None) == (kind in NUMBERS) and int(number or 0) <= NUMBERS.get(kind, 0)
        if numbered and (channel is None or 1 <= int(channel) <= 16):
            return Touch(kind, int(number or 0), int(channel) - 1 if channel else None)
    raise ValueError(
        f"{text[:40]!r} is no touch; write 'cc 21', 'note 60 channel 10', 'cc14 1', 'nrpn 300', 'bend' .."
    )


class Touched(NamedTuple):
    """A movement; `value` None: the half of a pair whose other half is still to come."""

    touch: Touch
    value: int | None


class Decoder:
    """Reads the messages of one port; remembers the halves of pairs, a channel each."""

    def __init__(self) -> None:
        self._coarse: dict[tuple[int, int], int] = {}  # (channel, controller 0..31): its first half
        self._paired: set[tuple[int, int]] = set()  # those that ever sent a second half
        self._parameter: dict[int, list[int]] = {}  # channel: NRPN number, halves

    def feed(self, data: Sequence[int]) -> list[Touched]:
        """Everything that the message may be, the most particular first; empty when it is none of our kinds."""
        if len(data) < 2 or not 0x80 <= data[0] < 0xF0 or any(not 0 <= byte < 128 for byte in data[1:]):
            return []
        kind, channel = data[0] & 0xF0, data[0] & 0x0F
        if kind == 0xD0:
            return [Touched(Touch("pressure", 0, channel), data[1])]
        if kind == 0xC0:
            return [Touched(Touch("program", self._bank(channel), channel), data[1])]
        if len(data) < 3:
            return []
        number, value = data[1], data[2]
        match kind:
            case 0x80:
                return [Touched(Touch("note", number, channel), 0)]
            case 0x90:
                return [Touched(Touch("note", number, channel), value)]
            case 0xA0:
                return [Touched(Touch("poly", number, channel), value)]
            case 0xE0:
                return [Touched(Touch("bend", 0, channel), number | value << 7)]
        return [*self._nrpn(channel, number, value), *self._pair(channel, number, value)]

    def _bank(self, channel: int) -> int:
        return self._coarse.get((channel, BANK_MSB), 0) << 7 | self._coarse.get((channel, BANK_LSB), 0)

    def _pair(self, channel: int, number: int, value: int) -> list[Touched]:
        touched = [Touched(Touch("cc", number, channel), value)]
        if number < 32:
            self._coarse[channel, number] = value
            whole = None if (channel, number) in self._paired else value << 7
            return [*touched, Touched(Touch("cc14", number, channel), whole)]
        if number < 64:
            if number == BANK_LSB:
                self._coarse[channel, BANK_LSB] = value
            place = channel, number - 32
            self._paired.add(place)
            return [Touched(Touch("cc14", number - 32, channel), self._coarse.get(place, 0) << 7 | value), *touched]
        return touched

    def _nrpn(self, channel: int, number: int, value: int) -> list[Touched]:
        halves = self._parameter.setdefault(channel, [NULL, NULL])
        if number in (RPN_LSB, RPN_MSB):
            halves[:] = NULL, NULL
        elif number in (NRPN_LSB, NRPN_MSB):
            halves[number == NRPN_LSB] = value
        if halves == [NULL, NULL] or number not in (NRPN_LSB, NRPN_MSB, DATA_MSB, DATA_LSB):
            return []
        touch = Touch("nrpn", halves[0] << 7 | halves[1], channel)
        if number == DATA_MSB:
            whole = None if (channel, DATA_MSB) in self._paired else value << 7
            return [Touched(touch, whole)]
        if number == DATA_LSB:
            return [Touched(touch, self._coarse.get((channel, DATA_MSB), 0) << 7 | value)]
        return [Touched(touch, None)]
