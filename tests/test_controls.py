"""The table of controls, and the snapshots made of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instrument.commands import COMMANDS
from instrument.controls import (
    GLOBAL,
    PART,
    TABLE,
    Control,
    ControlError,
    GlobalControls,
    PartControls,
    parse_setting,
)

rows = st.sampled_from(sorted(TABLE.values(), key=lambda row: row.name))


@pytest.mark.parametrize("row", TABLE.values(), ids=lambda row: row.name)
def test_a_row_makes_sense(row: Control) -> None:
    assert row.low <= row.default <= row.high
    assert row.low < row.high
    assert 0 < row.fine <= row.coarse
    assert row.help
    assert row.scope in ("global", "part")
    assert row.check(row.default) == row.default
    if row.choices:
        assert (row.low, row.high) == (0, len(row.choices) - 1)


def test_no_key_or_controller_number_is_taken_twice() -> None:
    keys = [key for row in TABLE.values() for key in row.keys or ()]
    keys += [spec.key for spec in COMMANDS.values() if spec.key]
    numbers = [row.cc for row in TABLE.values() if row.cc is not None]
    assert len(keys) == len(set(keys))
    assert len(numbers) == len(set(numbers))
    assert not set(GLOBAL) & set(PART)
    assert not set(TABLE) & set(COMMANDS)


@given(rows, st.floats(allow_nan=True, allow_infinity=True))
def test_a_value_is_taken_whole_or_refused(row: Control, value: float) -> None:
    if row.low <= value <= row.high:
        assert row.low <= row.check(value) <= row.high
    else:
        with pytest.raises(ControlError, match=row.name):
            row.check(value)


def test_a_tapered_control_is_finer_where_it_begins() -> None:
    temperature, neighbors = TABLE["temperature"], TABLE["neighbors"]
    assert [temperature.at(f) for f in (0, 0.1, 0.5, 1)] == pytest.approx([0.05, 0.0995, 1.2875, 5])
    assert [neighbors.at(f) for f in (0, 0.3, 0.5, 0.8, 1)] == [1, 2, 5, 17, 32]
    assert [TABLE["home"].at(f) for f in (0, 0.5, 1)] == [0, 4, 8]


@given(rows, st.floats(0, 1))
def test_fraction_and_value_are_each_others_inverse(row: Control, fraction: float) -> None:
    value = row.at(fraction)
    assert row.low <= value <= row.high
    assert row.at(row.fraction(value)) == pytest.approx(value, abs=1e-6)
    assert row.show(value)


def test_hands_may_push_past_an_end() -> None:
    assert TABLE["step"].clamp(7) == 1
    assert TABLE["transpose"].clamp(-99.5) == -24


def test_a_snapshot_is_swapped_whole() -> None:
    before = PartControls()
    after = before.set("step", 0.75)
    assert (before.step, after.step, after.get("step")) == (0.25, 0.75, 0.75)
    assert dict(after.items()) == {**dict(before.items()), "step": 0.75}
    with pytest.raises(ControlError, match="0 to 1"):
        before.set("step", 2)
    assert GlobalControls().set("quantize", "four-bars").quantize == 2


def test_settings_are_read_and_told_what_is_wrong() -> None:
    assert parse_setting("scale = dorian") == ("scale", 4.0)
    assert parse_setting("neighbors=7.6") == ("neighbors", 8.0)
    for text, said in (("step", "NAME=VALUE"), ("stpe=1", "step"), ("step=much", "0 to 1"), ("step=nan", "0 to 1")):
        with pytest.raises(ControlError, match=said):
            parse_setting(text)


def test_a_snapshot_takes_what_is_its_own() -> None:
    settings = {"home": 4.0, "tempo": 90.0}
    assert PartControls().taking(settings) == PartControls(home=4)
    assert GlobalControls().taking(settings) == GlobalControls(tempo=90)
    with pytest.raises(ControlError):
        PartControls().taking({"home": 99})
