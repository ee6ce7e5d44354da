"""Controllers (midi room): every input port with its map, at work on the clock's thread.

What flows in: what the ports hear, commands to learn and forget, names of maps. What flows out: messages for the
engine; a learnt map into its file, by the worker; where the controls are, to controllers that show it. Nothing waits.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from instrument.controls import ControlError
from instrument.messages import Command, ControllersStatus, Heard
from instrument.midi.bindings import Target, default_map, parse_target
from instrument.midi.feedback import Current, Feedback
from instrument.midi.learn import Mapper
from instrument.midi.maps import SHIPPED, MapError, MapFile, find_map, named_map, save_map, user_folder
from instrument.midi.ports import OutputPort
from instrument.midi.worker import Worker


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


@dataclass(frozen=True, slots=True)
class Do:
    """A message for the clock's thread from the worker: `act` is quick."""

    act: Callable[[], None]


class Controllers:
    """`ports` are the inputs' names, in the order of Heard.source; `lamps` opens a port by name, or gives None."""

    def __init__(
        self,
        ports: Sequence[str],
        current: Current,
        worker: Worker,
        alert: Callable[[str], None],
        post: Callable[[Any], None],
        lamps: Callable[[str], OutputPort | None] = lambda name: None,
        folder: Path | None = None,
    ) -> None:
        self._current, self._worker, self._alert, self._post, self._lamps = current, worker, alert, post, lamps
        self._folder = folder or user_folder()
        self._all = [self._appear(source, port) for source, port in enumerate(ports)]

    def translate(self, message: Any) -> Iterable[Any]:
        """What `message` means: of a mapped touch what it moves, else the message itself."""
        if not isinstance(message, Heard) or message.source >= len(self._all):
            return (message,)
        controller = self._all[message.source]
        messages = controller.mapper.feed(message.data)
        if controller.mapper.learnt != controller.saved:
            self._learnt(controller)
        return messages

    def intercept(self, message: Any) -> bool:
        """Whether `message` was for the controllers. Raises ControlError."""
        match message:
            case Do():
                message.act()
            case Command(name="learn"):
                self._learn(parse_target(str(message.args[0]), message.part))
            case Command(name="forget"):
                self._forget(parse_target(str(message.args[0]), message.part))
            case _:
                return False
        return True

    def status(self) -> ControllersStatus:
        """For the screen."""
        learning = [str(c.mapper.learning) for c in self._all if c.mapper.learning]
        rows = [row for c in self._all for row in c.mapper.map.bindings]
        held = {row.target.name: row.touch.label for row in rows}
        return ControllersStatus(learning[0] if learning else "", held, tuple(c.mapper.map.name for c in self._all))

    def show(self) -> None:
        """Bring faders and lights up to date."""
        for controller in self._all:
            if controller.lamp:
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
        for source, controller in enumerate(self._all):
            guest = next((file for file in files if file.map.fits(controller.port)), None)
            self._post(Do(lambda source=source, guest=guest: self._use(source, guest)))  # type: ignore[misc]

    def _use(self, source: int, guest: MapFile | None) -> None:
        """Let a set list's map take the place of the controller's own; None: its own again."""
        controller = self._all[source]
        file = guest or controller.own
        if file is None:
            return
        if guest is None:
            controller.own = None
        elif controller.own is None:
            controller.own = MapFile(controller.mapper.map, controller.file.path)
        controller.file, controller.feedback = file, Feedback()
        controller.mapper.use(file.map)

    def _appear(self, source: int, port: str) -> Controller:
        file = self._find(port)
        lamp = self._lamps(file.map.feedback)
        return Controller(port, file, Mapper(file.map, self._current, source), lamp=lamp)

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
