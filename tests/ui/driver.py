"""The whole screen without a terminal: keys and mouse reports go in as bytes, the drawn text comes out."""

import asyncio
import io
from collections.abc import Iterator
from contextlib import contextmanager

import pyte
from prompt_toolkit.application import create_app_session
from prompt_toolkit.application.current import set_app
from prompt_toolkit.data_structures import Size
from prompt_toolkit.input import DummyInput
from prompt_toolkit.input.vt100_parser import Vt100Parser
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.output.vt100 import Vt100_Output

from instrument.ui.app import make_app
from instrument.ui.link import EngineLink
from tests.ui.terminal import understood


class Driver:
    """Use inside `driven`, which gives the screen an event loop."""

    def __init__(self, engine: EngineLink, width: int = 80, height: int = 24) -> None:
        self.size = Size(height, width)
        self.written = io.StringIO()
        self.screen = pyte.Screen(width, height)
        self.stream = pyte.ByteStream(self.screen)
        output = Vt100_Output(self.written, lambda: self.size, default_color_depth=ColorDepth.DEPTH_24_BIT)
        with create_app_session(input=DummyInput(), output=output):
            self.app, self.state = make_app(engine, False, ColorDepth.DEPTH_24_BIT)
        self.parser = Vt100Parser(self.app.key_processor.feed)
        self.now_s = 0.0

    @property
    def text(self) -> str:
        """What is drawn, line by line."""
        screen = self.app.renderer.last_rendered_screen
        if screen is None:
            return ""
        rows = (screen.data_buffer[y] for y in range(self.size.rows))
        return "\n".join("".join(row[x].char for x in range(self.size.columns)).rstrip() for row in rows)

    @property
    def seen(self) -> str:
        """What a terminal shows that was sent only the changes from frame to frame."""
        self.stream.feed(understood(self.written.getvalue().encode()))
        self.written.seek(0)
        self.written.truncate()
        return "\n".join(line.rstrip() for line in self.screen.display)

    def look(self, seconds: float = 0.1) -> str:
        """Let time pass for the screen, and draw it."""
        self.now_s += seconds
        self.state.observe(self.state.engine.latest(), self.now_s)
        self.app.renderer.render(self.app, self.app.layout)
        self.app.after_render.fire()
        return self.text

    def type(self, keys: str) -> str:
        """Press keys, given as a terminal sends them; returns what is drawn then."""
        for key in [keys] if keys.startswith("\x1b") else keys:
            self.parser.feed_and_flush(key)
            self.app.key_processor.process_keys()
        return self.look()

    def mouse(self, x: int, y: int, button: int = 0, up: bool = False) -> str:
        """An SGR mouse report at cell (x, y)."""
        return self.type(f"\x1b[<{button};{x + 1};{y + 1}{'m' if up else 'M'}")

    def resize(self, width: int, height: int) -> str:
        """Another size of terminal."""
        assert self.seen is not None  # what was sent before belongs to the old size
        self.screen.resize(height, width)
        self.size = Size(height, width)
        return self.look()


@contextmanager
def driven(engine: EngineLink, width: int = 80, height: int = 24) -> Iterator[Driver]:
    """A driver with the screen drawn once."""
    driver = Driver(engine, width, height)
    loop = asyncio.new_event_loop()
    driver.app.loop = loop
    try:
        with set_app(driver.app):
            driver.look()
            yield driver
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
