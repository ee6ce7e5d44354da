"""Keys: one table of what each key does, which binds it and prints it.

What flows in: key presses. What flows out: calls of ScreenState's gestures. Keys of controls and commands come from
controls.TABLE and messages.COMMANDS; the screen's own keys are the functions below, and a function's docstring is
its line of help. Nothing here draws.
"""

from collections.abc import Callable
from dataclasses import dataclass

from prompt_toolkit.filters import Condition
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys

from instrument.commands import COMMANDS, CommandSpec
from instrument.controls import TABLE, Control
from instrument.messages import command
from instrument.ui.prompt import Prompt
from instrument.ui.state import ScreenState

Handler = Callable[[KeyPressEvent], None]
GROUPS = ("play", "controls", "map", "screen")
FINE = {"[": "{", "]": "}", ",": "<", ".": ">", "-": "_", "=": "+"}  # with shift, where that key is free
NAMES = {" ": "space", "c-c": "Ctrl-C", "c-r": "Ctrl-R", "s-left": "Shift-←", "s-right": "Shift-→"}
NAMES |= {"left": "←", "right": "→", "up": "↑", "down": "↓", "backspace": "⌫", "enter": "Enter", "escape": "Esc"}
NAMES |= {"s-up": "Shift-↑", "s-down": "Shift-↓", "tab": "Tab"}


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A line of the key table: what is pressed, under which heading it stands, what it does."""

    keys: tuple[str, ...]
    group: str
    help: str

    @property
    def label(self) -> str:
        """The keys as they are printed."""
        return " ".join(NAMES.get(key, key) for key in self.keys)


class KeyTable:
    """Bindings and their help, made together so that neither can be forgotten."""

    def __init__(self, active: Condition) -> None:
        self.bindings = KeyBindings()
        self.rows: list[KeyRow] = []
        self.active = active

    def add(self, group: str, *keys: str, about: str = "") -> Callable[[Handler], Handler]:
        """Bind `keys` to the decorated function; the first line of its docstring is the help unless `about` is."""

        def bind(handler: Handler) -> Handler:
            self.bind(handler, *keys)
            text = about or (handler.__doc__ or "").strip().splitlines()[0]
            self.rows.append(KeyRow(keys, group, text.rstrip(".")))
            return handler

        return bind

    def bind(self, handler: Handler, *keys: str) -> None:
        """Bind each of `keys` without a line of help."""
        for key in keys:
            self.bindings.add(key, filter=self.active)(handler)


def key_table(state: ScreenState, prompt: Prompt, leave: Callable[[], None]) -> KeyTable:
    """Every key of the screen; `leave` ends it."""
    table = KeyTable(Condition(lambda: not prompt.open and not state.overlay))
    for spec in COMMANDS.values():
        if spec.key:
            _command_key(table, state, prompt, spec)
    for row in TABLE.values():
        if row.keys:
            _control_keys(table, state, row)
    _selection_keys(table, state, prompt)
    _map_keys(table, state)
    _screen_keys(table, state, prompt, leave)
    _overlay_keys(table, state, leave)
    return table


def _command_key(table: KeyTable, state: ScreenState, prompt: Prompt, spec: CommandSpec) -> None:
    key = " " if spec.key == "space" else str(spec.key)

    @table.add("play", key, about=spec.help)
    def _(event: KeyPressEvent) -> None:
        if spec.required:
            prompt.start(":", f"{spec.name} ")
        else:
            state.send(command(spec.name, part=state.part))


def _control_keys(table: KeyTable, state: ScreenState, row: Control) -> None:
    def mover(sign: int, coarse: bool) -> Handler:
        return lambda event: state.nudge(row, sign, coarse)

    lower, raise_ = row.keys or ("", "")
    for key, sign in ((lower, -1), (raise_, 1)):
        table.bind(mover(sign, True), key)
        if key in FINE:
            table.bind(mover(sign, False), FINE[key])
    table.rows.append(KeyRow((lower, raise_), "controls", f"{row.name}: {row.help}"))


def _selection_keys(table: KeyTable, state: ScreenState, prompt: Prompt) -> None:
    def row() -> Control:
        return TABLE[state.selected]

    @table.add("controls", "up", "down")
    def _(event: KeyPressEvent) -> None:
        """Select a control."""
        state.select(-1 if event.key_sequence[0].key == Keys.Up else 1)

    @table.add("controls", "left", "right")
    def _(event: KeyPressEvent) -> None:
        """Lower or raise the selected control a little."""
        state.nudge(row(), -1 if event.key_sequence[0].key == Keys.Left else 1)

    @table.add("controls", "s-left", "s-right")
    def _(event: KeyPressEvent) -> None:
        """Lower or raise it a lot."""
        state.nudge(row(), -1 if event.key_sequence[0].key == Keys.ShiftLeft else 1, coarse=True)

    @table.add("controls", "enter")
    def _(event: KeyPressEvent) -> None:
        """Type the selected control's value."""
        prompt.start(":", f"{row().name} ")

    @table.add("controls", "backspace")
    def _(event: KeyPressEvent) -> None:
        """Put it back to its default."""
        state.reset()

    @table.add("controls", "u")
    def _(event: KeyPressEvent) -> None:
        """Undo the last change of a control."""
        state.undo()

    @table.add("controls", "U", "c-r")
    def _(event: KeyPressEvent) -> None:
        """Redo it."""
        state.redo()


def _map_keys(table: KeyTable, state: ScreenState) -> None:
    @table.add("map", "z", "Z")
    def _(event: KeyPressEvent) -> None:
        """Zoom in at the walk, or out."""
        state.zoom(1.5 if event.data == "z" else 1 / 1.5)

    @table.add("map", "H", "J", "K", "L")
    def _(event: KeyPressEvent) -> None:
        """Pan left, down, up, right."""
        right, up = {"H": (-1, 0), "L": (1, 0), "J": (0, -1), "K": (0, 1)}[event.data]
        state.view = state.view.panned(right * 0.25, up * 0.25)

    @table.add("map", "0")
    def _(event: KeyPressEvent) -> None:
        """Show the whole map."""
        state.view = type(state.view)()


def _screen_keys(table: KeyTable, state: ScreenState, prompt: Prompt, leave: Callable[[], None]) -> None:
    @table.add("screen", "tab", "1", "2", "3", "4")
    def _(event: KeyPressEvent) -> None:
        """Select the next part, or part 1 to 4."""
        count = len(state.status.parts) if state.status else 1
        state.select_part(int(event.data) - 1 if event.data.isdigit() else (state.part + 1) % max(1, count))

    @table.add("screen", ":")
    def _(event: KeyPressEvent) -> None:
        """Type a command, or a control and its value."""
        prompt.start(":")

    @table.add("screen", "/")
    def _(event: KeyPressEvent) -> None:
        """Find a preset and play it."""
        prompt.start("/")

    @table.add("screen", "?")
    def _(event: KeyPressEvent) -> None:
        """Show every key."""
        state.overlay, state.help_scroll = "help", 0

    @table.add("screen", "q")
    def _(event: KeyPressEvent) -> None:
        """Leave; asks first while it plays."""
        if state.playing:
            state.overlay = "quit"
        else:
            leave()

    @table.bindings.add("c-c")
    def _(event: KeyPressEvent) -> None:
        leave()

    table.rows.append(KeyRow(("c-c",), "screen", "Leave at once"))


def _overlay_keys(table: KeyTable, state: ScreenState, leave: Callable[[], None]) -> None:
    asking = Condition(lambda: state.overlay == "quit")
    helping = Condition(lambda: state.overlay == "help")

    @table.bindings.add("y", filter=asking)
    @table.bindings.add("q", filter=asking)
    def _(event: KeyPressEvent) -> None:
        leave()

    @table.bindings.add("up", filter=helping)
    @table.bindings.add("down", filter=helping)
    def _(event: KeyPressEvent) -> None:
        state.help_scroll = max(0, state.help_scroll + (-1 if event.key_sequence[0].key == Keys.Up else 1))

    @table.bindings.add("!", filter=asking | helping)
    def _(event: KeyPressEvent) -> None:
        state.send(command("panic"))

    @table.bindings.add(Keys.Any, filter=asking | helping)
    def _(event: KeyPressEvent) -> None:
        state.overlay = ""
