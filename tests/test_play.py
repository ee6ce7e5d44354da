"""`eigenwalk play` as a whole: a seeded run into an independent receiver, and every way out of it."""

import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mido
import pexpect
import pytest

from instrument.live.session.process import EngineProcess
from instrument.messages import Message, Set, command
from tests.jack import Dump, Heard, jack_server, ports, stop, until, wav_peak
from tests.support import tiny_preset

__all__ = ["jack_server"]
SOUNDFONTS = ["/usr/share/sounds/sf2/TimGM6mb.sf2", "/usr/share/sounds/sf2/default-GM.sf2"]
EIGENWALK = [sys.executable, "-m", "instrument"]


@pytest.fixture(scope="module")
def preset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small preset on disk."""
    path = tmp_path_factory.mktemp("presets") / "tiny.safetensors"
    tiny_preset().save(path)
    return path


def eigenwalk(*words: object, **env: str) -> "subprocess.Popen[str]":
    """Start eigenwalk with all three streams in the test's hands, in a session of its own."""
    return subprocess.Popen(
        [*EIGENWALK, *map(str, words)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, **env},
    )


def run(*words: object, **env: str) -> tuple[int, str, str]:
    """Exit status, stdout and stderr of a run to its end."""
    process = eigenwalk(*words, **env)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def notes_of(file: Path) -> list[tuple[int, ...]]:
    """The notes of a .mid file as bytes, in order; offs before ons where they fall together."""
    events = []
    for track in mido.MidiFile(file).tracks:
        tick = 0
        for message in track:
            tick += message.time
            if message.type in {"note_on", "note_off"}:
                data = tuple(message.bytes())
                if data[0] & 0xF0 == 0x90 and data[2] == 0:
                    data = (data[0] - 0x10, data[1], 64)
                events.append((tick, data[0] & 0xF0, data))
    return [data for _, _, data in sorted(events)]


def only_notes(heard: list[Heard]) -> list[tuple[int, ...]]:
    return [message.data for message in heard if message.data[0] & 0xF0 in {0x80, 0x90}]


def unended(heard: list[Heard]) -> Counter[tuple[int, int]]:
    """(channel, pitch) of note_ons without a note_off."""
    left: Counter[tuple[int, int]] = Counter()
    for status, pitch, *_ in only_notes(heard):
        left[status & 15, pitch] += 1 if status & 0xF0 == 0x90 else -1
    return +left


def config(preset: Path, **more: Any) -> dict[str, Any]:
    """What the engine's process is told; it waits for "play"."""
    told = {"presets": [str(preset)], "seed": 7, "settings": {"tempo": 300.0}, "bars": None, "play": False}
    return {**told, "out": None, "in": None, "api": None, "record": None, **more}


@pytest.mark.jack
def test_all_of_a_seeded_run_arrives(jack_server: str, preset: Path, tmp_path: Path) -> None:
    """16 bars over the virtual port: every note at the receiver, in order, ended, and what `render` writes."""
    dump = Dump("run-dump")
    take, again = tmp_path / "take.mid", tmp_path / "render.mid"
    settings = {"tempo": 300.0, "step": 0.6}
    engine = EngineProcess(config(preset, settings=settings, bars=16, record=str(take)))
    dump.connect("eigenwalk:out")
    until("the port to listen on", lambda: "eigenwalk-in:in" in ports())
    engine.send(command("play"))
    assert engine.wait(60) == 0, engine.error
    last = engine.latest()
    assert last
    assert (last.ended, last.health.dropped, last.health.output) == (True, 0, "eigenwalk:out")
    heard = dump.close()
    assert not unended(heard)
    options = ["--seed", 7, "--bars", 16, "--set", "step=0.6", "--set", "tempo=300"]
    assert run("render", preset, *options, "--out", again)[0] == 0
    assert len(only_notes(heard)) > 200
    assert sorted(only_notes(heard)) == sorted(notes_of(again))
    assert take.read_bytes() == again.read_bytes()


@pytest.mark.jack
def test_a_real_synthesiser_sounds(jack_server: str, preset: Path, tmp_path: Path) -> None:
    fonts = [font for font in map(Path, SOUNDFONTS) if font.is_file()]
    if not (shutil.which("fluidsynth") and shutil.which("jack_rec") and fonts):
        pytest.skip("fluidsynth, a SoundFont or jack_rec is not installed")
    jack = ["-a", "jack", "-m", "jack", "-o", "midi.jack.id=synth", "-o", "audio.jack.id=synth"]
    quietly: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
    synth = subprocess.Popen(["fluidsynth", "-is", *jack, "-o", "midi.autoconnect=0", fonts[0]], **quietly)
    try:
        until("fluidsynth", lambda: "synth:midi_00" in ports())
        player = eigenwalk("play", preset, "--no-ui", "--tempo", 120, "--out", "port:synth:midi_00")
        until("the connection", lambda: any(port.startswith("eigenwalk-out") for port in ports()))
        wav = tmp_path / "heard.wav"
        recorder: list[str | Path] = ["jack_rec", "-f", wav, "-d", "1", "-b", "16", "synth:left", "synth:right"]
        subprocess.run(recorder, check=True, timeout=30, **quietly)
        stop_parent(signal.SIGINT)(player)
        player.communicate(timeout=30)
    finally:
        stop(synth)
    assert wav_peak(wav) > 300  # of 32767


@pytest.mark.jack
def test_play_into_a_port_to_its_last_bar(jack_server: str, preset: Path) -> None:
    dump = Dump("cli-dump")
    options = ["--seed", 3, "--bars", 2, "--tempo", 300, "--no-ui", "--out", "port:cli-dump"]
    status, out, err = run("play", preset, *options)
    assert (status, out) == (0, ""), err
    assert err == "playing Tiny on cli-dump:input, seed 3; Ctrl-C ends\n"
    heard = dump.close()
    assert only_notes(heard)
    assert not unended(heard)


def stop_parent(number: int) -> Callable[["subprocess.Popen[str]"], None]:
    return lambda player: player.send_signal(number)


def stop_engine(player: "subprocess.Popen[str]") -> None:
    """Signal the engine's own process: the child of `player`."""
    children = Path(f"/proc/{player.pid}/task/{player.pid}/children").read_text().split()
    os.kill(int(children[0]), signal.SIGTERM)


WAYS_OUT = {
    "ctrl-c": (stop_parent(signal.SIGINT), 130),
    "sigterm": (stop_parent(signal.SIGTERM), 128 + signal.SIGTERM),
    "sighup": (stop_parent(signal.SIGHUP), 128 + signal.SIGHUP),
    "killed screen": (stop_parent(signal.SIGKILL), -signal.SIGKILL),
    "sigterm to the engine": (stop_engine, 0),
}


@pytest.mark.jack
@pytest.mark.parametrize("way", WAYS_OUT)
def test_no_note_is_left_behind(jack_server: str, preset: Path, way: str) -> None:
    dump = Dump("way-out-dump")
    player = eigenwalk("play", preset, "--no-ui", "--tempo", 40, "--seed", 1, "--out", "port:way-out-dump")
    until("a note", lambda: unended(dump.heard()))
    leave, status = WAYS_OUT[way]
    leave(player)
    player.communicate(timeout=30)
    assert player.returncode == status
    until("the engine's port to close", lambda: not any("eigenwalk" in port for port in ports()))
    assert not unended(dump.close())


@pytest.mark.jack
def test_a_closed_terminal_ends_it(jack_server: str, preset: Path) -> None:
    dump = Dump("terminal-dump")
    arguments = ["-m", "instrument", "play", str(preset), "--tempo", "40", "--out", "port:terminal-dump"]
    terminal = pexpect.spawn(sys.executable, arguments, dimensions=(24, 80))
    until("a note", lambda: terminal.expect([pexpect.TIMEOUT], timeout=0.1) == 0 and unended(dump.heard()))
    terminal.close()
    until("the engine's port to close", lambda: not any("eigenwalk" in port for port in ports()))
    assert not unended(dump.close())


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nowhere.safetensors", "--no-ui"], "no such preset"),
        (["no-such-name", "--no-ui"], "no preset is called 'no-such-name'"),
        (["PRESET", "--no-ui", "--set", "stepp=1"], "no control is called 'stepp'; there is step"),
        (["PRESET", "--no-ui", "--set", "step=2"], "step takes 0 to 1, not 2"),
        (["PRESET", "--no-ui", "--tempo", "1000"], "tempo takes 20 to 300 BPM"),
        (["PRESET", "--no-ui", "--out", "virtual"], "no MIDI system found"),
        (["PRESET", "--no-ui", "--midi-api", "jack"], "no JACK server runs"),
        (["PRESET", "--no-ui", "--out", "loud"], "--out takes virtual"),
        (["PRESET", "--no-ui", "--record", "nowhere/a.mid"], "its folder does not exist"),
        (["PRESET"], "no terminal"),
    ],
)
def test_bad_input_is_one_line(preset: Path, words: list[str], says: str) -> None:
    words = [str(preset) if word == "PRESET" else word for word in words]
    status, out, err = run("play", *words, JACK_DEFAULT_SERVER="nobody", JACK_NO_START_SERVER="1")
    assert (status, out) == (1, "")
    assert says in err
    assert err.startswith("eigenwalk: ")
    assert err.count("\n") == 1


def test_without_a_midi_system_it_plays_in_silence(preset: Path) -> None:
    nobody = {"JACK_DEFAULT_SERVER": "nobody", "JACK_NO_START_SERVER": "1"}
    status, _, err = run("play", preset, "--no-ui", "--bars", 1, "--tempo", 300, **nobody)
    assert status == 0
    assert "no MIDI system found" in err
    assert "playing in silence" in err


def sent_by(engine: EngineProcess) -> int:
    status = engine.latest()
    return status.health.sent if status else 0


def test_a_session_is_replayed_from_its_log_to_the_same_bytes(preset: Path, tmp_path: Path) -> None:
    """With knobs turned, a panic, a stop and a preset that came in while it played."""
    state = {"XDG_STATE_HOME": str(tmp_path / "state")}
    take, again = tmp_path / "take.mid", tmp_path / "again.mid"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", state["XDG_STATE_HOME"])
        engine = EngineProcess(config(preset, out="none", record=str(take), play=True))
    assert engine.wait_ready(20)
    gestures: list[Message] = [Set("step", 0.9), Set("tempo", 222.0), command("panic"), command("load", str(preset))]
    for gesture in [*gestures, command("stop"), command("play"), Set("step", 0.1)]:
        engine.send(gesture)
        if gesture != command("stop"):
            sent = sent_by(engine)
            until("more notes", lambda sent=sent: sent_by(engine) > sent + 4)
    assert engine.close() == 0, engine.error
    logs = list((tmp_path / "state/eigenwalk/sessions").glob("*.jsonl"))
    assert len(logs) == 1
    assert run("replay", logs[0], "--out", again, **state)[0] == 0
    assert again.read_bytes() == take.read_bytes()
    assert len(notes_of(again)) > 20


def test_a_log_that_is_none(preset: Path, tmp_path: Path) -> None:
    for text in ("", "{}", "[]", "not json", '{"schema": 99}'):
        (tmp_path / "log.jsonl").write_text(text)
        status, _, err = run("replay", tmp_path / "log.jsonl", "--out", tmp_path / "x.mid")
        assert (status, err.count("\n")) == (1, 1)
        assert "not the log of a session" in err
