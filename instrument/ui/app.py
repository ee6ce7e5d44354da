"""The full screen: lays the panels out, redraws them at most 15 times a second, and runs until the performer leaves.

What flows in: an engine to talk to, a terminal. What flows out: messages to the engine. It never plays, never
waits for the engine, and when it dies the music goes on. Widths and heights are cells.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from prompt_toolkit.application import Application
from prompt_toolkit.filters import Condition
from prompt_toolkit.input import Input
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.layout import (
    BufferControl,
    CompletionsMenu,
    ConditionalContainer,
    Float,
    FloatContainer,
    HSplit,
    Layout,
    Window,
)
from prompt_toolkit.layout.containers import Container
from prompt_toolkit.layout.dimension import Dimension
from prompt_toolkit.layout.mouse_handlers import MouseHandlers
from prompt_toolkit.layout.processors import BeforeInput
from prompt_toolkit.layout.screen import Screen, WritePosition
from prompt_toolkit.output import Output

from instrument.controls import TABLE
from instrument.errors import UserError
from instrument.messages import command
from instrument.ui import map as map_panel
from instrument.ui import overlay, palette, panels
from instrument.ui.canvas import Canvas, Rect
from instrument.ui.keys import KeyRow, KeyTable, key_table
from instrument.ui.link import EngineLink
from instrument.ui.prompt import Prompt
from instrument.ui.state import ScreenState

LEAST = (80, 24)
FRAMES_PER_S = 15
LOOKS_PER_S = 30  # how often the latest status is read: oftener than drawn, so that the roll misses less


@dataclass(frozen=True, slots=True)
class Plan:
    """Where each panel stands in a terminal of some size."""

    transport: Rect
    map: Rect
    controls: Rect
    candidates: Rect
    now: Rect
    roll: Rect
    footer: Rect

    @classmethod
    def of(cls, width: int, height: int, control_rows: int, parts: int) -> "Plan":
        """The plan for a terminal of `width` x `height` cells, at least 80 x 24."""
        side = min(52, max(33, width // 4 + 8))
        roll = min(16, max(3, height // 5))
        below = max(1, parts) + roll + 1
        body = height - 1 - 2 - below - 2
        choices = max(3, min(10, body - control_rows - 1))
        left = width - side - 1
        return cls(
            transport=Rect(0, 0, width, 1),
            map=Rect(0, 2, left, body),
            controls=Rect(left + 1, 2, side, body - choices - 1),
            candidates=Rect(left + 1, 2 + body - choices, side, choices),
            now=Rect(0, 2 + body + 1, width, max(1, parts)),
            roll=Rect(0, 2 + body + 1 + max(1, parts), width, roll),
            footer=Rect(0, height - 2, width, 2),
        )


class Stage(Container):
    """All panels as one container, which writes finished cells: thousands of fragments would cost twice the time."""

    def __init__(self, state: ScreenState, rows: Sequence[KeyRow]) -> None:
        self.state, self.rows = state, rows
        self.hands = Window()  # never drawn; has the focus while no prompt is open

    def reset(self) -> None:
        """Nothing is kept between runs."""

    def preferred_width(self, max_available_width: int) -> Dimension:
        """All there is."""
        return Dimension(preferred=max_available_width)

    def preferred_height(self, width: int, max_available_height: int) -> Dimension:
        """All there is."""
        return Dimension(preferred=max_available_height)

    def get_children(self) -> list[Container]:
        """The window that holds the focus."""
        return [self.hands]

    def write_to_screen(
        self,
        screen: Screen,
        mouse_handlers: MouseHandlers,
        write_position: WritePosition,
        parent_style: str,
        erase_bg: bool,
        z_index: int | None,
    ) -> None:
        """Draw every panel."""
        canvas = Canvas(write_position.width, write_position.height)
        draw(canvas, self.state, self.rows)
        canvas.write(screen)
        canvas.listen(mouse_handlers)


def draw(canvas: Canvas, state: ScreenState, rows: Sequence[KeyRow]) -> None:
    """One frame of the whole screen."""
    if canvas.width < LEAST[0] or canvas.height < LEAST[1] - 1:  # a row less while the prompt is open
        _too_small(canvas)
        return
    parts = list(enumerate(state.status.parts)) if state.status else []
    plan = Plan.of(canvas.width, canvas.height, len(TABLE) + 2, len(parts))
    panels.transport(canvas, plan.transport, state)
    _rules(canvas, plan)
    picture = state.map_of(state.current) if state.current else None
    if picture and state.current:
        shown = [(number, part) for number, part in parts if part.preset == state.current.preset]
        map_panel.draw(canvas, plan.map, picture, state.view, shown)
    panels.controls(canvas, plan.controls, state)
    if state.current:
        panels.candidates(canvas, plan.candidates, state, state.current)
    panels.now(canvas, plan.now, state)
    panels.roll(canvas, plan.roll, state)
    panels.footer(canvas, plan.footer, state)
    if state.overlay == "help":
        overlay.draw_help(canvas, state, rows)
    elif state.overlay == "quit":
        overlay.draw_question(canvas)


def _rules(canvas: Canvas, plan: Plan) -> None:
    panels.rule(canvas, Rect(0, 1, canvas.width, 1), "")
    panels.rule(canvas, Rect(0, plan.now.y - 1, canvas.width, 1), "")
    for y in range(plan.map.y, plan.map.y + plan.map.height):
        canvas.put(plan.map.width, y, "│", "faint")
    panels.rule(canvas, Rect(plan.candidates.x, plan.candidates.y - 1, plan.candidates.width, 1), "next")


def _too_small(canvas: Canvas) -> None:
    lines = ("too small", f"{canvas.width}x{canvas.height}, needs", f"{LEAST[0]}x{LEAST[1]}", "music plays on")
    for y, text in enumerate(lines):
        canvas.put(max(0, (canvas.width - len(text)) // 2), max(0, canvas.height // 2 - 2) + y, text, "strong")


def make_app(
    engine: EngineLink, light: bool, screen_input: Input | None = None, screen_output: Output | None = None
) -> tuple[Application[None], ScreenState]:
    """The application and its state, not yet running; input and output stand in for the terminal in tests."""
    state = ScreenState(engine)

    def leave() -> None:
        state.send(command("quit"))
        if not app.is_done:
            app.exit()

    prompt = Prompt(state, leave)
    table = key_table(state, prompt, leave)
    _prompt_keys(table, prompt)
    stage = Stage(state, table.rows)
    typed = Window(
        BufferControl(prompt.buffer, input_processors=[BeforeInput(lambda: prompt.sign, "class:key")]), height=1
    )
    body = HSplit([stage, ConditionalContainer(typed, Condition(lambda: prompt.open))])
    menu = Float(CompletionsMenu(max_height=8, scroll_offset=1), xcursor=True, ycursor=True)
    depth = palette.depth(os.environ)
    app: Application[None] = Application(
        layout=Layout(FloatContainer(body, [menu]), focused_element=stage.hands),
        key_bindings=table.bindings,
        style=palette.style(depth, light),
        color_depth=depth,
        full_screen=True,
        mouse_support=True,
        min_redraw_interval=1 / FRAMES_PER_S,
        input=screen_input,
        output=screen_output,
    )
    app.ttimeoutlen = 0.05
    app.before_render += lambda _: app.layout.focus(typed if prompt.open else stage.hands)
    return app, state


def _prompt_keys(table: KeyTable, prompt: Prompt) -> None:
    bindings: KeyBindings = table.bindings

    @bindings.add("escape", filter=Condition(lambda: prompt.open), eager=True)
    @bindings.add("c-c", filter=Condition(lambda: prompt.open))
    def _(event: KeyPressEvent) -> None:
        prompt.close()

    @bindings.add("backspace", filter=Condition(lambda: prompt.open and not prompt.buffer.text))
    def _(event: KeyPressEvent) -> None:
        prompt.close()


async def _watch(app: Application[None], state: ScreenState) -> None:
    loop = asyncio.get_running_loop()
    while True:
        if state.observe(state.engine.latest(), loop.time()):
            app.invalidate()
        if state.ended and not app.is_done:
            app.exit()
        await asyncio.sleep(1 / LOOKS_PER_S)


def run_screen(engine: EngineLink, light: bool | None = None) -> None:
    """Show the screen until the performer leaves, the engine has ended, or a signal says so.

    `light` chooses the palette for a light background; None asks the environment. Raises UserError when there is no
    terminal.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UserError("the screen needs a terminal; `--no-ui` plays without one")
    app, state = make_app(engine, palette.is_light(os.environ) if light is None else light)

    def begin() -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, _exit_of(app))
        app.create_background_task(_watch(app, state))

    try:
        app.run(pre_run=begin)
    except (EOFError, OSError):
        pass  # the terminal was closed: there is nothing left to draw on
    finally:
        state.send(command("quit"))


def _exit_of(app: Application[None]) -> Callable[[], None]:
    return lambda: None if app.is_done else app.exit()
