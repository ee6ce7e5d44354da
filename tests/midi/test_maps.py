"""Controller maps as files: found by port, checked, written back with their comments."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from instrument.midi.bindings import Binding, ControllerMap, default_map, parse_target
from instrument.midi.maps import (
    SHIPPED,
    MapError,
    MapFile,
    edited,
    find_map,
    load_map,
    named_map,
    parse_map,
    save_map,
)
from instrument.midi.touch import Touch

MPK = SHIPPED / "akai-mpk-mini-3.toml"


def test_the_shipped_map_is_found_by_its_port() -> None:
    found, wrong = find_map("MPK mini 3:MPK mini 3 MIDI 1 20:0")
    assert found
    assert wrong == []
    assert [str(row.target) for row in found.map.of(Touch("cc", 71, 5))] == ["step"]
    assert [str(row.target) for row in found.map.of(Touch("note", 40, 9))] == ["capture 8"]
    assert find_map("nanoKONTROL2")[0] is None


def test_a_file_of_ones_own_wins_and_a_broken_one_is_told(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('name = "mine"\nports = ["*mpk*"]\n')
    (tmp_path / "broken.toml").write_text("[[[")
    found, wrong = find_map("MPK mini 3", (tmp_path, SHIPPED))
    assert found
    assert found.map.name == "mine"
    assert wrong[0].startswith(f"{tmp_path}/broken.toml: not TOML")


def test_learning_keeps_the_comments() -> None:
    text = MPK.read_text()
    old = load_map(MPK)
    assert edited(text, old, "port") == text
    new = old.bound(Binding(Touch("cc", 1), parse_target("swing"), "binary-offset", 55, None, True, False, 2.5))
    written = edited(text, new, "port")
    assert parse_map(written) == new
    assert set(text.splitlines()) <= set(written.splitlines())
    assert parse_map(edited(written, old, "port")) == old


def test_a_default_map_becomes_a_file(tmp_path: Path) -> None:
    learnt = default_map().bound(Binding(Touch("note", 60, 2), parse_target("capture 4", 1)))
    path = save_map(MapFile(learnt), "nano [x] 2", tmp_path / "new")
    assert path == tmp_path / "new" / "nano-x-2.toml"
    found, _ = find_map("nano [x] 2 MIDI 1", (tmp_path / "new",))
    assert found
    assert found.map.bindings == learnt.bindings
    again = save_map(MapFile(found.map, path), "nano [x] 2", tmp_path / "new")
    assert (again, len(list((tmp_path / "new").iterdir()))) == (path, 1)
    shipped = load_map(MPK)
    assert save_map(MapFile(shipped, MPK), "MPK", tmp_path).name == "akai-mpk-mini-3.toml"
    assert (tmp_path / "akai-mpk-mini-3.toml").read_text() == MPK.read_text()


def test_maps_by_name(tmp_path: Path) -> None:
    assert named_map("akai-mpk-mini-3", (tmp_path, SHIPPED)).path == MPK
    for name in ("../maps/akai-mpk-mini-3", ".hidden", "nobody", ""):
        with pytest.raises(MapError):
            named_map(name, (tmp_path, SHIPPED))


WRONG = [
    ("bind = 3", "list of tables"),
    ("knobs = 1", "the map has no 'knobs'"),
    ("ports = 'x'", "ports is a list"),
    ("programs = 'soon'", "programs is one of"),
    ("[[bind]]", "bind 1: touch is missing"),
    ("[[bind]]\ntouch = 'cc 1'", "bind 1: target is missing"),
    ("[[bind]]\ntouch = 'cc 200'\ntarget = 'step'", "bind 1: 'cc 200' is no touch"),
    ("[[bind]]\ntouch = 'cc 1'\ntarget = 'stop it'", "bind 1: stop takes nothing"),
    ("[[bind]]\ntouch = 'cc 1'\ntarget = 'stepp'", "bind 1: no control is called 'stepp'"),
    ("[[bind]]\ntouch = 'cc 1'\ntarget = 'step=7'", "bind 1: step takes 0 to 1"),
    ("[[bind]]\ntouch = 'cc 1'\ntarget = 'step'\nhigh = 7", "bind 1: step takes 0 to 1"),
    ("[[bind]]\ntouch = 'cc 1'\ntarget = 'step'\nlow = 'x'", "low is a number"),
    ("[[bind]]\ntouch = 'cc 1'\ntarget = 'step'\nhigh = nan", "bind 1: "),
    ("[[bind]]\ntouch = 'cc 1'\ntarget = 'step'\npart = 5", "part is 1 to 4"),
    ("[[bind]]\ntouch = 'cc 1'\ntarget = 'step'\nmode = 'x'", "mode is one of"),
    ("[[bind]]\ntouch = 'bend'\ntarget = 'step'\nmode = 'binary-offset'", "is for a cc"),
    ("[[bind]]\ntouch = 'cc 1'\ntarget = 'step'\ninvert = 1", "invert is true or false"),
]


@pytest.mark.parametrize(("text", "message"), WRONG, ids=[text for text, _ in WRONG])
def test_what_is_wrong_is_told_in_a_line(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text(text)
    with pytest.raises(MapError) as told:
        load_map(path)
    assert str(told.value).startswith(f"{path}: ")
    assert message in str(told.value)
    assert "\n" not in str(told.value)


def test_files_that_are_no_text(tmp_path: Path) -> None:
    for name, content in (("a", b"\xff\xfe"), ("b", b"#" * 300_000)):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(MapError, match=name):
            load_map(tmp_path / name)
    with pytest.raises(MapError, match="cannot be read"):
        load_map(tmp_path / "none")


@settings(max_examples=75, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 1500), cut=st.integers(0, 60), noise=st.text(max_size=12))
def test_a_map_broken_anywhere_is_a_map_or_an_error(at: int, cut: int, noise: str) -> None:
    text = MPK.read_text()
    try:
        found = parse_map(text[:at] + noise + text[at + cut :])
    except MapError:
        return
    assert isinstance(found, ControllerMap)
