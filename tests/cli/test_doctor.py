"""What doctor says of a machine, and whether its exit status agrees."""

import json

from tests.test_play import run

NOBODY = {"JACK_DEFAULT_SERVER": "nobody", "JACK_NO_START_SERVER": "1", "CI": "1"}  # where CI is set, libraries talk


def test_it_says_what_is_missing_and_exits_accordingly() -> None:
    status, out, err = run("doctor", "--seconds", 2, "--json", **NOBODY)
    assert not err
    report = json.loads(out)
    by = {finding["what"]: finding for finding in report["findings"]}
    assert {"real time", "timer", "MIDI", "JACK placing", "Ableton Link", "synthesiser", "timing"} <= by.keys()
    assert by["MIDI"]["good"] or "no MIDI system found" in by["MIDI"]["text"]
    sounds = by["MIDI"]["good"] or by["synthesiser"]["good"]
    assert report["plays"] == bool(sounds and by["timing"]["good"])
    assert status == (0 if report["plays"] else 1)
