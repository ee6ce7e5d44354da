"""The mouse: on the map it moves the walk, on a control its value."""

import re

import pytest

from instrument.controls import control
from instrument.messages import Command, Set
from instrument.ui.frame import plan
from tests.ui.driver import Driver, driven
from tests.ui.fake import FakeEngine

SIZES = ((80, 24), (120, 40), (250, 70))


def middle(driver: Driver) -> tuple[int, int]:
    rect = plan(driver.size.columns, driver.size.rows, False).map
    return rect.x + rect.width // 2, rect.y + rect.height // 2


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_a_click_teleports_to_where_it_points(engine: FakeEngine, width: int, height: int) -> None:
    with driven(engine, width, height) as screen:
        x, y = middle(screen)
        screen.mouse(x, y)
        assert engine.sent == []
        screen.mouse(x, y, up=True)
        sent = engine.sent[-1]
        assert isinstance(sent, Command)
        assert sent.name == "teleport"
        picture = screen.state.map_of(screen.state.current) if screen.state.current else None
        assert picture
        assert all(abs(float(a) - b) < 0.15 for a, b in zip(sent.args, picture.lies_at(0, 0), strict=True))
        screen.mouse(0, 2 if height < 30 else 4)
        screen.mouse(0, 2 if height < 30 else 4, up=True)
        sent = engine.sent[-1]
        assert isinstance(sent, Command)
        left, top = (float(place) for place in sent.args)
        low, high = picture.preset.map.min(0), picture.preset.map.max(0)
        assert left < low[0] + 0.15
        assert top > high[1] - 0.2


def test_a_drag_steers_until_it_lets_go_even_off_the_map(engine: FakeEngine) -> None:
    with driven(engine) as screen:
        x, y = middle(screen)
        screen.mouse(x, y)
        screen.mouse(x + 3, y, button=32)
        screen.mouse(79, 23, button=32)
        screen.mouse(79, 23, up=True)
        sent = [message for message in engine.sent if isinstance(message, Command)]
        assert [message.name for message in sent] == ["steer", "steer", "release"]
        places = engine.parts[0].preset.map
        assert sent[1].args[:2] == pytest.approx((places[:, 0].max(), places[:, 1].min()), abs=0.001)


def test_the_right_button_glides(engine: FakeEngine) -> None:
    with driven(engine) as screen:
        screen.mouse(*middle(screen), button=2)
        sent = engine.sent[-1]
        assert isinstance(sent, Command)
        assert sent.name == "glide"
        assert str(sent.args[0]).count(",") == 1


def test_the_wheel_zooms_about_the_pointer_and_back(engine: FakeEngine) -> None:
    with driven(engine) as screen:
        x, y = middle(screen)
        screen.mouse(x + 8, y, button=64)
        assert screen.state.view.zoom > 1
        assert screen.state.view.x > 0
        for _ in range(9):
            screen.mouse(x, y, button=65)
        assert screen.state.view.zoom == 1
        assert (screen.state.view.x, screen.state.view.y) == (0, 0)
        assert engine.sent == []


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_wheel_and_a_click_move_a_control(engine: FakeEngine, width: int, height: int) -> None:
    with driven(engine, width, height) as screen:
        lines = screen.text.splitlines()
        y = next(y for y, line in enumerate(lines) if " step " in line)
        x = lines[y].index(" step ") + 1
        row = control("step")
        screen.mouse(x, y, button=64)
        assert engine.sent[-1] == Set("step", row.default + row.fine)
        screen.mouse(x, y, button=65 + 16)
        assert engine.sent[-1] == Set("step", row.clamp(row.default + row.fine - row.coarse))
        found = re.compile("[━╸─]+").search(lines[y], x)
        assert found
        screen.mouse(found.end() - 1, y)
        assert engine.sent[-1] == Set("step", 1.0)
        screen.mouse(found.start(), y, button=32)
        assert engine.sent[-1] == Set("step", 0.0)
        assert screen.state.selected == "step"


def test_a_click_closes_an_overlay_and_does_nothing_else(engine: FakeEngine) -> None:
    with driven(engine) as screen:
        screen.type("?")
        assert "EVERY KEY" in screen.mouse(*middle(screen))
        assert "EVERY KEY" not in screen.mouse(*middle(screen), up=True)
        assert engine.sent == []


def test_a_glide_is_drawn_along_its_way(engine: FakeEngine) -> None:
    def drawn(way: tuple[int, ...]) -> set[tuple[int, int]]:
        engine.parts[0].more = {"glide_to": "a", "glide_segment": 150, "glide_way": way}
        engine.advance(0)
        with driven(engine, 120, 40) as screen:
            assert "◎" in screen.text
            shown = screen.app.renderer.last_rendered_screen
            assert shown
            cells = [(x, y) for y in range(40) for x in range(72)]
            return {(x, y) for x, y in cells if shown.data_buffer[y][x].style == "class:target"}

    straight = drawn(())
    here = engine.parts[0].segment
    assert drawn((here, 100)) - straight, "it leads by the place of 100"
    assert drawn((100, here)) == straight, "what lies behind the walk is not drawn"
