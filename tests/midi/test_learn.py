"""Learning and mapping: every encoding, pickup, learn, and that nothing that comes over a wire breaks it."""

import itertools
from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.controls import TABLE, control
from instrument.messages import Command, Heard, Message, Set, command
from instrument.midi.bindings import (
    OFFSET,
    RELATIVE,
    SIGN,
    TOGGLE,
    TWOS,
    Binding,
    ControllerMap,
    decode,
    default_map,
    guess_mode,
    parse_target,
)
from instrument.midi.learn import Mapper
from instrument.midi.touch import Decoder, Touch, parse_touch


class Desk:
    """A mapper whose messages take effect, as in the engine."""

    def __init__(self, *rows: Binding, map: ControllerMap | None = None) -> None:
        self.values = {name: row.default for name, row in TABLE.items()}
        self.mapper = Mapper(map or ControllerMap("test", (), rows), lambda name, part: self.values[name])
        self.sent: list[Message] = []

    def feed(self, *messages: Sequence[int]) -> list[Message]:
        sent = [message for data in messages for message in self._one(data)]
        self.sent += sent
        return sent

    def _one(self, data: Sequence[int]) -> list[Message]:
        messages = self.mapper.feed(data)
        for message in messages:
            if isinstance(message, Set):
                self.values[message.name] = message.value
        return messages


def cc(number: int, *values: int, channel: int = 0) -> list[tuple[int, ...]]:
    return [(0xB0 | channel, number, value) for value in values]


def bind(touch: str, target: str, **more: object) -> Binding:
    return Binding(parse_touch(touch), parse_target(target), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("mode", "clockwise", "back", "fast"), [(TWOS, 1, 127, 3), (OFFSET, 65, 63, 67), (SIGN, 1, 65, 3)]
)
def test_relative_encodings(mode: str, clockwise: int, back: int, fast: int) -> None:
    assert [decode(mode, raw) for raw in (clockwise, back, fast)] == [1, -1, 3]
    desk = Desk(bind("cc 21", "step", mode=mode, step=0.1))
    desk.values["step"] = 0.5
    desk.feed(*cc(21, clockwise, clockwise, back, fast))
    assert desk.values["step"] == pytest.approx(0.9)


@pytest.mark.parametrize("mode", RELATIVE)
@given(clicks=st.lists(st.sampled_from([-2, -1, 1, 1, 1, 2]), min_size=20, max_size=40))
def test_relative_encodings_are_guessed(mode: str, clicks: list[int]) -> None:
    clicks = [1, 1, -1, -1, 1, *clicks]  # turned both ways, as the screen asks
    encoded = {n: {TWOS: n % 128, OFFSET: 64 + n, SIGN: n if n > 0 else 64 - n}[mode] for n in (-2, -1, 1, 2)}
    values = [encoded[n] for n in clicks]
    guesses = (guess_mode(values[:n]) for n in range(1, len(values)))
    assert next(filter(None, guesses)) == mode


@given(start=st.integers(0, 127), up=st.booleans())
def test_an_absolute_knob_is_guessed(start: int, up: bool) -> None:
    values = list(range(start, 128) if up else range(start, -1, -1))
    if len(values) >= 4:
        assert next(filter(None, (guess_mode(values[:n]) for n in range(1, len(values) + 1)))) == "absolute"


def test_a_knob_picks_up_and_never_jumps() -> None:
    desk = Desk(bind("cc 21", "temperature"))
    desk.values["temperature"] = 2.5
    assert desk.feed(*cc(21, 0, 10, 40)) == []  # below the value: not yet
    assert desk.feed(*cc(21, 110)) != []  # passed it
    assert desk.values["temperature"] == pytest.approx(control("temperature").at(110 / 127))
    desk.values["temperature"] = 1.0  # another hand, a preset, the screen
    assert desk.feed(*cc(21, 112, 114)) == []
    desk.feed(*cc(21, 30, 20))
    assert desk.values["temperature"] == pytest.approx(control("temperature").at(20 / 127))


@given(st.lists(st.one_of(st.integers(0, 127), st.floats(0, 1)), max_size=60))
def test_a_knob_turned_by_single_steps_moves_by_single_steps(moves: list[int | float]) -> None:
    """Whatever other hands do (floats put the control somewhere), no message of the knob's is a leap."""
    desk = Desk(bind("cc 21", "step"))
    place = 64
    for move in moves:
        if isinstance(move, float):
            desk.values["step"] = move
            continue
        while place != move:
            place += 1 if move > place else -1
            before = desk.values["step"]
            desk.feed(*cc(21, place))
            assert abs(desk.values["step"] - before) <= 2 / 127 + 1e-9


def test_without_pickup_range_and_inverse() -> None:
    desk = Desk(bind("cc 21", "tempo", low=60.0, high=180.0, invert=True, pickup=False))
    desk.feed(*cc(21, 0))
    assert desk.values["tempo"] == 180
    desk.feed(*cc(21, 127))
    assert desk.values["tempo"] == 60


def test_fourteen_bits_are_one_value() -> None:
    desk = Desk(bind("cc14 1", "step", pickup=False))
    assert len(desk.feed((0xB0, 1, 64))) == 1  # a controller that never sends the second half
    desk.feed((0xB0, 33, 1))
    assert desk.feed((0xB0, 1, 100)) == []  # now the second half is waited for
    (message,) = desk.feed((0xB0, 33, 77))
    assert isinstance(message, Set)
    assert message.value == pytest.approx((100 << 7 | 77) / 16383)


def test_nrpn_is_one_value() -> None:
    desk = Desk(bind("nrpn 300", "step", pickup=False))
    sent = desk.feed((0xB0, 99, 2), (0xB0, 98, 300 - 256), (0xB0, 6, 127), (0xB0, 38, 127))
    assert [m.value for m in sent if isinstance(m, Set)][-1] == 1.0
    heard = desk.feed((0xB0, 98, 1), (0xB0, 6, 5))  # another parameter is not ours
    assert heard == [Heard((0xB0, 98, 1)), Heard((0xB0, 6, 5))]


def test_wheel_pressure_key_and_velocity() -> None:
    desk = Desk(
        bind("bend", "step"),
        bind("pressure", "temperature"),
        bind("poly 60", "home"),
        bind("note 1", "density"),
        bind("note 2", "mute", mode=TOGGLE),
        bind("note 3", "scale", mode="hold", high=2.0),
    )
    desk.feed((0xE0, 127, 127), (0xD0, 127), (0xA0, 60, 127), (0x90, 1, 127), (0x80, 1, 0))
    values = [desk.values[name] for name in ("step", "temperature", "home", "density")]
    assert values == [control(name).high for name in ("step", "temperature", "home", "density")]
    desk.feed((0x90, 2, 9), (0x90, 2, 0))
    assert desk.values["mute"] == 1
    desk.feed((0x90, 2, 9), (0x80, 2, 0))
    assert desk.values["mute"] == 0
    desk.feed((0x90, 3, 50))
    assert desk.values["scale"] == 2
    desk.feed((0x80, 3, 50))
    assert desk.values["scale"] == 0


def test_a_pedal_fires_once_a_press() -> None:
    desk = Desk(bind("cc 64", "next"), bind("cc 65", "step=0.5"), bind("note 36", "capture 4"))
    sent = desk.feed(*cc(64, 127, 127, 90, 0, 127), *cc(65, 100), (0x90, 36, 1), (0x90, 36, 0))
    assert sent == [command("next"), command("next"), Set("step", 0.5), command("capture", 4)]


def test_program_and_bank_choose() -> None:
    desk = Desk()
    assert desk.feed((0xC0, 4)) == [command("program", 5)]
    assert desk.feed((0xB0, 0, 1), (0xB0, 32, 2), (0xC0, 4))[-1] == command("program", (1 << 14 | 2 << 7 | 4) + 1)
    quiet = Desk(map=ControllerMap("m", programs="off"))
    assert quiet.feed((0xC0, 4)) == [Heard((0xC0, 4))]


def test_what_is_not_mapped_is_heard() -> None:
    desk = Desk(map=default_map())
    for data in ((0x90, 60, 100), (0x80, 60, 0), (0xB0, 1, 1), (0xF8,), (0xF0, 1, 0xF7), (0xFA,)):
        assert desk.feed(data) == [Heard(data)]
    sent = desk.feed(*cc(TABLE["step"].cc or 0, 32, 33))  # 32 is where it is by default
    assert [(m.name, round(m.value * 127)) for m in sent if isinstance(m, Set)] == [("step", 33)]


def test_channels_are_told_apart() -> None:
    desk = Desk(bind("cc 21 channel 2", "step", pickup=False), bind("cc 21", "home", pickup=False))
    assert [m.name for m in desk.feed((0xB1, 21, 1), (0xB0, 21, 1)) if isinstance(m, Set)] == ["step", "home"]


LEARNT: list[tuple[str, list[tuple[int, ...]], str, str]] = [
    ("step", cc(21, 90), "cc 21 channel 1", "absolute"),
    ("step", cc(21, 65, 65, 63, 65), "cc 21 channel 1", OFFSET),
    ("step", cc(21, 1, 1, 127, 127, 1), "cc 21 channel 1", TWOS),
    ("step", cc(21, 1, 1, 65, 65, 1), "cc 21 channel 1", SIGN),
    ("step", [(0xB0, 1, 64), (0xB0, 33, 5), (0xB0, 1, 65), (0xB0, 33, 9)], "cc14 1 channel 1", "absolute"),
    ("step", [(0xB0, 1, 3), (0xB0, 33, 5)], "cc14 1 channel 1", "absolute"),
    ("step", [(0xB0, 99, 2), (0xB0, 98, 1), (0xB0, 6, 9)], "nrpn 257 channel 1", "absolute"),
    ("step", [(0xE3, 0, 1)], "bend channel 4", "absolute"),
    ("step", [(0xD0, 9)], "pressure channel 1", "absolute"),
    ("step", [(0x90, 40, 9)], "note 40 channel 1", TOGGLE),
    ("mute", cc(50, 127), "cc 50 channel 1", TOGGLE),
    ("next", cc(64, 127), "cc 64 channel 1", "absolute"),
    ("capture 4", [(0x99, 36, 9)], "note 36 channel 10", "absolute"),
]


@pytest.mark.parametrize(("target", "messages", "touch", "mode"), LEARNT, ids=[row[0] + row[2] for row in LEARNT])
def test_learning(target: str, messages: list[tuple[int, ...]], touch: str, mode: str) -> None:
    desk = Desk()
    desk.mapper.learn(parse_target(target))
    desk.feed(*messages)
    (row,) = desk.mapper.map.bindings
    assert (str(row.touch), str(row.target), row.mode) == (touch, target, mode)
    assert desk.mapper.learnt


def test_learning_replaces_and_does_not_act() -> None:
    desk = Desk(bind("cc 21", "tempo"), bind("cc 22", "step"), bind("cc 23", "home"))
    desk.mapper.learn(parse_target("step"))
    assert desk.feed(*cc(21, 90)) == []
    assert [str(row.target) for row in desk.mapper.map.bindings] == ["home", "step"]
    desk.mapper.learn(parse_target("home"))
    desk.mapper.learn(None)
    assert desk.feed((0x90, 1, 1)) == [Heard((0x90, 1, 1))]


def test_a_neighbour_knob_is_no_second_half() -> None:
    desk = Desk(bind("cc 33", "home", pickup=False))
    desk.mapper.learn(parse_target("step"))
    desk.feed(*cc(1, 90, 91))
    assert [m.name for m in desk.feed(*cc(33, 9, 10, 11, 12)) if isinstance(m, Set)] == ["home"] * 4
    assert {str(row.touch) for row in desk.mapper.map.bindings} == {"cc 33", "cc 1 channel 1"}


MESSAGES = st.one_of(
    st.tuples(st.integers(0x80, 0xFF), st.integers(0, 127), st.integers(0, 127)),
    st.lists(st.integers(0, 255), max_size=5).map(tuple),
)
TARGETS = st.sampled_from([*TABLE, "next", "capture 4", "step=0.3", "panic"])
ROWS = st.builds(
    lambda touch, target, mode, ends, invert, pickup: Binding(
        touch, parse_target(target), mode, low=ends[0], high=ends[1], invert=invert, pickup=pickup
    ),
    st.builds(Touch, st.sampled_from(["cc", "cc14", "nrpn", "note", "bend"]), st.integers(0, 20), st.none()),
    TARGETS,
    st.sampled_from(["absolute", *RELATIVE, TOGGLE, "hold"]),
    st.tuples(st.none() | st.floats(0, 300), st.none() | st.floats(0, 300)),
    st.booleans(),
    st.booleans(),
)


@given(st.lists(ROWS, max_size=6), st.lists(MESSAGES | TARGETS, max_size=40))
def test_any_bytes_in_any_order(rows: list[Binding], moves: Iterable[tuple[int, ...] | str]) -> None:
    desk = Desk(*rows)
    for move in moves:
        if isinstance(move, str):
            desk.mapper.learn(parse_target(move))
            continue
        for message in desk.feed(move):
            if isinstance(message, Set):
                assert control(message.name).check(message.value) == message.value
            elif isinstance(message, Command):
                assert command(message.name, *message.args) == message
            else:
                assert message.data == move


@given(st.integers(0, 16383), st.sampled_from(["cc14", "nrpn"]))
def test_every_fine_value_arrives(value: int, kind: str) -> None:
    decoder = Decoder()
    first, second = (1, 33) if kind == "cc14" else (6, 38)
    start = [] if kind == "cc14" else [(0xB0, 99, 0), (0xB0, 98, 7)]
    touched = list(
        itertools.chain(*(decoder.feed(m) for m in [*start, (0xB0, first, value >> 7), (0xB0, second, value & 127)]))
    )
    assert [got for touch, got in touched if touch.kind == kind][-1] == value


@pytest.mark.parametrize(
    "text", ["cc", "cc 128", "cc14 32", "note 60 channel 0", "bend 3", "knob 1", "nrpn 99999", ""]
)
def test_no_touch(text: str) -> None:
    with pytest.raises(ValueError, match="is no touch"):
        parse_touch(text)
