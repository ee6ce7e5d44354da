"""The screen's own keys; each function's docstring is its line of help.

What flows in: key presses. What flows out: changes of ScreenState, the prompt opened, the screen left.
"""

from collections.abc import Callable

from prompt_toolkit.filters import Condition
from prompt_toolkit.key_binding import KeyPressEvent
from prompt_toolkit.keys import Keys

from instrument.controls import TABLE, Control
from instrument.ui.keys import KeyTable, bind_tables
from instrument.ui.knobs import order
from instrument.ui.prompt import Prompt
from instrument.ui.state import ScreenState
from instrument.ui.view import View

PAN = 0.25  # of the window
READ_S = 0.15  # what a question takes to be read: an answer before that is no answer


def key_table(state: ScreenState, prompt: Prompt, leave: Callable[[], None]) -> KeyTable:
    """Every key of the screen; `leave` ends it."""
    table = KeyTable(Condition(lambda: not (prompt.open or state.overlay or state.waiting)))
    bind_tables(table, state, prompt)
    _value_keys(table, state, prompt)
    _selection_keys(table, state)
    _map_keys(table, state)
    _screen_keys(table, state, prompt)
    _leaving_keys(table, state, leave)
    _overlay_keys(table, state, leave)
    return table


def _pressed(event: KeyPressEvent, key: Keys) -> bool:
    return event.key_sequence[0].key == key


def _value_keys(table: KeyTable, state: ScreenState, prompt: Prompt) -> None:
    def row() -> Control:
        return TABLE[state.selected]

    @table.add("controls", "left", "right")
    def _(event: KeyPressEvent) -> None:
        """Lower or raise the selected control a little."""
        state.nudge(row(), -1 if _pressed(event, Keys.Left) else 1)

    @table.add("controls", "s-left", "s-right")
    def _(event: KeyPressEvent) -> None:
        """Lower or raise it a lot."""
        state.nudge(row(), -1 if _pressed(event, Keys.ShiftLeft) else 1, coarse=True)

    @table.add("controls", "enter")
    def _(event: KeyPressEvent) -> None:
        """Type its value."""
        prompt.start(":", f"{row().name} ")

    @table.add("controls", "backspace")
    def _(event: KeyPressEvent) -> None:
        """Put it back to where the preset has it."""
        state.reset()

    @table.add("controls", "l")
    def _(event: KeyPressEvent) -> None:
        """Learn: the next knob touched moves it."""
        state.do("learn", row().name)


def _selection_keys(table: KeyTable, state: ScreenState) -> None:
    @table.add("controls", "up", "down")
    def _(event: KeyPressEvent) -> None:
        """Select a control."""
        names = order()
        at = names.index(state.selected) + (-1 if _pressed(event, Keys.Up) else 1)
        state.select(names[at % len(names)])

    @table.add("controls", "u")
    def _(event: KeyPressEvent) -> None:
        """Undo the last change or gesture."""
        state.undo()

    @table.add("controls", "U", "c-r")
    def _(event: KeyPressEvent) -> None:
        """Redo it."""
        state.undo("redo")

    @table.add("parts", "tab", "1", "2", "3", "4")
    def _(event: KeyPressEvent) -> None:
        """Select the next part, or part 1 to 4."""
        count = len(state.status.parts) if state.status else 1
        state.select_part(int(event.data) - 1 if event.data.isdigit() else (state.part + 1) % max(1, count))


def _map_keys(table: KeyTable, state: ScreenState) -> None:
    @table.add("map", "z", "Z")
    def _(event: KeyPressEvent) -> None:
        """Zoom in at the walk, or out; so does the mouse wheel."""
        state.zoom(1.5 if event.data == "z" else 1 / 1.5)

    @table.add("map", "H", "J", "K", "L")
    def _(event: KeyPressEvent) -> None:
        """Pan left, down, up, right."""
        right, up = {"H": (-PAN, 0.0), "L": (PAN, 0.0), "J": (0.0, -PAN), "K": (0.0, PAN)}[event.data]
        state.view = state.view.panned(right, up)

    @table.add("map", "0")
    def _(event: KeyPressEvent) -> None:
        """Show the whole map."""
        state.view = View()

    for what, text in (("click", "Teleport there"), ("drag", "Lean there until let go")):
        table.note("map", (what,), text)
    table.note("map", ("right click",), "Glide there in four bars")


def _screen_keys(table: KeyTable, state: ScreenState, prompt: Prompt) -> None:
    @table.add("screen", ":")
    def _(event: KeyPressEvent) -> None:
        """Type a command, or a control and its value."""
        prompt.start(":")

    @table.add("screen", "/")
    def _(event: KeyPressEvent) -> None:
        """Find a preset and play it."""
        prompt.start("/")

    @table.add("screen", "s")
    def _(event: KeyPressEvent) -> None:
        """Show the set list and its notes."""
        state.overlay, state.scroll = "sets", 0

    @table.add("screen", "?")
    def _(event: KeyPressEvent) -> None:
        """Show every key."""
        state.overlay, state.scroll = "help", 0


def _leaving_keys(table: KeyTable, state: ScreenState, leave: Callable[[], None]) -> None:
    @table.add("screen", "R")
    def _(event: KeyPressEvent) -> None:
        """Take the performance up where it stood, should the engine have been killed."""
        if not state.alive:
            state.engine.restart()

    @table.add("screen", "q")
    def _(event: KeyPressEvent) -> None:
        """Leave; asks first while it plays."""
        if state.playing:
            state.overlay, state.asked_s = "quit", state.now_s
        else:
            leave()

    @table.add("screen", "c-c")
    def _(event: KeyPressEvent) -> None:
        """Leave at once."""
        leave()


def _overlay_keys(table: KeyTable, state: ScreenState, leave: Callable[[], None]) -> None:
    asking = Condition(lambda: state.overlay == "quit")
    reading = Condition(lambda: state.overlay in ("help", "sets"))

    def close(event: KeyPressEvent) -> None:
        state.overlay = ""

    def answer(event: KeyPressEvent) -> None:
        if state.now_s - state.asked_s >= READ_S:
            leave()

    def scroll(event: KeyPressEvent) -> None:
        state.scroll = max(0, state.scroll + (-1 if _pressed(event, Keys.Up) else 1))

    table.bind(close, Keys.Any, "escape", when=asking | reading)
    table.bind(scroll, "up", "down", when=reading)
    table.bind(lambda event: state.do("panic"), "!", when=asking | reading)
    table.bind(answer, "y", "q", when=asking)
    table.bind(lambda event: leave(), "c-c", when=asking | reading)
