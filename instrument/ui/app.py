"""The full screen: redrawn at most 15 times a second, until the performer leaves.

What flows in: an engine to talk to, a terminal. What flows out: messages to the engine. It never plays, never
waits for the engine, and when it dies the music goes on.
"""

import asyncio
import os
import signal
import sys

from prompt_toolkit.application import Application
from prompt_toolkit.filters import Condition
from prompt_toolkit.key_binding import ConditionalKeyBindings, KeyPressEvent
from prompt_toolkit.layout import (
    BufferControl,
    CompletionsMenu,
    ConditionalContainer,
    Float,
    FloatContainer,
    Layout,
    Window,
)
from prompt_toolkit.layout.processors import AfterInput, BeforeInput
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.styles import DynamicStyle

from instrument.errors import UserError
from instrument.messages import command
from instrument.ui import frame, palette
from instrument.ui.aside import stderr_aside
from instrument.ui.burst import Burst
from instrument.ui.keys import KeyTable
from instrument.ui.link import EngineLink
from instrument.ui.prompt import Prompt
from instrument.ui.screen_keys import key_table
from instrument.ui.stage import Stage
from instrument.ui.state import ScreenState

FRAMES_PER_S = 15
LOOKS_PER_S = 30  # how often the latest status is read: oftener than drawn, so that the roll misses less
ESCAPE_S = 0.05  # after which an Escape is no longer the beginning of an arrow key


def make_app(engine: EngineLink, light: bool, depth: ColorDepth) -> tuple[Application[None], ScreenState]:
    """The application and its state, not yet running, on the current app session's input and output."""
    state = ScreenState(engine, light)

    def leave() -> None:
        state.send(command("quit"))
        _exit(app)

    prompt = Prompt(state, leave)
    burst = Burst(state)
    table = key_table(state, prompt, leave)
    _prompt_keys(table, prompt, burst)
    stage = Stage(lambda canvas: frame.draw(canvas, state, table.rows), covered=lambda: prompt.open)
    before, after = BeforeInput(lambda: prompt.sign, "class:key"), AfterInput(lambda: prompt.hint, "class:dim")
    typed = Window(BufferControl(prompt.buffer, input_processors=[before, after]), height=1, style="class:chosen")
    line = ConditionalContainer(typed, Condition(lambda: prompt.open))
    floats = [
        Float(line, left=0, right=0, bottom=0, height=1),
        Float(CompletionsMenu(max_height=10, scroll_offset=1), xcursor=True, ycursor=True),
    ]
    styles = {shade: palette.style(depth, shade) for shade in (False, True)}
    app: Application[None] = Application(
        layout=Layout(FloatContainer(stage, floats), focused_element=stage.hands),
        key_bindings=ConditionalKeyBindings(table.bindings, Condition(lambda: prompt.open or not burst.on)),
        style=DynamicStyle(lambda: styles[state.light]),
        color_depth=depth,
        full_screen=True,
        mouse_support=True,
        min_redraw_interval=1 / FRAMES_PER_S,
        after_render=lambda _: stage.settle(),
    )
    app.ttimeoutlen = ESCAPE_S
    app.key_processor.before_key_press += lambda keys: burst.notice(keys.input_queue)
    prompt.turned = lambda: app.layout.focus(typed if prompt.open else stage.hands)
    return app, state


def _prompt_keys(table: KeyTable, prompt: Prompt, burst: Burst) -> None:
    is_open = Condition(lambda: prompt.open)
    is_empty = Condition(lambda: not prompt.buffer.text)

    def close(event: KeyPressEvent) -> None:
        prompt.close()

    def wait(event: KeyPressEvent) -> None:
        """A line that was pasted waits for a hand."""

    pasted = Condition(lambda: prompt.open and burst.on)
    for key in ("enter", "c-j"):
        table.bindings.add(key, filter=pasted, eager=True)(wait)
    table.bindings.add("escape", filter=is_open, eager=True)(close)
    table.bindings.add("c-c", filter=is_open)(close)
    table.bindings.add("backspace", filter=is_open & is_empty)(close)


def _exit(app: Application[None], error: Exception | None = None) -> None:
    if app.is_running and not app.is_done:
        if error is None:
            app.exit()
        else:
            app.exit(exception=error)


async def _watch(app: Application[None], state: ScreenState) -> None:
    """Look at the engine's status, and ask for a redraw when there is something new."""
    loop = asyncio.get_running_loop()
    try:
        while not state.ended:
            if state.observe(state.engine.latest(), loop.time()):
                app.invalidate()
            await asyncio.sleep(1 / LOOKS_PER_S)
        _exit(app)
    except Exception as error:
        _exit(app, error)


def run_screen(engine: EngineLink, light: bool | None = None) -> None:
    """Show the screen until the performer leaves, the engine has ended, or a signal says so.

    `light` chooses the palette for a light background; None asks the environment. Raises UserError when there is no
    terminal, or when the screen itself failed.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UserError("the screen needs a terminal; `--no-ui` plays without one")
    shade = palette.is_light(os.environ) if light is None else light
    app, state = make_app(engine, shade, palette.depth(os.environ))

    def begin() -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, _exit, app)
        app.create_background_task(_watch(app, state))

    try:
        with stderr_aside():
            app.run(pre_run=begin)
    except (EOFError, OSError):
        pass  # the terminal was closed: there is nothing left to draw on
    except Exception as error:
        raise UserError(f"the screen failed and the music was stopped ({type(error).__name__}: {error})") from error
    finally:
        state.send(command("quit"))
