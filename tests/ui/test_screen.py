"""The whole screen in a real terminal: what it shows, what keys do, how it ends."""

import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from instrument.controls import PART
from instrument.errors import UserError
from instrument.ui.app import run_screen
from tests.ui.fake import FakeEngine
from tests.ui.terminal import COLOURS, PATIENCE_S, Terminal

SIZES = ((80, 24), (120, 40), (250, 70))


@pytest.fixture(scope="module")
def preset(islands: Path) -> Path:
    return islands


@pytest.fixture(scope="module", params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def terminal(request: pytest.FixtureRequest, preset: Path) -> Iterator[Terminal]:
    terminal = Terminal([sys.executable, "-m", "tests.ui.fake", str(preset)], *request.param)
    terminal.wait("PLAYING")
    yield terminal
    terminal.child.close(force=True)


def test_shows_map_transport_controls_and_ports(terminal: Terminal) -> None:
    text = terminal.wait(re.compile(r"BWV \d+, bar \d+").search)
    assert re.search(r"\d+\|[1-4]", text) or "▐" in text  # in small letters, or in large ones
    assert re.search(r"tempo +100\.0 BPM +━", text)
    assert re.search(rf"neighbors +{PART['neighbors'].default:.0f} +━", text)
    assert "eigenwalk:out" in text
    assert "p99 0.27 ms" in text
    assert sum(0x2800 < ord(char) < 0x2900 for char in text) > 30
    assert " 1 " in text


def test_keys_change_controls_and_transport(terminal: Terminal) -> None:
    terminal.send("=")
    terminal.wait(re.compile(r"tempo +105\.0 BPM").search)
    terminal.send("_")
    terminal.wait(re.compile(r"tempo +104\.0 BPM").search)
    step = PART["step"]
    terminal.send("]]")
    terminal.wait(re.compile(rf"step +{step.default + 2 * step.coarse:.2f}").search)
    terminal.send("uuuu")
    terminal.wait(lambda text: re.search(rf"step +{step.default:.2f}", text) and re.search(r"tempo +100", text))
    terminal.send("\x12")
    terminal.wait(re.compile(r"tempo +105\.0").search)
    for typed, shown in ((":step", ":step"), (" 0.77\r", r"step +0\.77"), ("]", r"step +0\.82")):  # at once: a paste
        terminal.send(typed)
        terminal.wait(re.compile(shown).search)
    terminal.send(" ")
    terminal.wait("STOPPED")


def test_quitting_asks_while_it_plays(preset: Path) -> None:
    terminal = run(preset, 80, 24)
    terminal.send("q")
    terminal.wait("It is playing")
    terminal.send("n")
    terminal.wait(lambda text: "It is playing" not in text)
    terminal.send("?")
    terminal.wait("EVERY KEY")
    terminal.send("\x1b")
    terminal.wait(lambda text: "EVERY KEY" not in text)
    terminal.send("q")
    terminal.wait("It is playing")
    time.sleep(0.3)  # as long as reading it takes
    terminal.send("y")
    assert terminal.ended() == 0


def run(preset: Path, width: int, height: int, env: dict[str, str] | None = None) -> Terminal:
    terminal = Terminal([sys.executable, "-m", "tests.ui.fake", str(preset)], width, height, env)
    terminal.wait("PLAYING")
    return terminal


def wide(width: int) -> Callable[[str], bool]:
    return lambda text: any(len(line) > width - 3 for line in text.splitlines())


def test_resizing_live_lays_everything_out_anew_and_says_when_it_is_too_small(preset: Path) -> None:
    terminal = run(preset, 120, 40)
    for width, height in ((250, 70), (80, 24)):
        terminal.resize(width, height)
        terminal.wait(wide(width))
        terminal.wait("sent")
        assert "at hand" in terminal.text
    terminal.resize(60, 20)
    terminal.wait("needs 80x24")
    terminal.resize(1, 1)
    terminal.resize(100, 30)
    terminal.wait("at hand")
    terminal.send("\x03")
    assert terminal.ended() == 0


def test_the_mouse_is_heard(preset: Path) -> None:
    terminal = run(preset, 80, 24)
    y = next(y for y, line in enumerate(terminal.text.splitlines()) if "neighbors" in line)
    terminal.mouse(terminal.text.splitlines()[y].index("neighbors"), y, 64)
    terminal.wait(re.compile(rf"•neighbors +{PART['neighbors'].default + 1:.0f}").search)
    terminal.mouse(5, 8, 64)
    terminal.wait("1.2x")
    terminal.child.close(force=True)


def colours(terminal: Terminal) -> set[str]:
    terminal.wait("sent")
    return {char.fg for row in terminal.screen.buffer.values() for char in row.values()}


@pytest.mark.parametrize(
    ("env", "holds"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "ffc44d"),
        ({"TERM": "xterm-256color"}, "ffd75f"),
        ({"TERM": "xterm"}, "cyan"),
        ({"TERM": "xterm", "COLORTERM": "truecolor", "COLORFGBG": "0;15"}, "2a2f36"),
    ],
    ids=["true", "256", "16", "light"],
)
def test_colours_fit_the_terminal(preset: Path, env: dict[str, str], holds: str) -> None:
    terminal = run(preset, 80, 24, env)
    found = colours(terminal)
    assert holds in found, found
    if env == {"TERM": "xterm"}:
        assert all(not re.fullmatch("[0-9a-f]{6}", name) for name in found)
    terminal.child.close(force=True)


def test_no_color_is_obeyed_and_still_tells_the_walk(preset: Path) -> None:
    terminal = run(preset, 80, 24, {"TERM": "xterm-256color", "NO_COLOR": "1"})
    assert colours(terminal) == {"default"}
    assert any(char.reverse for row in terminal.screen.buffer.values() for char in row.values())
    assert not re.search(rb"\x1b\[[0-9;]*(3|4|9|10)[0-7][;m]", terminal.raw)
    terminal.child.close(force=True)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_the_terminal_as_it_was(preset: Path, number: int) -> None:
    terminal = run(preset, 80, 24)
    terminal.child.kill(number)
    assert terminal.ended() == 0
    left = terminal.raw.rpartition(b"at hand")[2]
    assert b"\x1b[?1049l" in left  # the alternate screen
    assert b"\x1b[?1003l" in left  # the mouse
    assert b"\x1b[?25h" in left  # the cursor


def test_what_libraries_say_comes_after_the_screen(preset: Path) -> None:
    terminal = run(preset, 80, 24, {**COLOURS, "FAKE_NOISE": "a library complains\n\n\n"})
    assert terminal.wait("at hand").startswith(" ▶ PLAYING")
    assert b"complains" not in terminal.raw
    terminal.send("\x03")
    assert terminal.ended() == 0
    assert b"a library complains" in terminal.raw.rpartition(b"\x1b[?1049l")[2]


def test_a_closed_terminal_ends_it(preset: Path) -> None:
    terminal = run(preset, 80, 24)
    os.close(terminal.child.child_fd)
    end = time.monotonic() + PATIENCE_S
    while terminal.child.ptyproc.isalive() and time.monotonic() < end:
        time.sleep(0.02)
    assert not terminal.child.ptyproc.isalive()


def test_without_a_terminal_it_says_so(preset: Path) -> None:
    with pytest.raises(UserError, match="needs a terminal"):
        run_screen(FakeEngine(preset))
