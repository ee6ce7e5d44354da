"""Random hands: keys, mouse, typed lines, sizes and faults in any order, and never an error on the screen."""

import os
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from instrument.commands import COMMANDS, Arg, CommandSpec
from instrument.controls import TABLE, Control
from tests.ui.driver import Driver, driven
from tests.ui.fake import FakeEngine

KEYS = [*map(chr, range(32, 127)), "\t", "\r", "\x7f", "\x08", "\x12", "\x15", "\x1b", "é", "字", "\u0301"]
KEYS += [
    f"\x1b[{end}" for end in ("A", "B", "C", "D", "1;2A", "1;2B", "1;2C", "1;2D", "5~", "6~", "H", "F", "3~", "Z")
]
EXAMPLES = int(os.environ.get("EIGENWALK_EXAMPLES", "15"))
Act = tuple[str, Any]


def control_line(row: Control) -> st.SearchStrategy[str]:
    return st.floats(row.low, row.high).map(lambda value: f"{row.name} {row.clamp(value)}")


def word(arg: Arg) -> st.SearchStrategy[str]:
    if arg.choices:
        return st.sampled_from(arg.choices)
    if arg.length:
        return st.sampled_from(["even", "bach", "0.5,0.5", "nowhere"])
    numbers = st.floats(arg.low, arg.high)
    return numbers.map(lambda value: str(round(value))) if arg.whole else numbers.map(str)


def command_line(spec: CommandSpec) -> st.SearchStrategy[str]:
    return st.tuples(*map(word, spec.args)).map(lambda args: " ".join([spec.name, *args]))


LINES = st.one_of(
    st.sampled_from(list(TABLE.values())).flatmap(control_line),
    st.sampled_from([spec for spec in COMMANDS.values() if spec.name != "quit"]).flatmap(command_line),
)
POINTS = st.tuples(st.integers(0, 260), st.integers(0, 80))
ACTS: st.SearchStrategy[Act] = st.one_of(
    st.tuples(st.just("keys"), st.lists(st.sampled_from(KEYS), max_size=8)),
    st.tuples(st.just("line"), LINES),
    st.tuples(st.just("mouse"), st.tuples(POINTS, st.sampled_from([0, 1, 2, 32, 34, 35, 64, 65, 80]), st.booleans())),
    st.tuples(st.just("size"), st.tuples(st.integers(1, 260), st.integers(1, 80))),
    st.tuples(st.just("time"), st.integers(0, 4000)),
    st.tuples(st.just("fault"), st.sampled_from(["alert", "dead", "parts", "stale", "wide"])),
)


def do(screen: Driver, engine: FakeEngine, act: Act) -> None:
    kind, what = act
    if kind == "keys":
        for key in what:
            screen.type(key)
    elif kind == "mouse":
        (x, y), button, up = what
        screen.mouse(x, y, button, up)
    elif kind == "size":
        screen.resize(*what)
    elif kind == "time":
        engine.advance(what)
        screen.look(what / 1000)
    elif kind == "fault":
        fault(engine, what)
        screen.look()


def fault(engine: FakeEngine, what: str) -> None:
    part = engine.parts[0]
    if what == "alert":
        engine.alerts = ("the port has gone; plug it in again",)
    elif what == "dead":
        engine.alive = False
    elif what == "parts":
        del engine.parts[1:]
    elif what == "stale":  # as after a switch to a smaller preset, while the map is still the old one
        part.more = {"bookmarks": {"z": 10**6}, "glide_to": "x", "glide_segment": 10**6, "heard_at": (9.0, -9.0)}
        part.trail.append(10**6)
    else:
        engine.said.append("字幕 \x1b[31m\n and a line that is far too long for any screen " * 4)
    engine.advance(0)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(ACTS, max_size=12))
def test_random_hands_break_nothing(islands: Path, acts: list[Act]) -> None:
    engine = FakeEngine(islands, parts=2)
    with driven(engine) as screen:
        for act in acts:
            if act[0] != "line":
                do(screen, engine, act)
                if screen.size.columns >= 80 and screen.size.rows >= 24:
                    assert screen.seen == screen.text  # though only what changed was sent
        screen.resize(80, 24)
        assert "Traceback" not in screen.text
        assert len(screen.text.splitlines()) <= 24


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(line=LINES)
def test_every_control_and_command_can_be_typed(islands: Path, line: str) -> None:
    engine = FakeEngine(islands, parts=2)
    with driven(engine, 160, 40) as screen:
        screen.type(f":{line}\r")
        assert [kind for _, kind, _ in screen.state.notices if kind == "wrong"] == [], screen.state.notices
