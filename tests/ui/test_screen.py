"""The whole screen in a real terminal: what it shows, what keys do, how it ends."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ui.fake import big_preset
from tests.ui.terminal import Terminal

SIZES = ((80, 24), (120, 40), (250, 70))


@pytest.fixture(scope="module")
def preset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return big_preset(tmp_path_factory.mktemp("bank"), pieces=8, bars=8)


@pytest.fixture(params=SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def terminal(request: pytest.FixtureRequest, preset: Path) -> Iterator[Terminal]:
    terminal = Terminal([sys.executable, "-m", "tests.ui.fake", str(preset)], *request.param)
    terminal.wait("PLAYING")
    yield terminal
    terminal.child.close(force=True)


def test_shows_map_transport_controls_and_ports(terminal: Terminal) -> None:
    text = terminal.wait(re.compile(r"BWV \d+, bar \d+").search)
    assert re.search(r"\d+\|[1-4]", text) or "▐" in text  # in small letters, or in large ones
    assert re.search(r"tempo +100\.0 BPM +━", text)
    assert re.search(r"neighbors +16 +━", text)
    assert "eigenwalk:out" in text
    assert "p99 0.27 ms" in text
    assert sum(0x2800 < ord(char) < 0x2900 for char in text) > 30
    assert " 1 " in text


def test_keys_change_controls_and_transport(terminal: Terminal) -> None:
    terminal.send("=")
    terminal.wait(re.compile(r"tempo +105\.0 BPM").search)
    terminal.send("_")
    terminal.wait(re.compile(r"tempo +104\.0 BPM").search)
    terminal.send("]]")
    terminal.wait(re.compile(r"step +0\.35").search)
    terminal.send("uuuu")
    terminal.wait(lambda text: re.search(r"step +0\.25", text) and re.search(r"tempo +100", text))
    terminal.send("\x12")
    terminal.wait(re.compile(r"tempo +105\.0").search)
    terminal.send(" ")
    terminal.wait("STOPPED")
    terminal.send("q")
    assert terminal.ended() == 0


def test_quitting_asks_while_it_plays(terminal: Terminal) -> None:
    terminal.send("q")
    terminal.wait("It is playing")
    terminal.send("n")
    terminal.wait(lambda text: "It is playing" not in text)
    terminal.send("?")
    terminal.wait("EVERY KEY")
    terminal.send("\x1b")
    terminal.wait(lambda text: "EVERY KEY" not in text)
    terminal.send("qy")
    assert terminal.ended() == 0
