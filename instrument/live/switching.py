"""Switching (live room): presets, parts and mutes that come in on the grid, at once when the transport stands still.

What flows in: what was asked for. What flows out: `Coming`s that wait in the grid, and the band changed when their
line has come. Nothing is loaded here: a preset arrives ready.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from instrument.controls import ControlError
from instrument.live.band import Band
from instrument.live.grid import Coming, Grid
from instrument.live.loading import LoadPreset
from instrument.live.material import Material
from instrument.live.part import Part
from instrument.live.transport import Transport

LOAD, MORPHED, BACK, ADD, MUTE, REMOVE = "load", "morphed", "back", "add", "mute", "remove"
Entered = Callable[[Part, Material, bool, Mapping[str, float]], None]


class Switching:
    """Puts wishes on the grid; `entered` is told of each preset that came in, and whether its controls apply."""

    def __init__(self, band: Band, grid: Grid, transport: Transport, entered: Entered) -> None:
        self._band, self._grid, self._transport, self._entered = band, grid, transport, entered

    def mute(self, part: Part, quantize: float) -> None:
        """Silence `part`, or let it sound, as its control says when the line comes."""

        def act(line: int) -> None:
            part.hand = replace(part.hand, muted=bool(part.hand.controls.mute))

        self._put(part.index, MUTE, act, quantize)

    def remove(self, index: int, quantize: float) -> None:
        """Take a part away. Raises ControlError when there is none such, or no other."""
        self._band.part(index)
        if len(self._band.parts) == 1:
            raise ControlError("the last part cannot be removed; stop it instead")
        self._put(index, REMOVE, lambda line: self._band.remove(index, line), quantize)

    def load(self, message: LoadPreset, quantize: float, apply: bool) -> None:
        """Bring in a preset; `apply` its controls too. Raises ControlError when there is no room or no such part."""
        if message.add:
            self._add(message, quantize)
            return
        part, material = self._band.part(message.part), self._band.known(message.material)

        def switch(line: int) -> None:
            part.morph = None
            self._band.switch(part, material, line)
            self._entered(part, material, apply, message.controls)

        def morph(line: int) -> None:
            self._band.morph(part, material, line, message.morph_bars)
            end = line + message.morph_bars * self._band.metre.bar_ticks
            self._grid.put(Coming(end, part.index, MORPHED, finish, material.preset.title))

        def finish(line: int) -> None:
            self._band.finish_morph(part, line)
            self._entered(part, material, apply, message.controls)

        self._put(part.index, LOAD, morph if message.morph_bars else switch, quantize, material.preset.title)

    def revisit(self, part: Part, quantize: float, apply: bool) -> None:
        """Bring the preset in again that `part` went back to; `apply` its controls too."""

        def act(line: int) -> None:
            if part.away is None:  # it went elsewhere meanwhile
                return
            (material, segment), cursor = part.away, part.cursor
            part.morph = None
            self._band.switch(part, material, line)
            self._entered(part, material, apply, {})
            part.jump, part.cursor = segment, cursor

        if part.away is not None:
            self._put(part.index, BACK, act, quantize, part.away[0].preset.title)

    def _add(self, message: LoadPreset, quantize: float) -> None:
        material = self._band.known(message.material)
        self._band.free()

        def act(line: int) -> None:
            part = self._band.add(material, self._band.free(), line)
            if self._transport.started:
                self._band.programs(part, line)
            self._entered(part, material, False, message.controls)

        self._put(-1, f"{ADD} {self._transport.tick} {len(self._grid.waiting)}", act, quantize)

    def _put(self, part: int, kind: str, act: Callable[[int], None], quantize: float, title: str = "") -> None:
        transport = self._transport
        if not transport.playing:
            act(transport.tick)
            return
        line = self._grid.line(transport.tick, self._band.origin, self._band.metre, quantize)
        self._grid.put(Coming(line, part, kind, act, title))
