"""What a stranger meets first: no arguments, help, settings, the map as a file, a step explained, a sound file."""

import json
import sys
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pexpect
import pytest
from typer.testing import CliRunner

from instrument import bank
from instrument.cli import app, first_run, settings
from instrument.cli.first_run import Way
from instrument.live.engine import Engine
from instrument.live.explain import steps
from tests.support import tiny_preset

PRESET = tiny_preset(pieces=4)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """The command line, in a folder that holds the preset `tiny` and nothing else."""
    (tmp_path / "presets").mkdir()
    PRESET.save(tmp_path / "presets" / "tiny.safetensors")
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def settings_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "config" / "settings.toml"
    monkeypatch.setattr(settings, "path", lambda: path)
    return path


def test_without_arguments_and_terminal_the_help_is_printed(run: Callable[..., Any]) -> None:
    result = run()
    assert result.exit_code == 0
    assert "Usage" in result.output
    assert "play" in result.output


def test_every_command_has_help_that_is_a_sentence(run: Callable[..., Any]) -> None:
    for command in app.registered_commands:
        assert command.callback
        first = (command.callback.__doc__ or "").strip().splitlines()[0]
        assert 10 < len(first) < 110, command.callback.__name__
        assert first.endswith((".", ":")), command.callback.__name__


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Callable[[], Any]]:
    """Starts `eigenwalk` in a terminal, on a machine without a MIDI system."""
    (tmp_path / "presets").mkdir()
    PRESET.save(tmp_path / "presets" / f"{bank.DEFAULT}.safetensors")
    started: list[Any] = []

    def start() -> Any:
        import os

        env = {**os.environ, "JACK_DEFAULT_SERVER": "strangers-none", "JACK_NO_START_SERVER": "1", "TERM": "xterm"}
        child = pexpect.spawn(
            sys.executable, ["-m", "instrument"], cwd=tmp_path, env=env, dimensions=(40, 100), timeout=40
        )
        started.append(child)
        return child

    yield start
    for child in started:
        child.close(force=True)


def test_a_newcomer_is_led_to_the_screen(newcomer: Callable[[], Any]) -> None:
    child = newcomer()
    child.expect("a random walk on a manifold")
    child.expect("Where shall the music go")
    asked = child.expect(["Number, 1 to", "Three keys to try"])
    if asked == 0:
        child.sendline("9999")  # no such way: asked again
        child.expect("Number, 1 to (\\d+)")
        child.sendline(child.match[1])  # the last way is silence
        child.expect("Three keys to try")
    child.expect("Press Enter to play")
    child.sendline("")
    child.expect("temperature")  # a control on the screen


def test_silence_is_always_a_way_out_and_comes_last() -> None:
    ways = first_run.ways_out()
    assert ways[-1].out == "none"


def test_the_chosen_way_can_be_kept(settings_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("typer.prompt", lambda *_, **__: 2)
    monkeypatch.setattr("typer.confirm", lambda *_, **__: True)
    assert first_run._choose([Way("virtual", "a"), Way("synth", "b"), Way("none", "c")]) == "synth"
    assert settings.load() == {"out": "synth"}


def test_settings_are_kept_forgotten_and_checked(run: Callable[..., Any], settings_file: Path) -> None:
    assert run("settings", "out=synth", "tempo=90").exit_code == 0
    settings_file.write_text("# mine\n" + settings_file.read_text())
    assert run("settings", "tempo=").exit_code == 0
    assert settings.load() == {"out": "synth"}
    assert "# mine" in settings_file.read_text()
    assert "no setting is called 'colour'" in str(run("settings", "colour=red").exception)
    assert "20 to 300" in str(run("settings", "tempo=9").exception)
    assert "NAME=VALUE" in str(run("settings", "tempo").exception)
    for broken, says in (("out = 3", "out is text"), ("tempo = 9", "20 to 300"), ("out", "not TOML"), ("x=1", "'x'")):
        settings_file.write_text(broken)
        with pytest.raises(settings.SettingsError, match=says):
            settings.load()


def test_a_picture_of_the_map(run: Callable[..., Any], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="needs the extra [plot]")
    for name, magic in (("map.png", b"\x89PNG"), ("map.svg", b"<?xml")):
        assert run("map", "tiny", "tiny", "--out", name, "--size", 300).exit_code == 0
        first = (tmp_path / name).read_bytes()
        assert first.startswith(magic)
        run("map", "tiny", "tiny", "--out", name, "--size", 300)
        assert (tmp_path / name).read_bytes() == first


def test_a_map_of_another_kind_is_refused(run: Callable[..., Any]) -> None:
    assert ".html, .png or .svg" in str(run("map", "tiny", "--out", "map.gif").exception)


def test_without_matplotlib_the_extra_is_named(run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert "eigenwalk[plot]" in str(run("map", "tiny", "--out", "map.png").exception)


def test_explained_energies_add_up_and_chances_too() -> None:
    for step in steps(PRESET, {"scale": 1.0}, 3, 40):
        assert sum(cost.chance for cost in step.costs) == pytest.approx(1)
        assert step.segment in {cost.segment for cost in step.costs}
        for cost in step.costs:
            assert cost.energy == pytest.approx(
                cost.near + cost.join + cost.chord + cost.echo + cost.tether + cost.pull, abs=1e-4
            )
            assert cost.tether > -1e-4
            assert cost.join > -1e-4
            assert cost.pull > -1e-4


def test_what_is_explained_is_what_plays(run: Callable[..., Any]) -> None:
    explained = json.loads(run("explain", "tiny", "--bars", 4, "--seed", 5, "--json").output)
    engine = Engine([PRESET], 5, None, None)
    from instrument.messages import command

    engine.handle(command("play"), 0)
    engine.advance(4 * PRESET.metre.bar_ticks - 1)
    played = list(engine.parts[0].trail)[: len(explained) + 1]
    assert played == [explained[0]["origin"], *(step["segment"] for step in explained)]


def test_explain_in_words(run: Callable[..., Any]) -> None:
    text = run("explain", "tiny", "--bars", 1, "--top", 2).output
    assert text.count("is followed by") == 3
    assert text.count("\n> ") == 3


def test_render_needs_a_file_to_write(run: Callable[..., Any]) -> None:
    assert "--wav FILE.wav" in str(run("render", "tiny").exception)


def test_render_to_a_sound_file(run: Callable[..., Any], tmp_path: Path) -> None:
    from tests.midi.test_synth import font

    font()
    result = run("render", "tiny", "--wav", "tiny.wav", "--bars", 2)
    assert result.exit_code == 0, result.output
    with wave.open(str(tmp_path / "tiny.wav")) as file:
        assert max(file.readframes(file.getnframes())) > 0
