"""What comes from outside, broken at random: taken or refused in one line, never an exception of another kind."""

import json

import pytest

from tests.mutants import DOORS, mutants

RUNS = {"preset": 150, "midi": 250, "log": 150, "input": 100}


@pytest.mark.parametrize("name", DOORS)
def test_mutants_are_taken_or_refused_in_a_line(name: str) -> None:
    door = DOORS[name]
    for data in mutants(door.examples(), RUNS.get(name, 500), seed=8):
        door.refuses_or_takes(data)


@pytest.mark.parametrize("name", [name for name in DOORS if name != "status"])
def test_the_examples_themselves_are_taken(name: str) -> None:
    assert any(DOORS[name].refuses_or_takes(data) for data in DOORS[name].examples())


@pytest.mark.parametrize(
    "value", [None, [], 3, "set", {"kind": ["set"]}, {"kind": "set"}, {"kind": "set", "part": {}}]
)
def test_json_that_is_no_message_is_refused(value: object) -> None:
    assert not DOORS["message"].refuses_or_takes(json.dumps(value).encode())


def test_a_log_is_not_lived_without_a_preset_that_was_played() -> None:
    """Passing over it would give another performance, in silence."""
    (log,) = DOORS["log"].examples()
    first, *rest = log.decode().splitlines()
    lines = [first, *(line.replace('"sha256": "', '"sha256": "0') for line in rest)]
    assert not DOORS["log"].refuses_or_takes("\n".join(lines).encode())
    for wrong in ("[]", "3", '{"tick": "x"}', '{"tick": -1}', '{"tick": 9, "load": 3}', '{"tick": 9, "load": {}}'):
        assert not DOORS["log"].refuses_or_takes(f"{first}\n{wrong}".encode()), wrong
    assert DOORS["log"].refuses_or_takes(f"{first}\n{'[' * 100_000}".encode())  # torn by a sudden end


@pytest.mark.parametrize("text", ['{"health":0,"parts":[]}', '{"health":{},"parts":[3]}', "[" * 100_000, "3"])
def test_a_status_that_is_none_is_refused(text: str) -> None:
    """The first was found by coverage (scripts/fuzz status --guided)."""
    assert not DOORS["status"].refuses_or_takes(text.encode())
