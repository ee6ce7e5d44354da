"""Gestures written down, and obeyed at their bars and beats."""

import json

import pytest

from instrument.errors import UserError
from instrument.live.engine import Engine
from instrument.live.render import render
from instrument.live.script import parse, perform
from instrument.messages import Set, command, to_json
from instrument.notes import NOTE_ON, Event, Output
from instrument.preset import Preset
from tests.support import tiny_preset

BAR = 1920
PRESET = tiny_preset()
DUET = tiny_preset(voices=2, title="Duet")


def written(*cues: tuple[int, float, Set | object]) -> list[str]:
    return [json.dumps({"bar": bar, "beat": beat, **to_json(message)}) for bar, beat, message in cues]  # type: ignore[arg-type]


def no_preset(name: str) -> Preset:
    raise AssertionError(name)


def onsets(outputs: list[Output]) -> list[tuple[int, int]]:
    return [(o.tick, o.data1) for o in outputs if isinstance(o, Event) and o.kind == NOTE_ON]


def test_a_gesture_is_heard_at_its_place() -> None:
    cues = parse(["# transposed from bar 3 on", "", *written((3, 1, Set("transpose", 12)))], "s")
    plain = onsets(render(Engine([PRESET], 2), 6 * BAR))
    found = onsets(perform(Engine([PRESET], 2), cues, 6 * BAR, no_preset))
    assert [n for n in found if n[0] < 2 * BAR] == [n for n in plain if n[0] < 2 * BAR]
    assert [n for n in found if n[0] > 2 * BAR] == [(t, p + 12) for t, p in plain if t > 2 * BAR]
    assert min(p for t, p in found if t == 2 * BAR) >= min(p for t, p in plain if t == 2 * BAR) + 12


def test_what_stands_at_the_beginning_holds_from_the_first_note() -> None:
    cues = parse(written((1, 1, Set("transpose", 5))), "s")
    plain = onsets(render(Engine([PRESET], 2), BAR))
    assert onsets(perform(Engine([PRESET], 2), cues, BAR, no_preset)) == [(t, p + 5) for t, p in plain]


def test_presets_come_in_at_their_bar() -> None:
    asked = []

    def load(name: str) -> Preset:
        asked.append(name)
        return DUET

    cues = parse(written((3, 1, command("load", "duet")), (2, 1, command("add", "duet"))), "s")
    engine = Engine([PRESET], 2)
    outputs = perform(engine, cues, 4 * BAR, load)
    assert asked == ["duet", "duet"]
    assert [part.title for part in engine.status().parts] == ["Duet", "Duet"]
    assert min(o.tick for o in outputs if isinstance(o, Event) and o.part == 1) == BAR
    assert not engine.playing


def test_a_count_in_comes_before_the_first_bar() -> None:
    engine = Engine([PRESET], 2, {"count_in": 1})
    cues = parse(written((2, 1, command("freeze", 1))), "s")
    outputs = perform(engine, cues, 3 * BAR, no_preset)
    assert engine.tick == 4 * BAR
    assert outputs
    assert list(engine.parts[0].trail)[4:8] == list(engine.parts[0].trail)[:4]


@pytest.mark.parametrize(
    "line",
    [
        "nonsense", "[]", "3", '{"bar": 1}', '{"bar": 0, "kind": "set", "name": "step", "value": 1}',
        '{"bar": "x", "kind": "set", "name": "step", "value": 1}', '{"kind": "command", "name": "play"}',
        '{"bar": 1, "kind": "set", "name": "step", "value": 9}', '{"bar": 1e999, "kind": "command", "name": "play"}',
        '{"bar": 1, "kind": "command", "name": "glyde"}', '{"bar": 1, "beat": 0, "kind": "command", "name": "play"}',
    ],
)  # fmt: skip
def test_a_wrong_line_is_named(line: str) -> None:
    with pytest.raises(UserError, match="my script, line 2: ") as caught:
        parse(["", line], "my script")
    assert "\n" not in str(caught.value)
