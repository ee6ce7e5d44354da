"""The running order (midi room): where the performance is in its set list, and the presets of the neighbours at hand.

What flows in: commands to go on, back or to a number; the worker's time to read presets. What flows out: `LoadPreset`
messages for the engine, which brings them in on the grid with the entry's controls; the place, for the screen; what
plays now as a new entry of the file. The clock's thread only asks; all reading and writing is the worker's.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import platformdirs

from instrument import bank
from instrument.controls import ControlError
from instrument.errors import UserError
from instrument.live.loading import LoadPreset
from instrument.messages import Command, Set, SetListStatus, Status, command
from instrument.midi.worker import Worker
from instrument.preset import Preset
from instrument.setlist import Entry, SetList, entry_of, load_setlist, save_entry

Entered = Callable[[Entry, Path], None]


def new_set_path() -> Path:
    """Where a set is saved that was not begun from a file."""
    return platformdirs.user_data_path("eigenwalk") / "sets" / "set.toml"


class RunningOrder:
    """`path` is the set list's file, None when there is none yet; its first entry is the one that plays.

    `post` puts a message in the clock's inbox; `entered` is told each new entry (and the folder) on the worker.
    """

    def __init__(
        self,
        path: Path | None,
        worker: Worker,
        alert: Callable[[str], None],
        post: Callable[[Any], None],
        entered: Entered = lambda entry, folder: None,
    ) -> None:
        self._path, self._worker, self._alert, self._post, self._entered = path, worker, alert, post, entered
        self._set: SetList | None = load_setlist(path) if path else None
        self._wanted = 0  # the entry that was asked for last
        self._ready: dict[Path, Preset] = {}
        self._broken: dict[Path, str] = {}
        self.current = 0 if self._set else -1
        if self._set:
            worker.do(lambda: self._settle(0))

    def opening(self) -> list[Set]:
        """How the first entry wants its controls."""
        if self._set is None:
            return []
        entry = self._set.entries[0]
        own = [(name, value, n) for n, part in enumerate(entry.parts) for name, value in part.controls.items()]
        return [Set(*row) for row in [*((name, value, 0) for name, value in entry.controls.items()), *own]]

    def intercept(self, message: Any, parts: Iterable[int], status: Callable[[], Status]) -> bool:
        """Whether `message` was for the set list; `parts` are the indexes of those that play. Raises ControlError."""
        if not isinstance(message, Command):
            return False
        match message.name, message.args:
            case "next", _:
                self._go(self._wanted + 1, tuple(parts))
            case "previous", _:
                self._go(self._wanted - 1, tuple(parts))
            case "entry", (number,):
                self._go(int(number) - 1, tuple(parts))
            case "program", (number, when):
                self._program(int(number) - 1, message.part, tuple(parts), when == "now")
            case "save_set", _:
                playing = status()
                self._worker.do(lambda: self._save(playing))
            case _:
                return False
        return True

    def status(self) -> SetListStatus:
        """For the screen."""
        order, current = self._set, self.current
        if order is None:
            return SetListStatus()
        names = tuple(entry.name for entry in order.entries)
        notes = order.entries[current].notes if current >= 0 else ""
        return SetListStatus(order.title, names, current, self._state(order, current + 1), notes)

    def _state(self, order: SetList, index: int) -> str:
        """Whether an entry can be played at once."""
        if not 0 <= index < len(order.entries):
            return ""
        try:
            paths = [order.file(part) for part in order.entries[index].parts]
        except UserError as error:
            return str(error)
        wrong = [self._broken[path] for path in paths if path in self._broken]
        return wrong[0] if wrong else "loaded" if all(path in self._ready for path in paths) else "loading"

    def _go(self, index: int, parts: Sequence[int], now: bool = False) -> None:
        if self._set is None:
            raise ControlError("there is no set list; start with `eigenwalk play --set FILE.toml`, or save one")
        if not 0 <= index < len(self._set.entries):
            raise ControlError(f"the set list has entries 1 to {len(self._set.entries)}, no {index + 1}")
        self._wanted = index
        entry = self._set.entries[index]
        self._worker.do(lambda: self._bring(index, entry, parts, now))

    def _program(self, index: int, part: int, parts: Sequence[int], now: bool) -> None:
        if self._set is not None:
            self._go(index, parts, now)
            return
        names = list(bank.found())
        if index >= len(names):
            raise ControlError(f"the bank has presets 1 to {len(names)}, no {index + 1}")
        self._worker.do(lambda: self._post(LoadPreset(Preset.load(bank.resolve(names[index])), part, now=now)))

    def _bring(self, index: int, entry: Entry, parts: Sequence[int], now: bool) -> None:
        """Have the engine bring in an entry: its parts in place of those that play, the rest taken away."""
        assert self._set
        try:
            presets = [self._preset(self._set.file(part)) for part in entry.parts]
        except UserError as error:
            self._wanted = self.current
            self._alert(f"{entry.name} cannot be played: {error}")
            return
        messages: list[Any] = [command("remove", part=extra) for extra in parts[len(presets) :]]
        for number, (part, preset) in enumerate(zip(entry.parts, presets, strict=True)):
            controls = {**(entry.controls if number == 0 else {}), **part.controls}
            there = number < len(parts)
            messages.append(LoadPreset(preset, parts[number] if there else 0, 0, not there, controls, now))
        for message in messages:  # all were made before, so that one bar line takes them all
            self._post(message)
        self.current = index
        self._settle(index)

    def _settle(self, index: int) -> None:
        """An entry plays: use its maps, read its neighbours, forget the rest."""
        assert self._set
        order = self._set
        try:
            self._entered(order.entries[index], order.folder)
        except UserError as error:
            self._alert(str(error))
        near = [n for n in (index, index + 1, index - 1) if 0 <= n < len(order.entries)]
        kept: set[Path] = set()
        for part in (part for number in near for part in order.entries[number].parts):
            try:
                kept.add(path := order.file(part))
                self._preset(path)
            except UserError as error:
                self._alert(f"set list: {error}")
        self._ready = {path: preset for path, preset in self._ready.items() if path in kept}

    def _preset(self, path: Path) -> Preset:
        if path not in self._ready:
            try:
                self._ready[path] = Preset.load(path)
            except UserError as error:
                self._broken[path] = str(error)
                raise
            self._broken.pop(path, None)
        return self._ready[path]

    def _save(self, status: Status) -> None:
        path = self._path or new_set_path()
        number = len(self._set.entries) + 1 if self._set else 1
        entry = entry_of(status, f"saved {number}", path.parent)
        save_entry(path, entry)
        self._path, self._set = path, load_setlist(path)
        if self.current < 0:
            self.current = self._wanted = len(self._set.entries) - 1
        self._alert(f"saved as entry {len(self._set.entries)} of {path}")


def first_presets(path: Path) -> list[Path]:
    """The presets that the set list at `path` begins with. Raises UserError when any of it cannot be played."""
    order = load_setlist(path)
    if lines := order.missing():
        raise UserError("; ".join(lines))
    for entry in order.entries:
        for part in entry.parts:
            Preset.load(order.file(part))
    return [order.file(part) for part in order.entries[0].parts]
