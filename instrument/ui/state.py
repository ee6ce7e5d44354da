"""What the screen remembers, as plain attributes, and what hands do with it.

What flows in: the engine's latest status, gestures of keys and mouse. What flows out: messages to the engine; the
panels read the attributes. No drawing here, and nothing musical: a value is the engine's, except in the moment
between a hand's move and the engine's answer. Seconds (`now_s`) are the event loop's.
"""

from pathlib import Path

from instrument import bank
from instrument.commands import Value
from instrument.controls import GLOBAL, PART, TABLE, Control
from instrument.messages import Message, PartStatus, Set, Status, command
from instrument.preset import SUFFIX, Preset, PresetError
from instrument.ui.link import EngineLink
from instrument.ui.map import Map
from instrument.ui.roll import Roll
from instrument.ui.view import View

ANSWER_S = 0.5  # how long a hand's value is shown while the engine has not answered
NOTICE_S = 6.0  # how long a notice stays
EXPLAIN_S = 4.0  # how long the help of a control stays that a hand turned to
BUSY_S = 0.25  # how long a port's light burns


class ScreenState:
    """The attributes that the panels draw, and the gestures that change them."""

    def __init__(self, engine: EngineLink, light: bool = False) -> None:
        self.engine = engine
        self.light = light
        self.status: Status | None = None
        self.alive = True
        self.now_s = 0.0
        self.looks = 0  # how often the engine was looked at
        self.part = 0  # index of the selected part
        self.selected = next(iter(GLOBAL))  # name of the selected control
        self.explain_until = 0.0
        self.overlay = ""  # "", "help", "sets" or "quit"
        self.scroll = 0  # of the overlay
        self.asked_s = 0.0  # when the question whether to leave was put
        self.waiting = ""  # the command that waits for a letter
        self.view = View()
        self.dragging = False  # on the map
        self.rolls: dict[int, Roll] = {}
        self.notices: list[tuple[str, str, float]] = []  # text, kind (wrong or warning), until
        self.hand: dict[tuple[int, str], tuple[float, float]] = {}  # part, control: value, until
        self.moved: set[tuple[int, str]] = set()
        self._maps: dict[str, Map | None] = {}
        self._alerts: tuple[str, ...] = ()
        self._busy_until = {"sent": 0.0, "heard": 0.0}
        self._lights = (False, False)

    def observe(self, status: Status | None, now_s: float) -> bool:
        """Take in the engine's state. True when the screen has something new to show."""
        self.looks += 1
        alive = self.engine.alive
        said = self.engine.notices()
        faded = any(self.now_s < until <= now_s for until in (*(n[2] for n in self.notices), self.explain_until))
        changed = status is not self.status or alive != self.alive or faded or bool(said)
        self.now_s, self.alive = now_s, alive
        self.notices = [notice for notice in self.notices if notice[2] > now_s]
        for line in said:
            self.notice(line)
        if status is not None and status is not self.status:
            self._take(status)
        lights = self.sending, self.hearing
        changed, self._lights = changed or lights != self._lights, lights
        return changed

    def _take(self, status: Status) -> None:
        before, self.status = self.status, status
        self._follow_selection(before, status)
        for part in status.parts:
            self.rolls.setdefault(part.part, Roll()).observe(status.tick, part.sounding)
        for alert in status.alerts:
            if alert not in self._alerts:
                self.notice(alert)
        self._alerts = status.alerts
        for name in self._busy_until:
            if before is not None and getattr(status.health, name) != getattr(before.health, name):
                self._busy_until[name] = self.now_s + BUSY_S

    def _follow_selection(self, before: Status | None, status: Status) -> None:
        """The controllers' part is the screen's, whichever of the two turned to another."""
        parts = [part.part for part in status.parts]
        chosen = status.controllers.part
        if before is not None and chosen != before.controllers.part and chosen in parts:
            self.part = parts.index(chosen)
        gone = self.part >= len(parts)
        self.part = min(self.part, max(0, len(parts) - 1))
        if parts and (gone or before is None) and chosen != parts[self.part]:
            self.do("select")

    @property
    def sending(self) -> bool:
        """Whether the output sent something just now."""
        return self.now_s < self._busy_until["sent"]

    @property
    def hearing(self) -> bool:
        """Whether the input heard something just now."""
        return self.now_s < self._busy_until["heard"]

    @property
    def playing(self) -> bool:
        """Whether the transport rolls."""
        return self.alive and self.status is not None and self.status.playing

    @property
    def ended(self) -> bool:
        """Whether the engine came to its end in order, so that there is nothing left to look at."""
        over = self.status is not None and self.status.ended
        return over or (not self.alive and self.engine.wait(0.0) == 0)

    @property
    def current(self) -> PartStatus | None:
        """The selected part."""
        return self.status.parts[self.part] if self.status and self.status.parts else None

    @property
    def soloing(self) -> bool:
        """Whether a voice of the selected part is in solo."""
        return self.current is not None and any(voice.solo for voice in self.current.voices)

    def map_of(self, part: PartStatus) -> Map | None:
        """The picture of a part's preset; None, told once, when its file cannot be read."""
        if part.preset not in self._maps:
            try:
                self._maps[part.preset] = Map(Preset.load(Path(part.preset)))
            except PresetError as error:
                self._maps[part.preset] = None
                self.notice(f"no map: {error}", "wrong")
        return self._maps[part.preset]

    def notice(self, text: str, kind: str = "warning") -> None:
        """Say something for a few seconds; the same text again only stays longer."""
        self.notices = [notice for notice in self.notices if notice[0] != text]
        self.notices.append((text, kind, self.now_s + NOTICE_S))

    def send(self, message: Message) -> None:
        """A message to the engine, while there is one."""
        if self.alive:
            self.engine.send(message)

    def do(self, name: str, *args: Value) -> None:
        """A command to the engine, for the selected part. Raises ControlError when it does not fit."""
        self.send(command(name, *args, part=self.current.part if self.current else 0))

    def _place(self, row: Control) -> tuple[int, str]:
        here = self.current.part if self.current and row.name in PART else 0
        return here, row.name

    def value(self, row: Control) -> float:
        """Where a control stands: what a hand just set, else what the engine says, else the table's default."""
        value, until = self.hand.get(self._place(row), (0.0, 0.0))
        if until > self.now_s:
            return value
        known = {} if self.status is None else self.status.controls
        if row.name in PART and self.current is not None:
            known = self.current.controls
        return known.get(row.name, row.default)

    def put(self, row: Control, value: float) -> None:
        """A hand sets a control (of the selected part, or a global one); out of range stops at the end."""
        after = row.clamp(value)
        self.select(row.name)
        if after != self.value(row):
            place = self._place(row)
            self.hand[place] = after, self.now_s + ANSWER_S
            self.moved.add(place)
            self.send(Set(row.name, after, place[0]))

    def select(self, name: str) -> None:
        """Turn to a control: keys act on it, and its help is shown for a while."""
        self.selected = name
        self.explain_until = self.now_s + EXPLAIN_S

    def nudge(self, row: Control, steps: float, coarse: bool = False) -> None:
        """Move a control by so many of its fine or coarse steps."""
        self.put(row, self.value(row) + steps * (row.coarse if coarse else row.fine))

    def reset(self) -> None:
        """Put the selected control back to where the preset has it, else the table."""
        row = TABLE[self.selected]
        picture = self.map_of(self.current) if self.current else None
        own = picture.preset.meta["controls"].get(row.name) if picture else None
        self.put(row, own if isinstance(own, int | float) else row.default)
        self.moved.discard(self._place(row))

    def undo(self, name: str = "undo") -> None:
        """Take the last gesture back, or (redo) do it after all; the engine knows which it was."""
        self.hand.clear()
        self.do(name)

    def was_moved(self, row: Control) -> bool:
        """Whether a hand moved this control since the start."""
        return self._place(row) in self.moved

    def select_part(self, part: int) -> None:
        """Let keys and controls act on another walker, if there is one."""
        if self.status is not None and part < len(self.status.parts):
            self.part = part
            self.do("select")

    def neighbour(self, name: str) -> None:
        """`next` or `previous`: in the set list; with none, the bank's preset after or before the one that plays."""
        if self.status is not None and self.status.set_list.entries:
            self.do(name)
        elif self.current is not None and (names := list(bank.found())):
            here = Path(self.current.preset).name.removesuffix(SUFFIX)
            at = names.index(here) if here in names else -1 if name == "next" else 0
            there = names[(at + (1 if name == "next" else -1)) % len(names)]
            if there == here:
                self.notice("there is no other preset; `eigenwalk fit` makes one from your music")
            else:
                self.do("load", there)

    def zoom(self, factor: float) -> None:
        """Look nearer at the selected part's place, or from farther away."""
        picture = self.map_of(self.current) if self.current else None
        x, y = self.view.x, self.view.y
        if picture and self.current and 0 <= self.current.segment < len(picture.points):
            x, y = picture.points[self.current.segment]
        self.view = self.view.zoomed(factor, float(x), float(y))
