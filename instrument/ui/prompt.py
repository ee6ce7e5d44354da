"""The prompt: `:` types a command or a control's value, `/` finds a preset; both complete.

What flows in: a typed line. What flows out: messages, through ScreenState. Its vocabulary is controls.TABLE,
commands.COMMANDS, a few words of the screen's own and the bank. A line it does not understand is answered with a
notice and does nothing.
"""

import shlex
from collections.abc import Callable, Iterable
from difflib import get_close_matches

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from instrument import bank
from instrument.commands import COMMANDS, Arg
from instrument.controls import TABLE, ControlError
from instrument.errors import UserError
from instrument.ui.state import ScreenState

OWN = {"part": "select a part", "light": "colours for a light room", "dark": "colours for a dark room"}
WORDS = {name: row.help for name, row in TABLE.items()} | {name: spec.help for name, spec in COMMANDS.items()} | OWN


class Prompt:
    """The line at the foot of the screen; `sign` is ":" or "/", and empty while it is closed."""

    def __init__(self, state: ScreenState, leave: Callable[[], None]) -> None:
        self.state, self.leave = state, leave
        self.sign = ""
        self.turned: Callable[[], None] = lambda: None  # called when it opens or closes: moves the focus at once
        self.buffer = Buffer(
            completer=Words(self), complete_while_typing=True, multiline=False, accept_handler=self._accept
        )

    @property
    def open(self) -> bool:
        """Whether keys go to the prompt."""
        return bool(self.sign)

    @property
    def hint(self) -> str:
        """What the word being typed may be."""
        name, space, _ = self.buffer.text.partition(" ")
        if self.sign == "/":
            return "" if self.buffer.text else "part of a preset's name"
        if name in TABLE and space:
            return f"   {TABLE[name].span()}: {TABLE[name].help}"
        if name in COMMANDS and space:
            return f"   {', '.join(f'{arg.name} ({arg.span()})' for arg in COMMANDS[name].args)}"
        return ""

    def start(self, sign: str, text: str = "") -> None:
        """Open it with `text` already typed."""
        self.sign = sign
        self.turned()
        self.buffer.document = Document(text)
        self.buffer.start_completion(select_first=False)

    def close(self) -> None:
        """Shut it; what was typed is forgotten."""
        self.sign = ""
        self.buffer.reset()
        self.turned()

    def _accept(self, buffer: Buffer) -> bool:
        sign, text = self.sign, buffer.text.strip()
        self.close()
        try:
            if text and sign == "/":
                self.state.do("load", best_preset(text))
            elif text:
                self._run(*_split(text))
        except UserError as error:
            self.state.notice(str(error), "wrong")
        return False

    def _run(self, name: str, *words: str) -> None:
        if name == "quit":
            self.leave()
        elif name in ("undo", "redo"):
            self.state.undo(name)
        elif name in COMMANDS:
            self.state.do(name, *words)
        elif name in TABLE:
            if len(words) != 1:
                raise ControlError(f"{name} takes one value: {TABLE[name].span()}")
            self.state.put(TABLE[name], TABLE[name].check(words[0]))
        elif name in OWN:
            self._own(name, *words)
        else:
            near = get_close_matches(name, WORDS, 3)
            raise ControlError(
                f"{name!r} is no command and no control; " + (f"{' or '.join(near)}?" if near else "see ?")
            )

    def _own(self, name: str, *words: str) -> None:
        if name == "part":
            count = len(self.state.status.parts) if self.state.status else 0
            if len(words) != 1 or words[0] not in map(str, range(1, count + 1)):
                raise ControlError(f"part takes a number from 1 to {count}")
            self.state.select_part(int(words[0]) - 1)
        else:
            self.state.light = name == "light"


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        raise ControlError(f"a quotation mark is missing in {text!r}") from None


def matches(text: str, names: Iterable[str]) -> list[str]:
    """The names that begin with `text`, then those that contain it; with none, those with its letters in order."""

    def rank(name: str) -> int:
        if name.startswith(text):
            return 0
        if text in name:
            return 1
        letters = iter(name)
        return 2 if all(letter in letters for letter in text) else 3

    ranked = sorted((rank(name.lower()), place, name) for place, name in enumerate(names))
    near = [name for order, _, name in ranked if order < 2]
    return near or [name for order, _, name in ranked if order == 2]


def best_preset(text: str) -> str:
    """The preset of the bank that `text` most likely means; `text` itself when none is like it."""
    found = bank.found()
    return text if text in found else next(iter(matches(text.lower(), found)), text)


class Words(Completer):
    """What may stand at the cursor."""

    def __init__(self, prompt: Prompt) -> None:
        self.prompt = prompt

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Names of controls and commands first, then what the one that was typed takes; presets after `/`."""
        text = document.text_before_cursor
        *before, last = text.split(" ")
        if self.prompt.sign == "/":
            last, choices = text, dict.fromkeys(bank.found(), "")
        elif not before:
            choices = WORDS
        else:
            choices = dict.fromkeys(self._arguments(before[0], len(before) - 1), "")
        for word in matches(last.lower(), choices):
            shown = f'"{word}"' if " " in word and self.prompt.sign == ":" else word
            yield Completion(shown, start_position=-len(last), display_meta=choices[word])

    def _arguments(self, name: str, index: int) -> Iterable[str]:
        if name in TABLE and index == 0:
            return TABLE[name].choices
        if name in COMMANDS and index < len(COMMANDS[name].args):
            return self._choices(COMMANDS[name].args[index])
        return ()

    def _choices(self, arg: Arg) -> Iterable[str]:
        state = self.prompt.state
        match arg.name:
            case "preset":
                return bank.found()
            case "target":
                return [*TABLE, *COMMANDS]
            case "to" if state.current is not None:
                picture = state.map_of(state.current)
                return [*state.current.bookmarks, *(picture.labels if picture else ())]
        return arg.choices
