"""What must hold of any performance's outputs, whoever asked for what."""

from collections.abc import Iterable

from instrument.notes import NOTE_OFF, NOTE_ON, Event, Output, TempoChange
from instrument.tempo import MAX_BPM, MIN_BPM


class Receiver:
    """A synthesiser that is never forgiving: it listens to one port and fails at the first fault."""

    def __init__(self) -> None:
        self.tick = 0
        self.sounding: set[tuple[int, int]] = set()
        self.notes = 0

    def take(self, outputs: Iterable[Output]) -> None:
        """Check `outputs` against all that came before them."""
        for output in outputs:
            assert output.tick >= self.tick, f"{output} after tick {self.tick}"
            self.tick = output.tick
            if isinstance(output, TempoChange):
                assert MIN_BPM <= output.bpm <= MAX_BPM
                continue
            assert all(0 <= byte < 128 for byte in output.data[1:]), output
            self._event(output)

    def _event(self, event: Event) -> None:
        key = event.channel, event.data1
        if event.kind == NOTE_ON:
            assert event.data2 > 0
            assert key not in self.sounding, f"{event} struck while it sounds"
            self.sounding.add(key)
            self.notes += 1
        elif event.kind == NOTE_OFF:
            assert key in self.sounding, f"{event} released while silent"
            self.sounding.remove(key)
