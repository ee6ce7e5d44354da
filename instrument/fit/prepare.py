"""Workshop: the pieces that were read -> the pieces that are fitted: one hop, one key if asked.

In: pieces of any metre and key. Out: those that the settings ask for, moved to C major or A minor, and their common
hop. Where metres differ in their beat (6/8 among 4/4), time is stretched so that a beat is a beat.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from instrument.fit.piece import DURATION, ONSET, PITCH, Piece, beat_ticks, home_shift, note_table, transposed
from instrument.fit.segments import hop_ticks
from instrument.fit.settings import FitError, Settings
from instrument.fit.tidy import same_voices
from instrument.tempo import PPQN, Metre

OPENING = 24


def prepare(pieces: Sequence[Piece], settings: Settings) -> tuple[list[Piece], int, dict[str, str]]:
    """The pieces to fit, the ticks of a segment, and why the other pieces are left out. Raises FitError."""
    chosen, copies = without_copies(pieces)
    left_out = {name: f"the same music as {original}" for name, original in copies.items()}
    if settings.metre:
        wanted = felt_metre(settings.metre)
        others = [p for p in chosen if felt_metre(p.metre) != wanted]
        left_out |= {_where(p): f"in {p.metre.beats}/{p.metre.unit}" for p in others}
        chosen = [p for p in chosen if felt_metre(p.metre) == wanted]
    if not chosen:
        raise FitError(f"no piece is left to fit of {len(pieces)}: {'; '.join(sorted(set(left_out.values()))[:3])}")
    chosen = same_voices(chosen)
    beat = commonest(beat_ticks(p.metre) for p in chosen for _ in range(p.end // beat_ticks(p.metre) + 1))
    chosen = [stretched(p, beat) for p in chosen]
    if settings.key == "normalise":
        chosen = [transposed(p, home_shift(p)) for p in chosen]
    hop = commonest(hop_ticks(p, settings.segment) for p in chosen)
    return chosen, hop, left_out


def without_copies(pieces: Sequence[Piece]) -> tuple[list[Piece], dict[str, str]]:
    """The pieces that open unlike any before them, and for each other, by name, the one that it repeats.

    Chorale books print one setting under several numbers; a copy would be every segment's nearest neighbour. Compared
    are the first 24 notes, in whatever key; of drums, which have fewer ways to begin, all.
    """
    first: dict[bytes, Piece] = {}
    copies: dict[str, str] = {}
    kept = []
    for piece in pieces:
        count = OPENING if piece.pitched.any() else len(piece.notes)
        opening = piece.notes[:count, [ONSET, PITCH]] - piece.notes[0, [ONSET, PITCH]]
        original = first.setdefault(opening.tobytes(), piece)
        if original is piece or len(opening) < OPENING:
            kept.append(piece)
        else:
            copies[_where(piece)] = _where(original)
    return kept, copies


def _where(piece: Piece) -> str:
    """A piece's name, and where it begins when it is a part of its source."""
    return piece.name if piece.bar <= 1 else f"{piece.name} from bar {piece.bar}"


def felt_metre(metre: Metre) -> Metre:
    """`metre` with halves counted in quarters: 2/2 walks as 4/4."""
    return metre if metre.unit >= 4 else Metre(metre.bar_ticks // PPQN, 4)


def commonest(values: Iterable[int]) -> int:
    """The value met most often, the smallest of equals."""
    count = Counter(values)
    return int(min(count, key=lambda value: (-count[value], value)))


def stretched(piece: Piece, beat: int) -> Piece:
    """`piece` with its felt beat `beat` ticks long."""
    own = beat_ticks(piece.metre)
    if own == beat:
        return replace(piece, metre=felt_metre(piece.metre))
    notes = piece.notes.copy()
    notes[:, ONSET] = notes[:, ONSET] * beat // own
    notes[:, DURATION] = (notes[:, DURATION] * beat // own).clip(1)
    beats = piece.metre.bar_ticks // own
    metre = Metre(beats, 4 * PPQN // beat) if PPQN % beat == 0 else Metre(3 * beats, 4 * PPQN * 3 // beat)
    ends = tuple(tick * beat // own for tick in piece.phrase_ends)
    return replace(piece, notes=note_table(notes), metre=metre, phrase_ends=ends)
