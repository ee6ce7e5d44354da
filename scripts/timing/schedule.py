"""The task that every contestant is given: 16th notes at 120 BPM and MIDI clock, 24 pulses a quarter note."""

import json
from pathlib import Path

BPM = 120
NOTE_S = 60 / BPM / 4
PULSE_S = 60 / BPM / 24
LEAD_IN_S = 0.5


def times_ns(seconds: float) -> tuple[list[int], list[int]]:
    """When notes and pulses fall, from the beginning."""
    notes = [round(index * NOTE_S * 1e9) for index in range(int(seconds / NOTE_S))]
    pulses = [round(index * PULSE_S * 1e9) for index in range(int(seconds / PULSE_S))]
    return notes, pulses


def merged_ns(seconds: float) -> list[tuple[int, bool]]:
    """Time and whether it is a note, in order."""
    notes, pulses = times_ns(seconds)
    return sorted([(at, True) for at in notes] + [(at, False) for at in pulses])


def save(path: Path, sent: list[tuple[bool, int]], seconds: float, began_ns: int | None, cpu: float) -> None:
    """Write what a contestant sent, each beside its ideal time.

    A contestant that does not say when it began is given the benefit: its ideal times are shifted so that the
    earliest 2% of its first two seconds are on time.
    """
    due: list[int] = []
    got: list[int] = []
    for kind, ideal in zip((True, False), times_ns(seconds), strict=True):
        at = [ns for is_note, ns in sent if is_note == kind][: len(ideal)]
        apart = sorted(a - i for a, i in zip(at, ideal, strict=False) if i < 2e9)
        start = began_ns if began_ns is not None else apart[len(apart) // 50] if apart else 0
        due += [start + i for i in ideal[: len(at)]]
        got += at
    path.write_text(json.dumps({"due_ns": due, "sent_ns": got, "cpu": cpu}))
