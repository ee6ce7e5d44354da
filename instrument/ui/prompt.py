"""The prompt: `:` types a command or a control's value, `/` finds a preset; both complete.

What flows in: a typed line. What flows out: messages, through ScreenState. Its vocabulary is controls.TABLE,
messages.COMMANDS and the bank. A line it does not understand is answered with a notice and does nothing.
"""

from collections.abc import Callable, Iterable

from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from instrument import bank
from instrument.commands import COMMANDS
from instrument.controls import TABLE, ControlError, control
from instrument.errors import UserError
from instrument.messages import command
from instrument.ui.state import ScreenState

_HELP = {name: row.help for name, row in TABLE.items()} | {name: spec.help for name, spec in COMMANDS.items()}


class Prompt:
    """The line at the foot of the screen; `sign` is ":" or "/", and empty while it is closed."""

    def __init__(self, state: ScreenState, leave: Callable[[], None]) -> None:
        self.state, self.leave = state, leave
        self.sign = ""
        self.buffer = Buffer(
            completer=Words(self), complete_while_typing=True, multiline=False, accept_handler=self._accept
        )

    @property
    def open(self) -> bool:
        """Whether keys go to the prompt."""
        return bool(self.sign)

    def start(self, sign: str, text: str = "") -> None:
        """Open it with `text` already typed."""
        self.sign = sign
        self.buffer.document = Document(text)
        self.buffer.start_completion(select_first=False)

    def close(self) -> None:
        """Shut it; what was typed is forgotten."""
        self.sign = ""
        self.buffer.reset()

    def _accept(self, buffer: Buffer) -> bool:
        sign, text = self.sign, buffer.text.strip()
        self.close()
        try:
            if text and sign == "/":
                self.state.send(command("load", _best(text), part=self.state.part))
            elif text:
                self._run(text)
        except UserError as error:
            self.state.notice(str(error), "wrong")
        return False

    def _run(self, text: str) -> None:
        name, _, rest = text.partition(" ")
        words = rest.split()
        if name in ("quit", "q"):
            self.leave()
        elif name in COMMANDS:
            args = [rest.strip()] if len(COMMANDS[name].args) == 1 and words else words
            self.state.send(command(name, *(_number(word) for word in args), part=self.state.part))
        elif name in TABLE:
            row = TABLE[name]
            if not words:
                raise ControlError(f"{name} takes {row.span()}: type it after the name")
            self.state.put(row, row.check(words[0]))
        else:
            control(name)  # raises, with the nearest names


def _number(word: str) -> float | str:
    try:
        return float(word)
    except ValueError:
        return word


def matches(text: str, names: Iterable[str]) -> list[str]:
    """The names that hold the letters of `text` in order; the ones that begin with it first, then that contain it."""

    def rank(name: str) -> int:
        if name.startswith(text):
            return 0
        if text in name:
            return 1
        letters = iter(name)
        return 2 if all(letter in letters for letter in text) else 3

    ranked = sorted((rank(name.lower()), name) for name in names)
    return [name for place, name in ranked if place < 3]


def _best(text: str) -> str:
    found = bank.found()
    return text if text in found else next(iter(matches(text.lower(), found)), text)


class Words(Completer):
    """What may stand at the cursor."""

    def __init__(self, prompt: Prompt) -> None:
        self.prompt = prompt

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Names of controls and commands first, then what the one that was typed takes; presets after `/`."""
        text = document.text_before_cursor
        name, space, rest = text.partition(" ")
        if self.prompt.sign == "/":
            choices = dict.fromkeys(matches(text.lower(), bank.found()), "preset")
        elif not space:
            choices = {word: _HELP[word] for word in matches(name.lower(), _HELP)}
        else:
            text, choices = rest, _arguments(name, rest)
        for word, about in choices.items():
            yield Completion(word, start_position=-len(text), display_meta=about)


def _arguments(name: str, text: str) -> dict[str, str]:
    if name in TABLE:
        return dict.fromkeys(matches(text.lower(), TABLE[name].choices), "")
    if name in COMMANDS and [arg.name for arg in COMMANDS[name].args[:1]] == ["preset"]:
        return dict.fromkeys(matches(text.lower(), bank.found()), "preset")
    return {}
