"""Workshop: the bytes of a MIDI file, broken or odd -> its tracks, whatever can be had of them.

In: bytes from the `MThd` on. Out: `Track`s of channel events with absolute ticks. It bounds every length by what is
there, so it neither raises nor allocates more than a file's own size; it does not judge what it finds.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

CHUNK = b"MTrk"
META, SYSEX, SYSEX_MORE = 0xFF, 0xF0, 0xF7
TRACK_NAME, TIME_SIGNATURE = 0x03, 0x58
MAX_LENGTH_BYTES = 4  # of a variable-length quantity; a fifth would pass 28 bits
ONE_DATA_BYTE = (0xC0, 0xD0)


@dataclass(slots=True)
class Track:
    """Channel events (tick, status, data1, data2), time signatures (tick, beats, unit), and the track's name."""

    name: str = ""
    events: list[tuple[int, int, int, int]] = field(default_factory=list)
    signatures: list[tuple[int, int, int]] = field(default_factory=list)
    end: int = 0

    def add_signature(self, tick: int, beats: int, power: int) -> None:
        """Note a time signature of `beats` to the bar, units of 1 / 2^power."""
        self.signatures.append((tick, beats, 1 << min(power, 8)))


def tracks(data: bytes) -> list[Track]:
    """Every track of `data`, in order, each as far as it can be read."""
    return [_track(body) for body in _bodies(data)]


def _bodies(data: bytes) -> Iterator[bytes]:
    """What lies in each track chunk; a length that cannot be true is replaced by the next chunk's place."""
    at = data.find(CHUNK)
    while at >= 0:
        end = at + 8 + int.from_bytes(data[at + 4 : at + 8], "big")
        following = data[end : end + 4]
        if end == at + 8 or end > len(data) or not (following.isalnum() or end == len(data)):
            found = data.find(CHUNK, at + 8)
            end = found if found >= 0 else len(data)
        yield data[at + 8 : end]
        at = data.find(CHUNK, end)


def _track(body: bytes) -> Track:
    track, at, tick, running = Track(), 0, 0, 0
    while at < len(body):
        delta, at = _length(body, at)
        tick += delta
        status = body[at] if at < len(body) else 0
        if status in (META, SYSEX, SYSEX_MORE):
            at = _other(body, at, tick, track)
        elif status > SYSEX:  # system common or real time: no business in a file, no length to trust
            at += 1
        else:
            if status & 0x80:
                running, at = status, at + 1
            elif not running:
                at += 1
                continue
            at = _channel_event(body, at, tick, running, track)
    track.end = tick
    return track


def _channel_event(body: bytes, at: int, tick: int, status: int, track: Track) -> int:
    wanted = 1 if status & 0xF0 in ONE_DATA_BYTE else 2
    data = body[at : at + wanted]
    if len(data) == wanted:
        track.events.append((tick, status, data[0] & 0x7F, data[-1] & 0x7F))
    return at + wanted


def _other(body: bytes, at: int, tick: int, track: Track) -> int:
    """Skip a meta or system exclusive event, after noting a name or a time signature."""
    if body[at] != META:
        length, at = _length(body, at + 1)
        return at + length
    kind = body[at + 1] if at + 1 < len(body) else 0
    length, at = _length(body, at + 2)
    data = body[at : at + length]
    if kind == TRACK_NAME and not track.name:
        track.name = data.decode("utf-8", "replace")
    elif kind == TIME_SIGNATURE and len(data) >= 2:
        track.add_signature(tick, data[0], data[1])
    return at + length


def _length(body: bytes, at: int) -> tuple[int, int]:
    """A variable-length quantity and where it ends."""
    value = 0
    for byte in body[at : at + MAX_LENGTH_BYTES]:
        value, at = value << 7 | byte & 0x7F, at + 1
        if byte < 0x80:
            break
    return value, at
