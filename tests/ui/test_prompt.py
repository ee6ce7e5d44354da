"""The prompt: what is typed, what completes, what is told when it is wrong."""

from typing import Any

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from instrument.commands import COMMANDS
from instrument.controls import TABLE
from instrument.messages import Command, Set
from instrument.ui.prompt import WORDS, Prompt, matches
from instrument.ui.state import ScreenState
from tests.ui.driver import driven
from tests.ui.fake import FakeEngine


def complete(engine: FakeEngine, sign: str, text: str) -> list[str]:
    state = ScreenState(engine)
    state.observe(engine.latest(), 0.0)
    prompt = Prompt(state, lambda: None)
    prompt.sign = sign
    assert prompt.buffer.completer
    found = prompt.buffer.completer.get_completions(Document(text), CompleteEvent())
    return [completion.text for completion in found]


def test_every_control_and_command_completes(engine: FakeEngine) -> None:
    for word in WORDS:
        assert word in complete(engine, ":", word[:2])
    assert set(TABLE) | set(COMMANDS) <= set(WORDS)


def test_arguments_complete(engine: FakeEngine, bank_of: list[str]) -> None:
    engine.parts[0].more["bookmarks"] = {"q": 3}
    engine.advance(0)
    assert complete(engine, ":", "quantize b") == ["beat", "bar", "four-bars"]
    assert complete(engine, ":", "load qu") == ["quarries"]
    assert complete(engine, ":", "glide ") == ["q", "even", "odd"]
    assert "step" in complete(engine, ":", "learn st")
    assert complete(engine, "/", "ac") == ["bach"]


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        (":step 0.4\r", Set("step", 0.4)),
        (":tempo 144\r", Set("tempo", 144.0)),
        (":quantize beat\r", Set("quantize", 0.0)),
        (":locate 5\r", Command("locate", (5.0, 1.0))),
        (':glide "slow airs" 8\r', Command("glide", ("slow airs", 8.0))),
        ("/bch\r", Command("load", ("bach",))),
        ("\r0.9\r", None),
    ],
)
def test_a_line_becomes_a_message(engine: FakeEngine, bank_of: list[str], typed: str, sent: Any) -> None:
    with driven(engine) as screen:
        screen.type(typed)
        assert engine.sent[-1:] == ([sent] if sent else [])


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("stepp 1", "no command and no control; step"),
        ("step 7", "step takes 0 to 1"),
        ("step", "step takes one value"),
        ("tempo fast", "tempo takes 20 to 300 BPM"),
        ("locate", "locate takes"),
        ('load "x', "quotation mark"),
        ("part 9", "a number from 1 to 1"),
        ("zzzz", "no command and no control"),
    ],
)
def test_a_wrong_line_is_answered_and_does_nothing(engine: FakeEngine, line: str, answer: str) -> None:
    with driven(engine) as screen:
        assert answer in screen.type(f":{line}\r")
        assert engine.sent == []
        assert answer not in screen.look(30.0)


def test_escape_and_backspace_close_it(engine: FakeEngine) -> None:
    with driven(engine) as screen:
        assert ":step 0" in screen.type(":step 0").replace(" :", ":")
        screen.type("\x1b")
        screen.type("\x08:\x7f=")
        assert engine.sent == [Set("tempo", 105.0)]


def test_light_and_dark_change_the_style(engine: FakeEngine) -> None:
    with driven(engine) as screen:
        dark = screen.app.style.get_attrs_for_style_str("class:stage") if screen.app.style else None
        screen.type(":light\r")
        assert screen.app.style
        assert screen.app.style.get_attrs_for_style_str("class:stage") != dark


def test_best_match_comes_first() -> None:
    names = ["session-tunes", "bach-chorales", "tunes"]
    assert matches("tu", names) == ["tunes", "session-tunes"]
    assert matches("bcl", names) == ["bach-chorales"]
    assert matches("zz", names) == []
