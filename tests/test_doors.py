"""What comes from outside, broken at random: taken or refused in one line, never an exception of another kind."""

import json

import pytest

from tests.mutants import DOORS, mutants

RUNS = {"preset": 150, "midi": 250}


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
