"""Loading (live room): a preset on its way from the loader to the engine.

What flows in: a preset that was read and checked, and the command that asked for it. What flows out: a message that
has built all that the stage needs, so that the clock only swaps it in. It reads no file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from instrument.live.material import Material
from instrument.messages import Command
from instrument.preset import Preset


@dataclass(frozen=True, slots=True, eq=False)
class LoadPreset:
    """`preset` is for `part`, from the next grid line on; over `morph_bars` bars if any; `add`: for a new part.

    `controls` are put at these values when it comes in; `now`: from the next beat on, whatever the grid is.

    Making one takes milliseconds: it belongs on the loader's thread.
    """

    preset: Preset
    part: int = 0
    morph_bars: int = 0
    add: bool = False
    controls: Mapping[str, float] = field(default_factory=dict)
    now: bool = False
    material: Material = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "material", Material(self.preset))

    @classmethod
    def answer(cls, command: Command, preset: Preset) -> "LoadPreset":
        """What `command` (load, morph or add) asked for, now that its preset is there."""
        bars = int(command.args[1]) if command.name == "morph" else 0
        return cls(preset, command.part, bars, command.name == "add")
