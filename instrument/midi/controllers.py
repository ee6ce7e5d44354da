"""Controllers (midi room): every input port with its map, at work on the clock's thread.

What flows in: what the ports hear, which of them come and go, commands to learn and forget, the part that is chosen,
names of maps. What flows out: messages for the engine; a learnt map into its file, by the worker; where the controls
are, to controllers that show it. Nothing waits: what reads files or opens ports is done on other threads.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from instrument.controls import ControlError
from instrument.messages import Command, ControllersStatus, Heard
from instrument.midi.bindings import Target, default_map, parse_target
from instrument.midi.feedback import Feedback
from instrument.midi.learn import Mapper
from instrument.midi.maps import SHIPPED, MapError, MapFile, find_map, named_map, save_map, user_folder
from instrument.midi.output import OutputPort
from instrument.midi.worker import Worker
from instrument.notes import NOTE_OFF, NOTE_ON


@dataclass(slots=True)
class Controller:
    """One input port: its name, the file of its map, the map at work, and what it shows."""

    port: str
    file: MapFile
    mapper: Mapper
    feedback: Feedback = field(default_factory=Feedback)
    lamp: OutputPort | None = None
    saved: int = 0  # how often what was learnt has gone to the file
    own: MapFile | None = None  # its map while a set list's is in its place
    here: bool = True
    keys: set[tuple[int, int]] = field(default_factory=set)  # channel and pitch of what is held down on it


@dataclass(frozen=True, slots=True)
class Do:
    """A message for the clock's thread from the worker: `act` is quick."""

    act: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Gone:
    """Word for the clock's thread that a port is gone."""

    source: int


class Controllers:
    """`ports` are the inputs' names, in the order of Heard.source; `lamps` opens a port by name, or gives None."""

    def __init__(
        self,
        ports: Sequence[str],
        current: Callable[[str, int], float],
        worker: Worker,
        alert: Callable[[str], None],
        post: Callable[[Any], None],
        lamps: Callable[[str], OutputPort | None] = lambda name: None,
        folder: Path | None = None,
    ) -> None:
        self._engine, self._worker, self._alert, self._post, self._lamps = current, worker, alert, post, lamps
        self._folder = folder or user_folder()
        self.part = 0  # which the maps mean where they name none
        self._by_source = {source: self._made(source, port) for source, port in enumerate(ports)}

    @property
    def _all(self) -> list[Controller]:
        return list(self._by_source.values())

    def knows(self, port: str) -> bool:
        """Whether a map is for that port. Reads files."""
        return find_map(port, (self._folder, SHIPPED))[0] is not None

    def appeared(self, source: int, port: str) -> None:
        """It is heard from now on. Reads files, opens and closes ports: not on the clock's thread."""
        before = self._by_source.get(source)
        if before and before.lamp:
            before.lamp.close()
        controller = self._made(source, port)
        self._post(Do(lambda: self._by_source.update({source: controller})))
        self._alert(f"{port} is here, with the map {controller.mapper.map.name}")

    def vanished(self, source: int, system: bool) -> None:
        """It is gone, or the whole MIDI system."""
        controller = self._by_source.get(source)
        if controller and controller.lamp and system:
            controller.lamp.abandon()
            controller.lamp = None
        self._post(Gone(source))

    def translate(self, message: Any) -> Iterable[Any]:
        """What `message` means: of a mapped touch what it moves, else the message itself."""
        if isinstance(message, Gone):
            return self._let_go(message.source)
        if not isinstance(message, Heard) or message.source not in self._by_source:
            return (message,)
        controller = self._by_source[message.source]
        _note_keys(controller.keys, message.data)
        messages = controller.mapper.feed(message.data)
        if controller.mapper.learnt != controller.saved:
            self._learnt(controller)
        return messages

    def intercept(self, message: Any) -> bool:
        """Whether `message` was for the controllers. Raises ControlError."""
        match message:
            case Do():
                message.act()
            case Command(name="select"):
                self.part = message.part
            case Command(name="learn"):
                self._learn(parse_target(str(message.args[0])))
            case Command(name="forget"):
                self._forget(parse_target(str(message.args[0])))
            case _:
                return False
        return True

    def status(self) -> ControllersStatus:
        """For the screen."""
        learning = [str(c.mapper.learning) for c in self._all if c.mapper.learning]
        rows = [row for c in self._all if c.here for row in c.mapper.map.bindings]
        held = {row.target.name: row.touch.label for row in rows if row.target.part in (None, self.part)}
        maps = tuple(c.mapper.map.name for c in self._all if c.here)
        return ControllersStatus(learning[0] if learning else "", held, maps, self.part)

    def show(self) -> None:
        """Bring faders and lights up to date."""
        for controller in self._all:
            if controller.lamp and controller.here:
                for data in controller.feedback.update(controller.mapper.map, self._current):
                    controller.lamp.send(data, 0)

    def close(self) -> None:
        """Close the ports of faders and lights."""
        for controller in self._all:
            if controller.lamp:
                controller.lamp.close()

    def prefer(self, names: Sequence[str], folder: Path) -> None:
        """Use the maps called `names`, of `folder` first, where they fit; else each port's own. Reads files."""
        files = [named_map(name, (folder, self._folder, SHIPPED)) for name in names]
        for source, controller in list(self._by_source.items()):
            guest = next((file for file in files if file.map.fits(controller.port)), None)
            self._post(Do(lambda source=source, guest=guest: self._use(source, guest)))  # type: ignore[misc]

    def _use(self, source: int, guest: MapFile | None) -> None:
        """Let a set list's map take the place of the controller's own; None: its own again."""
        controller = self._by_source[source]
        file = guest or controller.own
        if file is None:
            return
        if guest is None:
            controller.own = None
        elif controller.own is None:
            controller.own = MapFile(controller.mapper.map, controller.file.path)
        controller.file, controller.feedback = file, Feedback()
        controller.mapper.use(file.map)

    def _let_go(self, source: int) -> list[Any]:
        """What the hands on a port that is gone can no longer do: lift the keys."""
        controller = self._by_source.get(source)
        if controller is None:
            return []
        keys, controller.keys, controller.here = sorted(controller.keys), set(), False
        controller.mapper.learn(None)
        return [m for channel, pitch in keys for m in controller.mapper.feed((NOTE_OFF | channel, pitch, 0))]

    def _current(self, name: str, part: int | None) -> float:
        return self._engine(name, self.part if part is None else part)

    def _made(self, source: int, port: str) -> Controller:
        file = self._find(port)
        lamp = self._lamps(file.map.feedback)
        return Controller(port, file, Mapper(file.map, self._current, source, lambda: self.part), lamp=lamp)

    def _find(self, port: str) -> MapFile:
        found, wrong = find_map(port, (self._folder, SHIPPED))
        for line in wrong:
            self._alert(line)
        return found or MapFile(default_map())

    def _learn(self, target: Target) -> None:
        if not self._all:
            raise ControlError("no MIDI input is open, so there is no knob to learn; name one with --in")
        for controller in self._all:
            controller.mapper.learn(target)

    def _learnt(self, learner: Controller) -> None:
        learner.saved = learner.mapper.learnt
        for controller in self._all:
            controller.mapper.finish()
        row = learner.mapper.map.bindings[-1]
        self._alert(f"{row.target} is on {row.touch} of {learner.port}")
        self._save(learner)

    def _forget(self, target: Target) -> None:
        for controller in self._all:
            controller.mapper.learn(None)
            without = controller.mapper.map.without(target)
            if without != controller.mapper.map:
                controller.mapper.use(without)
                self._save(controller)

    def _save(self, controller: Controller) -> None:
        map, port, old = controller.mapper.map, controller.port, controller.file

        def save() -> None:
            try:
                path = save_map(MapFile(map, controller.file.path or old.path), port, self._folder)
            except (OSError, MapError) as error:
                self._alert(f"the map of {port} works but was not saved: {error}")
                return
            controller.file = MapFile(map, path)

        self._worker.do(save)


def _note_keys(keys: set[tuple[int, int]], data: tuple[int, ...]) -> None:
    """Keep account of the keys that are down."""
    if len(data) == 3 and data[0] & 0xE0 == NOTE_OFF & 0xE0:
        key = data[0] & 0x0F, data[1]
        if data[0] & 0xF0 == NOTE_ON and data[2]:
            keys.add(key)
        else:
            keys.discard(key)
