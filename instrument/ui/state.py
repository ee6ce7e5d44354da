"""What the screen remembers, as plain attributes, and what hands do with it.

What flows in: the engine's latest status, gestures of keys and mouse. What flows out: messages to the engine; the
panels read the attributes. No drawing here, and nothing musical: a value is the engine's, except in the moment
between a hand's move and the engine's answer. Seconds (`now_s`) are the event loop's.
"""

from pathlib import Path

from instrument.controls import GLOBAL, PART, TABLE, Control
from instrument.messages import Message, PartStatus, Set, Status
from instrument.preset import Preset, PresetError
from instrument.ui.history import Change, History
from instrument.ui.link import EngineLink
from instrument.ui.map import Map, View
from instrument.ui.roll import Roll

ANSWER_S = 0.5  # how long a hand's value is shown while the engine has not answered
NOTICE_S = 6.0  # how long a notice stays


class ScreenState:
    """The attributes that the panels draw, and the gestures that change them."""

    def __init__(self, engine: EngineLink) -> None:
        self.engine = engine
        self.status: Status | None = None
        self.alive = True
        self.now_s = 0.0
        self.part = 0
        self.selected = next(iter(GLOBAL))
        self.overlay = ""  # "", "help" or "quit"
        self.help_scroll = 0
        self.view = View()
        self.history = History()
        self.rolls: dict[int, Roll] = {}
        self.notices: list[tuple[str, str, float]] = []  # text, kind (wrong or warning), until
        self.hand: dict[tuple[int, str], tuple[float, float]] = {}  # part, control: value, until
        self.moved: set[tuple[int, str]] = set()
        self._maps: dict[str, Map | None] = {}
        self._alerts: tuple[str, ...] = ()

    def observe(self, status: Status | None, now_s: float) -> bool:
        """Take in the engine's state. True when the screen has something new to show."""
        alive = self.engine.alive
        fading = any(until <= now_s for _, _, until in self.notices)
        changed = status is not self.status or alive != self.alive or fading
        self.now_s, self.alive = now_s, alive
        for line in self.engine.notices():
            self.notice(line)
            changed = True
        self.notices = [notice for notice in self.notices if notice[2] > now_s]
        if status is not None and status is not self.status:
            self.status = status
            self.part = min(self.part, max(0, len(status.parts) - 1))
            for number, part in enumerate(status.parts):
                self.rolls.setdefault(number, Roll()).observe(status.tick, part.sounding)
            for alert in status.alerts:
                if alert not in self._alerts:
                    self.notice(alert)
            self._alerts = status.alerts
        return changed

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

    def value(self, row: Control) -> float:
        """Where a control stands: what a hand just set, else what the engine says, else the table's default."""
        value, until = self.hand.get(self._place(row), (0.0, 0.0))
        if until > self.now_s:
            return value
        known = {} if self.status is None else self.status.controls
        if row.name in PART and self.current is not None:
            known = self.current.controls
        return known.get(row.name, row.default)

    def _place(self, row: Control) -> tuple[int, str]:
        return (0 if row.name in GLOBAL else self.part), row.name

    def put(self, row: Control, value: float) -> None:
        """A hand sets a control of the selected part (or a global one); out of range stops at the end."""
        before, after = self.value(row), row.clamp(value)
        if after != before:
            self.history.add(Change(row.name, self.part, before, after, self.now_s))
            self._apply(row, self.part, after)
        self.selected = row.name

    def nudge(self, row: Control, steps: float, coarse: bool = False) -> None:
        """Move a control by so many of its fine or coarse steps."""
        self.put(row, self.value(row) + steps * (row.coarse if coarse else row.fine))

    def reset(self) -> None:
        """Put the selected control back to where the preset has it."""
        row = TABLE[self.selected]
        self.put(row, row.default)

    def undo(self) -> None:
        """Take back the last change of a control."""
        if change := self.history.undo():
            self._apply(TABLE[change.name], change.part, change.before)

    def redo(self) -> None:
        """Make the change again that was taken back."""
        if change := self.history.redo():
            self._apply(TABLE[change.name], change.part, change.after)

    def _apply(self, row: Control, part: int, value: float) -> None:
        self.selected = row.name
        place = (0 if row.name in GLOBAL else part), row.name
        self.hand[place] = value, self.now_s + ANSWER_S
        self.moved.add(place)
        self.send(Set(row.name, value, part))

    def was_moved(self, row: Control) -> bool:
        """Whether a hand moved this control since the start."""
        return self._place(row) in self.moved

    def zoom(self, factor: float) -> None:
        """Look nearer at the selected part's place, or from farther away."""
        picture = self.map_of(self.current) if self.current else None
        x, y = self.view.x, self.view.y
        if picture and self.current and 0 <= self.current.segment < len(picture.points):
            x, y = picture.points[self.current.segment]
        self.view = self.view.zoomed(factor, float(x), float(y))

    def select(self, step: int) -> None:
        """Select the control so many rows further."""
        names = list(TABLE)
        self.selected = names[(names.index(self.selected) + step) % len(names)]

    def select_part(self, part: int) -> None:
        """Let keys and controls act on another walker, if there is one."""
        if self.status is not None and part < len(self.status.parts):
            self.part = part
