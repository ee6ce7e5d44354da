"""Every broken or odd file does what its row says, quickly, in little memory, in a process that survives it."""

import csv
import io
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import mido
import numpy as np
import pytest

from instrument.fit import FitError, fit
from instrument.fit.read import Filter, ReadError, midi_pieces
from instrument.tempo import Metre

TORTURE = Path(__file__).parent / "data" / "torture"
ROWS = {row["file"]: row["expectation"] for row in csv.DictReader((TORTURE / "EXPECT.csv").open(encoding="utf-8"))}
# notes that each file must give; a text is the reason for which it is refused
TRACK = 256
FOUND: dict[str, int | str] = {
    "00_zero_bytes.mid": "empty file",
    "01_text_file.mid": "no MIDI file",
    "02_png.mid": "no MIDI file",
    "03_header_only.mid": "no notes",
    "04_header_13_bytes.mid": "cut off in its header",
    "05_no_notes.mid": "no notes",
    "06_one_note.mid": "too little music: 1 note",
    "11_ppq_1.mid": 64,
    "13_fmt2_three_patterns.mid": 3 * TRACK,
    "14_fmt0_16ch.mid": 512,
    "20_truncated_1165.mid": 127,
    "20_truncated_15.mid": "no notes",
    "20_truncated_22.mid": "no notes",
    "20_truncated_23.mid": "no notes",
    "20_truncated_60.mid": "too little music: 4 notes",
    "23_garbage_between_chunks.mid": 2 * TRACK,
    "25_vlq_5_bytes.mid": "too little music",
    "26_giant_gap.mid": 65,
    "27_note_never_off.mid": 128,
    "29_double_on_same_pitch.mid": 128,
    "30_zero_length_notes.mid": 128,
    "33_5000_tempos.mid": "no notes",
    "36_ts_change_midbar.mid": 185,
    "37_ts_every_bar.mid": 192,
    "42_running_after_meta.mid": 257,
    "44_data_byte_over_127.mid": 257,
    "51_cluster_128_notes.mid": 384,
    "53_identical_bars.mid": 1600,
    "54_same_note_2000x.mid": 2000,
    "57_rubato_unquantised.mid": 400,
    "62_gzipped.mid": "gzip",
}


@pytest.mark.parametrize("name", sorted(ROWS))
def test_each_file_gives_its_notes_or_its_reason(name: str) -> None:
    data = (TORTURE / name).read_bytes()
    wanted = FOUND.get(name, TRACK)
    if isinstance(wanted, str):
        assert not ROWS[name].startswith("must parse")
        with pytest.raises(ReadError, match=wanted):
            midi_pieces(data, name)
    else:
        pieces = midi_pieces(data, name)
        assert sum(len(piece.notes) for piece in pieces) == wanted
        assert all(piece.notes[0, 0] < piece.metre.bar_ticks for piece in pieces)


def test_all_together_take_under_200_megabytes_and_a_second_each() -> None:
    """Read in a process of their own, whose processor time and memory the system counts."""
    count = len(ROWS)
    program = (
        "import resource, sys, pathlib\n"
        "from instrument.fit.corpus import Source, read_one\n"
        "from instrument.fit.read import EVERYTHING\n"
        "use = lambda: resource.getrusage(resource.RUSAGE_SELF)\n"
        "before = use().ru_maxrss\n"
        "slowest = 0\n"
        "for path in sorted(pathlib.Path(sys.argv[1]).glob('*.[!c]*')):\n"
        "    begin = use().ru_utime\n"
        "    read_one(Source(path, path.name), EVERYTHING)\n"
        "    slowest = max(slowest, use().ru_utime - begin)\n"
        "print(slowest, (use().ru_maxrss - before) / 1024)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(TORTURE)], capture_output=True, text=True, check=True)
    slowest_s, megabytes = map(float, done.stdout.split())
    assert count == len(list(TORTURE.glob("*.[!c]*")))
    assert slowest_s < 1
    assert megabytes < 200


def test_metres_and_bar_numbers() -> None:
    first, second = midi_pieces((TORTURE / "36_ts_change_midbar.mid").read_bytes(), "x")
    assert (first.metre, second.metre) == (Metre(4, 4), Metre(7, 8))
    assert (first.bar, second.bar) == (1, 5)
    assert midi_pieces((TORTURE / "38_ts_5_4.mid").read_bytes(), "x")[0].metre == Metre(5, 4)


def test_smpte_frames_count_at_120() -> None:
    (piece,) = midi_pieces((TORTURE / "10_smpte_25_40.mid").read_bytes(), "x")
    assert piece.end == 256 * 240


def test_sixteen_channels_are_sixteen_voices_and_the_tenth_is_drums() -> None:
    (piece,) = midi_pieces((TORTURE / "14_fmt0_16ch.mid").read_bytes(), "x")
    assert len(piece.voices) == 16
    assert piece.drums == {9}


def band() -> bytes:
    file = mido.MidiFile(type=1, ticks_per_beat=96)
    for name, channel in (("Melody", 0), ("Bass", 1), ("Kit", 9)):
        track = file.add_track(name)
        track.append(mido.Message("program_change", channel=channel, program=channel + 30))
        for at in range(16):
            track.append(mido.Message("note_on", channel=channel, note=40 + at + channel, velocity=90))
            track.append(mido.Message("note_off", channel=channel, note=40 + at + channel, time=48))
    stream = io.BytesIO()
    file.save(file=stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (Filter(), ["Melody", "Bass", "Kit"]),
        (Filter(tracks=("bass",)), ["Bass"]),
        (Filter(tracks=("1", "3")), ["Melody", "Kit"]),
        (Filter(channels=(10,)), ["Kit"]),
        (Filter(drums="none"), ["Melody", "Bass"]),
        (Filter(drums="only"), ["Kit"]),
    ],
)
def test_filters_take_tracks_channels_and_drums(wanted: Filter, names: list[str]) -> None:
    (piece,) = midi_pieces(band(), "x", wanted)
    assert list(piece.voices) == names
    assert [piece.programs[v] for v in range(len(names))] == [
        {"Melody": 30, "Bass": 31, "Kit": 39}[name] for name in names
    ]
    assert {piece.voices[v] for v in piece.drums} == {"Kit"} & set(names)


def test_a_filter_that_leaves_nothing_says_so() -> None:
    with pytest.raises(ReadError, match="after the filter"):
        midi_pieces(band(), "x", Filter(channels=(16,)))


def test_a_performance_leans_on_its_beats_and_keeps_its_timing() -> None:
    file = mido.MidiFile(type=0, ticks_per_beat=480)
    track = file.add_track()
    early = [-13, 7, -22, 11, -9, 17, -27, 4] * 4
    now = 0
    for number, off in enumerate(early):
        at = 480 * (number + 1) + off
        track.append(mido.Message("note_on", note=60 + number % 7, velocity=64, time=at - now))
        track.append(mido.Message("note_off", note=60 + number % 7, time=400))
        now = at + 400
    stream = io.BytesIO()
    file.save(file=stream)
    (piece,) = midi_pieces(stream.getvalue(), "x")
    onset = piece.notes[:, 0]
    assert (onset % 480 < 60).all()
    assert [int(gap) for gap in onset[1:] - onset[:-1]] == [480 + after - before for before, after in pairwise(early)]


def test_bars_all_alike_still_fit() -> None:
    preset = fit(midi_pieces((TORTURE / "53_identical_bars.mid").read_bytes(), "x"))
    assert len(preset) == 800
    assert preset.meta["fit"]["distinct"] < 30


def test_one_note_for_ever_is_refused() -> None:
    with pytest.raises(FitError, match="only 4 different segments"):
        fit(midi_pieces((TORTURE / "54_same_note_2000x.mid").read_bytes(), "x"))


def test_files_with_any_bytes_changed_are_read_or_refused() -> None:
    draw = np.random.default_rng(1)
    files = [
        (TORTURE / name).read_bytes()
        for name in ("14_fmt0_16ch.mid", "36_ts_change_midbar.mid", "24_unknown_chunk.mid")
    ]
    for number in range(240):
        data = bytearray(files[number % 3])
        for at in draw.integers(0, len(data), 1 + number % 8):
            data[at] = draw.integers(256)
        try:
            pieces = midi_pieces(bytes(data), "mutant")
        except ReadError:
            continue
        assert all(len(piece.notes) and piece.notes[0, 0] >= 0 for piece in pieces)
        assert all(piece.end < 1 << 27 for piece in pieces)
