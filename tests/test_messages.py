"""Messages and statuses as JSON, and the commands' arguments."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.commands import COMMANDS, Arg, CommandSpec
from instrument.controls import TABLE, ControlError
from instrument.errors import UserError
from instrument.live.engine import Engine
from instrument.messages import (
    Heard,
    MessageError,
    Set,
    command,
    from_json,
    status_from_text,
    status_to_text,
    to_json,
)
from tests.support import tiny_preset

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def example(arg: Arg) -> Any:
    if arg.choices:
        return arg.choices[-1]
    return "even" if arg.text else arg.high


@pytest.mark.parametrize("spec", COMMANDS.values(), ids=lambda spec: spec.name)
def test_every_command_survives_json(spec: CommandSpec) -> None:
    made = command(spec.name, *map(example, spec.args), part=2)
    assert from_json(json.loads(json.dumps(to_json(made)))) == made
    assert command(spec.name, *map(example, spec.args[: spec.required])).args[spec.required :] == spec.defaults
    assert spec.help
    assert all(arg.span() for arg in spec.args)


@given(st.sampled_from(sorted(TABLE)), st.floats(0, 1), st.integers(0, 3))
def test_every_change_of_a_control_survives_json(name: str, fraction: float, part: int) -> None:
    made = Set(name, TABLE[name].at(fraction), part)
    assert from_json(json.loads(json.dumps(to_json(made)))) == made


@given(st.lists(st.integers(0, 255), max_size=8), st.integers(0, 9))
def test_what_was_heard_survives_json(data: list[int], source: int) -> None:
    made = Heard(tuple(data), source)
    assert from_json(json.loads(json.dumps(to_json(made)))) == made


@given(
    st.fixed_dictionaries(
        {"kind": st.sampled_from(["set", "command", "heard", "play", ""]) | plain},
        optional={
            key: plain | st.sampled_from(["step", "play", "glide"]) for key in ("name", "value", "part", "args")
        }
        | {"data": plain, "source": plain},
    )
    | plain
)
def test_strange_messages_are_refused_by_one_kind_of_error(data: Any) -> None:
    with contextlib.suppress(UserError):
        made = from_json(data)
        assert from_json(to_json(made)) == made


def test_a_wrong_command_is_told_what_is_right() -> None:
    for args, said in (
        (("glyde", "a"), "glide"),
        (("glide",), "to"),
        (("play", 1), "nothing"),
        (("mark", "ab"), "one of"),
        (("locate", 0), "bar"),
        (("ramp", "fast"), "tempo"),
        (("ramp", float("nan")), "tempo"),
        (("load", "x" * 2000), "preset"),
    ):
        with pytest.raises(ControlError, match=said):
            command(str(args[0]), *args[1:])


def test_a_status_survives_json_and_nothing_else_does() -> None:
    engine = Engine([tiny_preset()], 1)
    engine.handle(command("play"), 0)
    engine.advance(5000)
    engine.handle(command("mark", "c"), 5000)
    status = engine.status()
    assert status_from_text(status_to_text(status)) == status
    for text in ("", "{}", "[1]", "null", '{"playing": 1}', status_to_text(status)[:-9]):
        with pytest.raises(MessageError):
            status_from_text(text)
