"""Set lists: right ones are read, wrong ones told in a line, no path leaves the folder, saving keeps the text."""

import contextlib
import os
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from instrument.controls import GlobalControls, PartControls
from instrument.messages import PartStatus, Status
from instrument.setlist import Entry, EntryPart, SetListError, entry_of, load_setlist, parse_setlist, save_entry
from tests.support import tiny_preset

GIG = """
title = "Friday"   # at the harbour

[[entry]]
name = "Opening"
notes = "wait for the light"
tempo = 92
maps = ["knobs"]
[entry.controls]
quantize = "four-bars"
[[entry.part]]
preset = "mine.safetensors"
[entry.part.controls]
step = 0.4
mute = "on"

[[entry]]
[[entry.part]]
preset = "bach-chorales"
"""


def status(*paths: Path) -> Status:
    controls = dict(PartControls(step=0.33).items())
    parts = tuple(PartStatus(str(path), "t", 0, "p", 1, 0, (), (), controls, ()) for path in paths)
    return Status(True, 0, (1, 1, 0), (4, 4), 1, dict(GlobalControls(tempo=133).items()), parts)


def test_a_set_list_is_read(tmp_path: Path) -> None:
    gig = parse_setlist(GIG, tmp_path)
    opening, second = gig.entries
    assert (gig.title, opening.name, opening.notes, opening.maps) == (
        "Friday",
        "Opening",
        "wait for the light",
        ("knobs",),
    )
    assert opening.controls == {"tempo": 92.0, "quantize": 2.0}
    assert opening.parts == (EntryPart("mine.safetensors", {"step": 0.4, "mute": 1.0}),)
    assert second.name == "entry 2"


def test_what_is_missing_is_told(tmp_path: Path) -> None:
    gig = parse_setlist(GIG + '[[entry]]\n[[entry.part]]\npreset = "nothing-like-it"\n', tmp_path)
    lines = gig.missing()
    assert [line.split(":")[0] for line in lines if "chorales" not in line] == [
        "entry 1 (Opening)",
        "entry 3 (entry 3)",
    ]
    tiny_preset().save(tmp_path / "mine.safetensors")
    assert not any("mine" in line for line in gig.missing())


WRONG = [
    ("nonsense", "not TOML"),
    ("", "0 entries"),
    ("entry = 3", "list of tables"),
    ("[[entry]]", "entry 1: it has 0 parts"),
    ("[[entry]]\n[[entry.part]]", "preset is missing"),
    ("[[entry]]\nfoo = 1", "entry 1: an entry has no 'foo'"),
    ("[[entry]]\ntempo = 1000\n[[entry.part]]\npreset='a'", "tempo takes 20 to 300"),
    ("[[entry]]\ntempo = true\n[[entry.part]]\npreset='a'", "tempo takes"),
    ("[[entry]]\n[[entry.part]]\npreset='a'\ncontrols = {tempo = 90}", "no control is called 'tempo' here"),
    ("[[entry]]\n[[entry.part]]\npreset='a'\ncontrols = {step = 'x'}", "step takes 0 to 1"),
    ("[[entry]]\n[[entry.part]]\npreset='a'\ncontrols = 1", "controls is a table"),
    ("a = " + "[" * 3000, "not TOML"),
]


@pytest.mark.parametrize(("text", "message"), WRONG, ids=[message for _, message in WRONG])
def test_what_is_wrong_is_told_in_a_line(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "gig.toml").write_text(text)
    with pytest.raises(SetListError, match=r"gig\.toml: ") as told:
        load_setlist(tmp_path / "gig.toml")
    assert message in str(told.value)
    assert "\n" not in str(told.value)


OUTSIDE = [
    "/etc/x.safetensors",
    "../x.safetensors",
    "a/../../x.safetensors",
    "~/x.safetensors",
    "C:\\x",
    "..\\x",
    "out/x",
]


@pytest.mark.parametrize("preset", OUTSIDE)
def test_no_path_leaves_the_folder(preset: str, tmp_path: Path) -> None:
    (tmp_path / "sets").mkdir()
    os.symlink(tmp_path, tmp_path / "sets" / "out")
    with pytest.raises(SetListError, match="leaves the set list's folder"):
        parse_setlist(f"[[entry]]\n[[entry.part]]\npreset = '{preset}'", tmp_path / "sets")


def test_files_that_are_no_text(tmp_path: Path) -> None:
    for name, content in (("a", b"\xff\xfe"), ("b", b"#" * 2_000_000)):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(SetListError, match=name):
            load_setlist(tmp_path / name)
    with pytest.raises(SetListError, match="cannot be read"):
        load_setlist(tmp_path / "none")


def test_saving_appends_and_keeps_the_rest(tmp_path: Path) -> None:
    tiny_preset().save(tmp_path / "mine.safetensors")
    path = tmp_path / "gig.toml"
    path.write_text(GIG)
    for _ in range(2):
        save_entry(path, entry_of(status(tmp_path / "mine.safetensors"), "found it", tmp_path))
    text = path.read_text()
    assert text.startswith(GIG.rstrip("\n"))
    added = load_setlist(path).entries[2]
    assert (added.name, added.controls) == ("found it", {"tempo": 133.0})
    assert added.parts[0].preset == "mine.safetensors"
    assert added.parts[0].controls == dict(PartControls(step=0.33).items())
    assert len(load_setlist(path).entries) == 4


def test_saving_makes_a_new_set_list(tmp_path: Path) -> None:
    path = tmp_path / "sets" / "new.toml"
    save_entry(path, Entry("one", (EntryPart("bach-chorales", {"step": 0.5, "scale": 3.0}),), {"tempo": 90.0}))
    (entry,) = load_setlist(path).entries
    assert entry.parts[0].controls == {"step": 0.5, "scale": 3.0}
    with pytest.raises(SetListError, match="neither in the bank"):
        entry_of(status(Path("/elsewhere/x.safetensors")), "x", tmp_path)


WORDS = st.sampled_from(["entry", "part", "preset", "controls", "tempo", "step", "name", "maps", "title", "x"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 400) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.dictionaries(WORDS, VALUES, max_size=4), noise=st.text(max_size=20), at=st.integers(0, 400))
def test_nothing_that_a_stranger_writes_is_more_than_an_error(
    data: dict[str, object], noise: str, at: int, tmp_path: Path
) -> None:
    import tomlkit

    texts = [GIG[:at] + noise + GIG[at:], GIG[:at]]
    with contextlib.suppress(Exception):  # what TOML cannot write is no case
        texts.append(tomlkit.dumps(data))
    for text in texts:
        try:
            gig = parse_setlist(text, tmp_path)
        except SetListError:
            continue
        assert tomllib.loads(text)
        assert all(1 <= len(entry.parts) <= 4 for entry in gig.entries)
