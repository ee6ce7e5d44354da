"""Capture (midi room): what was played becomes MIDI files, after the fact or from the beginning.

What flows in: every output, from the clock's thread, which only appends to a queue. What flows out: .mid files,
written by a worker: the last bars when asked, the whole set at the end. A disk that is full or gone costs the music
nothing: the file is put elsewhere, and the performer is told where.
"""

import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import platformdirs

from instrument.midi.tape import Tape
from instrument.midi.worker import Worker
from instrument.notes import Event, Output, TempoChange
from instrument.tempo import Metre

Names = Mapping[tuple[int, int], str]


@dataclass(frozen=True, slots=True)
class Label:
    """What a file says about its music: title, time signature, a name a (part, channel)."""

    title: str
    metre: Metre
    names: Names


def capture_folder() -> Path:
    """Where captured bars are kept."""
    return platformdirs.user_music_path() / "eigenwalk"


class Capture:
    """`record`: where the whole set goes at the end; a folder (it exists, or ends in /) takes a file a part."""

    def __init__(
        self, alert: Callable[[str], None], folder: Path | None = None, record: str | Path | None = None
    ) -> None:
        self._alert = alert
        self._folder = folder or capture_folder()
        self._record = str(record) if record else ""
        self._tape = Tape(whole=bool(record))
        self._fresh: deque[Output] = deque()
        self._worker = Worker(alert, self._wind)

    def keep(self, output: Output) -> None:
        """It was played. Called on the clock's thread: costs an append."""
        self._fresh.append(output)

    def capture(self, bars: int, tick: int, origin: int, label: Label) -> None:
        """Write the last `bars` bars before `tick` and what has sounded of the present one; bar 1 is at `origin`."""
        bar = label.metre.bar_ticks
        start = tick - (tick - origin) % bar - bars * bar
        self._worker.do(lambda: self._cut(max(0, start), max(1, tick), label))

    def close(self, label: Label) -> None:
        """Write the whole set if it was asked for, and end."""
        if self._record:
            self._worker.do(lambda: self._write_all(label))
        self._worker.close()

    def _wind(self) -> None:
        while self._fresh:
            self._tape.add(self._fresh.popleft())

    def _cut(self, start: int, end: int, label: Label) -> None:
        outputs = self._tape.cut(start, end)
        if not outputs:
            self._alert("nothing was played yet: nothing captured")
            return
        wanted = self._folder / f"{datetime.now():%Y%m%d-%H%M%S}.mid"
        if path := self._save(wanted, outputs, label):
            self._alert(f"the last bars are in {path}")

    def _write_all(self, label: Label) -> None:
        outputs = sorted(self._tape.all(), key=lambda output: output.tick)
        if not self._record.endswith("/") and not Path(self._record).is_dir():
            self._save(Path(self._record), outputs, label, replace=True)
            return
        for part in sorted({output.part for output in outputs if isinstance(output, Event)}):
            own = [o for o in outputs if isinstance(o, TempoChange) or o.part == part]
            self._save(Path(self._record) / f"part-{part + 1}.mid", own, label, replace=True)

    def _save(self, wanted: Path, outputs: Iterable[Output], label: Label, replace: bool = False) -> Path | None:
        """Write where it was wanted, or elsewhere when that cannot be; the path, or None when nothing could."""
        from instrument.midi.smf import write_smf  # noqa: PLC0415  (mido takes 35 ms that the start can do without)

        why = ""
        for refuge in (wanted.parent, platformdirs.user_data_path("eigenwalk") / "rescued", None):
            try:
                folder = refuge or Path(tempfile.mkdtemp(prefix="eigenwalk-"))  # which nobody else can enter
                folder.mkdir(parents=True, exist_ok=True)
                path = folder / wanted.name
                path = path if replace and not why else _unused(path)
                write_smf(path, outputs, label.metre, label.names, label.title)
            except OSError as error:
                why = why or error.strerror or str(error)
                continue
            if why:
                self._alert(f"{wanted} cannot be written ({why}); saved as {path}")
                return None
            return path
        self._alert(f"{wanted} cannot be written ({why}), nor can any other folder; it is lost")
        return None


def _unused(path: Path) -> Path:
    """`path`, numbered when that is taken: nothing is ever written over."""
    number, free = 2, path
    while free.exists():
        free, number = path.with_stem(f"{path.stem}-{number}"), number + 1
    return free
