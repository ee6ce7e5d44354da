"""Keys: one table of what each key does, which binds it and prints it.

What flows in: key presses. What flows out: calls of ScreenState's gestures. Keys of controls and commands come from
controls.TABLE and commands.COMMANDS; the screen's own keys are the functions in screen_keys.py, and a function's
docstring is its line of help. Nothing here draws. A key that stands in no table does nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass

from prompt_toolkit.filters import Condition, Filter
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys

from instrument.commands import COMMANDS, CommandSpec
from instrument.controls import TABLE, Control
from instrument.ui.prompt import Prompt
from instrument.ui.state import ScreenState

Handler = Callable[[KeyPressEvent], None]
FINE = {"[": "{", "]": "}", ",": "<", ".": ">", "-": "_", "=": "+"}  # the same key with shift: a fine step
NEIGHBOURS = ("next", "previous")
_NAMES = {" ": "space", "c-c": "Ctrl-C", "c-r": "Ctrl-R", "s-left": "Shift-←", "s-right": "→", "tab": "Tab"}
_NAMES |= {"left": "←", "right": "→", "up": "↑", "down": "↓", "backspace": "⌫", "enter": "Enter"}


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A line of the key table: what is pressed, under which heading it stands, what it does."""

    keys: tuple[str, ...]
    group: str
    help: str

    @property
    def label(self) -> str:
        """The keys as they are printed."""
        return " ".join(_NAMES.get(key, key) for key in self.keys)


class KeyTable:
    """Bindings and their help, made together so that neither can be forgotten."""

    def __init__(self, active: Filter) -> None:
        self.bindings = KeyBindings()
        self.rows: list[KeyRow] = []
        self.active = active

    def add(self, group: str, *keys: str, about: str = "") -> Callable[[Handler], Handler]:
        """Bind `keys` to the decorated function; the first line of its docstring is the help unless `about` is."""

        def bind(handler: Handler) -> Handler:
            self.bind(handler, *keys)
            self.note(group, keys, about or (handler.__doc__ or "").strip().splitlines()[0])
            return handler

        return bind

    def note(self, group: str, keys: tuple[str, ...], text: str) -> None:
        """A line of help."""
        self.rows.append(KeyRow(keys, group, text.rstrip(".")))

    def bind(self, handler: Handler, *keys: str, when: Filter | None = None) -> None:
        """Bind each of `keys` without a line of help; `when` replaces "while no prompt or overlay is open"."""
        for key in keys:
            self.bindings.add(key, filter=self.active if when is None else when)(handler)


def bind_tables(table: KeyTable, state: ScreenState, prompt: Prompt) -> None:
    """The keys of every command and control that has one."""
    for spec in COMMANDS.values():
        if spec.key:
            _command_key(table, state, prompt, spec)
    for row in TABLE.values():
        if row.keys:
            _control_keys(table, state, row)
    _letters(table, state)


def takes_letter(spec: CommandSpec) -> bool:
    """Whether the command wants one letter and no more, so that the next key can be it."""
    return len(spec.args) == 1 and bool(spec.args[0].choices) and all(len(c) == 1 for c in spec.args[0].choices)


def _command_key(table: KeyTable, state: ScreenState, prompt: Prompt, spec: CommandSpec) -> None:
    key = " " if spec.key == "space" else str(spec.key)

    @table.add(spec.group, key, about=spec.help)
    def _(event: KeyPressEvent) -> None:
        if takes_letter(spec):
            state.waiting = spec.name
        elif spec.required:
            prompt.start(":", f"{spec.name} ")
        elif spec.name in NEIGHBOURS:
            state.neighbour(spec.name)
        else:
            state.do(spec.name)


def _control_keys(table: KeyTable, state: ScreenState, row: Control) -> None:
    def mover(sign: int, coarse: bool) -> Handler:
        return lambda event: state.nudge(row, sign, coarse)

    keys = row.keys or ("", "")
    for key, sign in zip(keys, (-1, 1), strict=True):
        table.bind(mover(sign, True), key)
        if key in FINE:
            table.bind(mover(sign, False), FINE[key])
    table.note("controls", keys + tuple(FINE[key] for key in keys if key in FINE), f"{row.name}: {row.help}")


def _letters(table: KeyTable, state: ScreenState) -> None:
    """The key after `mark` or `recall` is its letter; any other key lets go."""

    def letter(event: KeyPressEvent) -> None:
        name, state.waiting = state.waiting, ""
        if event.data in COMMANDS[name].args[0].choices:
            state.do(name, event.data)

    table.bind(letter, Keys.Any, when=Condition(lambda: bool(state.waiting)))
    table.bind(letter, "escape", when=Condition(lambda: bool(state.waiting)))
