"""Keys: no two tables want the same one, every one has its line of help, and each does what the line says."""

from collections import Counter
from pathlib import Path

import pytest

from instrument.commands import COMMANDS
from instrument.controls import TABLE, control
from instrument.messages import Command, ControllersStatus, Set, SetListStatus
from instrument.ui.knobs import order
from instrument.ui.prompt import Prompt
from instrument.ui.screen_keys import key_table
from instrument.ui.state import ScreenState
from tests.ui.driver import Driver, driven
from tests.ui.fake import FakeEngine


def last(driver: Driver) -> object:
    engine = driver.state.engine
    assert isinstance(engine, FakeEngine)
    return engine.sent[-1] if engine.sent else None


def test_no_key_is_bound_twice(engine: FakeEngine) -> None:
    state = ScreenState(engine)
    rows = key_table(state, Prompt(state, lambda: None), lambda: None).rows
    pressed = Counter(key for row in rows for key in row.keys)
    assert not [key for key, count in pressed.items() if count > 1]
    assert len(pressed) > 40
    assert all(row.help for row in rows)


@pytest.mark.parametrize("name", [row.name for row in TABLE.values() if row.keys])
def test_a_control_moves_by_its_keys(engine: FakeEngine, name: str) -> None:
    row = control(name)
    assert row.keys
    with driven(engine) as screen:
        screen.type(row.keys[1])
        assert last(screen) == Set(name, row.clamp(row.default + row.coarse))
        screen.type(row.keys[0])
        assert last(screen) == Set(name, row.default)
        assert screen.state.was_moved(row)


def test_the_selected_control_moves_finely_coarsely_and_back(engine: FakeEngine) -> None:
    with driven(engine) as screen:
        name = order()[1]
        row = control(name)
        assert row.help[:40] in screen.type("\x1b[B")
        assert row.help[:40] not in screen.look(10.0)
        screen.type("\x1b[C")
        assert last(screen) == Set(name, row.default + row.fine)
        screen.type("\x1b[1;2D")
        assert last(screen) == Set(name, row.clamp(row.default + row.fine - row.coarse))
        screen.type("\x7f")
        assert last(screen) == Set(name, row.default)
        assert not screen.state.was_moved(row)


@pytest.mark.parametrize(
    "name", [n for n, s in COMMANDS.items() if s.key and not s.required and n not in ("next", "previous")]
)
def test_a_command_goes_out_by_its_key(engine: FakeEngine, name: str) -> None:
    key = COMMANDS[name].key
    with driven(engine) as screen:
        screen.type(" " if key == "space" else str(key))
        sent = last(screen)
        assert isinstance(sent, Command)
        assert sent.name == name


def test_mark_and_recall_take_the_next_key_for_their_letter(engine: FakeEngine) -> None:
    with driven(engine) as screen:
        assert "which letter" in screen.type("m")
        screen.type("q")
        assert last(screen) == Command("mark", ("q",))
        screen.type("r")
        screen.type("\x1b")
        screen.type("r7")
        assert last(screen) == Command("mark", ("q",))


def test_next_without_a_set_list_takes_the_next_preset(engine: FakeEngine, bank_of: list[str]) -> None:
    with driven(engine) as screen:
        screen.type("n")
        assert last(screen) == Command("load", (bank_of[0],))
        engine.parts[0].preset = engine.parts[0].preset  # still the same, for the fake never switches
        screen.type("N")
        assert last(screen) == Command("load", (bank_of[-1],))


def test_with_a_set_list_next_is_its_entry(engine: FakeEngine) -> None:
    engine.more["set_list"] = SetListStatus("Friday", ("Opening", "Reels"), 0, "loaded")
    engine.advance(0)
    with driven(engine) as screen:
        assert "Opening" in screen.text
        assert "next Reels loaded" in screen.text
        screen.type("n")
        assert last(screen) == Command("next")


def test_keys_that_stand_in_no_table_do_nothing(engine: FakeEngine) -> None:
    with driven(engine) as screen:
        before = screen.text
        screen.type("x~^&)\x01\x0fé")
        screen.type("\x1b[15~")
        screen.type("\x1b[5~")
        assert engine.sent == []
        assert screen.text == before


def test_every_key_has_a_line_of_help(engine: FakeEngine) -> None:
    with driven(engine, 200, 70) as screen:
        text = screen.type("?")
        for spec in COMMANDS.values():
            if spec.key:
                assert spec.help[:40] in text
        assert "Undo the last change or gesture" in text
        assert "EVERY KEY" not in screen.type("x")


def test_no_engine_takes_no_messages(engine: FakeEngine, tmp_path: Path) -> None:
    with driven(engine) as screen:
        engine.alive = False
        screen.look()
        screen.type("=]! n")
        assert engine.sent == []
        assert "The engine has stopped" in screen.text


def test_the_question_whether_to_leave_must_be_read_first(engine: FakeEngine) -> None:
    engine.send(Command("play"))
    engine.sent.clear()
    with driven(engine) as screen:
        screen.type("q")
        assert "Leave and stop the music?" in screen.type("y"), "a tenth of a second after it was put"
        assert engine.sent == []
        screen.look()
        screen.type("y")
        assert engine.sent == [Command("quit")]


def test_a_paste_without_marks_does_nothing(engine: FakeEngine) -> None:
    with driven(engine) as screen:
        for burst in ("+ !qy]]fn " * 30, "q f]"):  # the terminal gives the end of it by itself
            screen.parser.feed(burst)
            screen.app.key_processor.process_keys()
        assert engine.sent == []
        assert "are a paste: nothing was done" in screen.look()
        for _ in range(10):
            screen.look(0.03)
        screen.type("f")
        assert engine.sent == [Command("freeze", (1.0,))]
        screen.type(":")
        screen.parser.feed("step 0.25\r\nquit\n" + " " * 9)
        screen.app.key_processor.process_keys()
        assert ":step 0.25quit" in screen.look(), "the prompt takes a paste, and waits for a hand"
        assert len(engine.sent) == 1


def test_a_control_tells_what_holds_it(engine: FakeEngine) -> None:
    engine.more["controllers"] = ControllersStatus(held={"step": "CC 17"})
    engine.advance(0)
    with driven(engine, 120, 40) as screen:
        screen.state.select("step")
        assert "CC 17  /eigenwalk/part/1/step" in screen.look()
        screen.state.select("tempo")
        assert "/eigenwalk/tempo" in screen.look()
