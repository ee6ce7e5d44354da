"""Golden screens: whole frames, text against text, at three sizes.

A change that is meant is taken over with `EIGENWALK_GOLDEN=write scripts/test tests/ui/test_golden.py`; look at the
difference before it is committed. The table of controls is cut short, so that a new control changes nothing here.
"""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from instrument.controls import TABLE
from instrument.messages import ControllersStatus, SetListStatus
from instrument.ui import knobs
from tests.ui.driver import driven
from tests.ui.fake import FakeEngine

GOLDEN = Path(__file__).parent / "golden"
CONTROLS = ("tempo", "step", "neighbors", "temperature", "home", "follow", "transpose", "quantize", "count_in")
BEATS = 24
VALUES = {"step": 0.25, "neighbors": 16.0, "temperature": 0.5, "home": 2.0, "follow": 0.0, "transpose": 0.0}


@pytest.fixture
def few_controls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(knobs, "TABLE", {name: TABLE[name] for name in CONTROLS})


def dressed(path: Path, parts: int) -> FakeEngine:
    """An engine in which everything is going on at once."""
    engine = FakeEngine(path, parts)
    engine.playing = True
    for part in engine.parts:
        part.controls.update(VALUES)  # so that another default changes nothing here either
    engine.parts[0].more = {
        "bookmarks": {"a": 3, "k": 40}, "glide_to": "odd", "glide_bars": 2.5, "glide_segment": 77, "frozen": 2,
        "heard": "C4 E4 G4  C  in C major", "heard_at": (0.4, 0.3), "pull": 0.8,
    }  # fmt: skip
    engine.parts[-1].more |= {"steer": (-0.5, 0.5), "morph_to": "Session tunes", "morph_bars": 3.0}
    engine.controls["tempo"] = 100.0
    engine.more = {
        "set_list": SetListStatus("Friday", ("Opening", "Reels and jigs", "Rags"), 1, "loaded", "capo 2"),
        "controllers": ControllersStatus("", {"step": "CC 41", "tempo": "CC 16"}, ("nanoKONTROL",)),
    }
    engine.health = replace(
        engine.health, sent=640, dropped=2, heard=12, realtime=True, source="link", peers=3, following=True
    )
    return engine


@pytest.mark.parametrize(("width", "height", "parts"), [(80, 24, 1), (120, 40, 2), (200, 50, 4)])
def test_golden(few_controls: None, islands: Path, width: int, height: int, parts: int) -> None:
    engine = dressed(islands, parts)
    with driven(engine, width, height) as screen:
        for _ in range(BEATS * 8):
            engine.advance(60)
            screen.state.observe(engine.latest(), 0.0)
        screen.type("]")
        path = GOLDEN / f"{width}x{height}.txt"
        if os.environ.get("EIGENWALK_GOLDEN") == "write":
            path.parent.mkdir(exist_ok=True)
            path.write_text(screen.text + "\n")
        assert screen.text + "\n" == path.read_text()
