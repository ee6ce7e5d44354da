"""The frame: found, kept through passing notes, changed by a real modulation."""

import numpy as np

from instrument.live.keyfinder import OPENING_CELLS, Evidence, KeyFinder
from instrument.live.matching import SILENT, Matcher
from instrument.notes import Note
from instrument.preset import Preset
from tests.live.music import CADENCE
from tests.support import preset_of, tiny_pieces


def cadences() -> Preset:
    """A corpus in C that cadences, an eighth of melody on each half of its chords."""
    notes = []
    for beat in range(64):
        chord = CADENCE[beat % 8]
        notes += [Note(480 * beat, 480, pitch, 80, voice) for voice, pitch in enumerate(chord[:2], 1)]
        notes += [Note(480 * beat + 240 * half, 240, chord[2] + 12 - 3 * half, 80, 0) for half in (0, 1)]
    return preset_of([notes, notes[:100]])


EVIDENCE = Evidence(Matcher(cadences()))


def finder() -> KeyFinder:
    return KeyFinder(EVIDENCE)


def play(key: KeyFinder, tonic: int, eighths: int) -> None:
    """The cadence in the major key on `tonic`."""
    for number in range(eighths):
        pitches = [(pitch + tonic) % 12 for pitch in CADENCE[number // 2 % 8]]
        key.hear(pitches)


def test_every_key_is_found_within_two_bars() -> None:
    found = []
    for tonic in range(12):
        key = finder()
        play(key, tonic, 16)
        found.append(key.frame)
    assert found == list(range(12))


def test_the_key_has_a_name() -> None:
    key = finder()
    assert key.name == ""
    play(key, 3, 16)
    assert key.name == "Eb major"


def test_a_passing_note_is_no_modulation_but_a_modulation_is() -> None:
    key = finder()
    play(key, 0, 32)
    for chromatic in (1, 6, 8):
        key.hear([chromatic])
        assert key.frame == 0
    play(key, 2, 64)
    assert key.frame == 2


def test_silence_and_drums_leave_the_frame_alone() -> None:
    key = finder()
    play(key, 5, 16)
    for _ in range(50):
        key.hear([])
    assert key.frame == 5
    empty = preset_of(tiny_pieces(2))
    deaf = KeyFinder(Evidence(Matcher(empty, frozenset(range(4)))))
    play(deaf, 5, 16)
    assert deaf.frame == 0
    assert np.isfinite(deaf.lead)


def test_openings_begin_with_the_first_note_and_end_with_their_piece() -> None:
    rest = [Note(480 * 2 + 240, 240, 64, 80, 0), Note(480 * 3, 480, 65, 80, 0)]
    long = [Note(240 * n, 240, 60 + n % 12, 80, 0) for n in range(64)]
    openings = Evidence(Matcher(preset_of([rest, long]))).openings
    assert openings[:4, 0].tolist() == [4, 5, 5, SILENT]
    assert openings[:, 1].tolist() == [n % 12 for n in range(OPENING_CELLS)]


def test_a_known_opening_tells_the_key_where_the_tones_alone_do_not() -> None:
    tunes = [(0, 2, 7, 0, 2, 7, 2, 0), (7, 9, 2, 9, 7, 2, 9, 7)]  # a fifth apart they have the same tones
    line = [[Note(240 * n, 240, 60 + c, 80, 0) for n, c in enumerate(tune * 6)] for tune in tunes]
    evidence = Evidence(Matcher(preset_of(line)))
    for others in (evidence.motion, evidence.first_top, evidence.first_bass):
        others[:] = 0
    for frame in range(12):
        for tune in tunes:
            key = KeyFinder(evidence)
            for tone in tune * 2:
                key.hear([(tone + frame) % 12])
            assert key.frame == frame
