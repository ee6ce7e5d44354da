"""The page in a real browser: what is under the pointer, what is heard, how the walk steps, and what is refused."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from instrument.controls import PartControls
from instrument.live.draw import Draw
from instrument.live.explain import Step, steps
from instrument.live.material import Material
from instrument.live.pulls import to_beat
from instrument.preset import Preset
from instrument.ui.web import page
from tests.support import tiny_preset
from tests.ui.browser import browser


def as_loaded(preset: Preset) -> Preset:
    """`preset` with the numbers that a file keeps: those that the stage and the page walk on."""
    with TemporaryDirectory() as folder:
        preset.save(Path(folder) / "tiny.safetensors")
        return Preset.load(Path(folder) / "tiny.safetensors")


PRESET = as_loaded(tiny_preset(pieces=6, bars=8))
OTHER = tiny_preset(pieces=3, bars=8, title="Other", labels=["one", "two"])
SEED = 15  # of walks in which departures are not rare
WALK = """p.ui.seed.value = arguments[0];
    const values = {...p.values}, out = [];
    Object.assign(p.values, arguments[1]);
    p.restart();
    p.advance();
    for (let n = 0; n < arguments[2]; n++) {
        const s = p.advance();
        const terms = ["segment", "distance", "near", "join", "chord", "echo", "tether", "pull", "energy", "chance"];
        const costs = s.weighed.map((w) => terms.map((term) => w[term]));
        out.push([s.from, s.anchor, s.segment, s.stayed, s.draw, costs]);
    }
    p.values = values;
    return out;"""
JUST_A_MOMENT = 20.0  # seconds that a loaded machine may take


@pytest.fixture(scope="module")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    path = tmp_path_factory.mktemp("page") / "map.html"
    path.write_text(page([PRESET, OTHER]))
    with browser() as driver:
        driver.get(path.as_uri())
        until(driver, "document.body.className.includes('ready')")
        yield driver
        assert driver.get_log("browser") == []  # no error, and nothing that the security policy refused


@pytest.fixture
def run(chrome: Any) -> Iterator[Callable[..., Any]]:
    """Runs script on the page, with `p` the first panel, silent and at its start."""
    chrome.execute_script("eigenwalk.panels.forEach((p) => { p.stop(); p.restart(); p.view.selected = null; })")
    yield lambda script, *args: chrome.execute_script(f"const p = eigenwalk.panels[0]; {script}", *args)
    chrome.execute_script("eigenwalk.panels.forEach((p) => p.stop())")


def until(driver: Any, condition: str) -> None:
    from selenium.webdriver.support.wait import WebDriverWait

    WebDriverWait(driver, JUST_A_MOMENT, 0.05).until(lambda d: d.execute_script(f"return {condition}"))


def point_at(chrome: Any, segment: int) -> Any:
    """A pointer, brought over `segment` of the first panel; nothing is clicked yet."""
    from selenium.webdriver import ActionChains

    canvas = chrome.find_element("css selector", "canvas.map")
    x, y = chrome.execute_script("return eigenwalk.panels[0].view.at(arguments[0])", segment)
    width, height = canvas.size["width"], canvas.size["height"]
    return ActionChains(chrome, duration=0).move_to_element_with_offset(
        canvas, round(x - width / 2), round(y - height / 2)
    )


def name(segment: int) -> str:
    return f"{PRESET.piece_name(segment)}, bar {PRESET.bar(segment)} beat {int(PRESET.metre_position[segment]) + 1}"


def test_notes_come_back_as_they_were(run: Callable[..., Any]) -> None:
    for segment in (0, 7, len(PRESET) - 1):
        notes = run("return p.model.notes(arguments[0])", segment)
        assert [tuple(n[k] for k in ("onset", "duration", "pitch", "velocity", "voice")) for n in notes] == [
            tuple(note) for note in PRESET.notes(segment)
        ]


def test_the_pointer_names_piece_and_bar(chrome: Any, run: Callable[..., Any]) -> None:
    point_at(chrome, 40).perform()
    tip = chrome.find_element("css selector", ".tip")
    under = run("return p.view.pick(...p.view.at(40))")
    assert tip.is_displayed()
    assert tip.text.startswith(name(under))


def test_a_click_sounds_the_segment(chrome: Any, run: Callable[..., Any]) -> None:
    under = run("return p.view.pick(...p.view.at(10))")
    before = run("return eigenwalk.sound.started")
    point_at(chrome, 10).click().perform()
    assert run("return eigenwalk.sound.started") - before == len(PRESET.notes(under))
    assert chrome.find_element("css selector", ".now").text == name(under)
    until(chrome, "eigenwalk.sound.context.state === 'running'")


def test_the_walk_is_heard_and_seen_and_two_do_not_play_at_once(chrome: Any, run: Callable[..., Any]) -> None:
    heard = run("return p.heardSteps")
    first, second = chrome.find_elements("css selector", ".play")
    first.click()
    until(chrome, f"eigenwalk.panels[0].heardSteps >= {heard + 3}")
    assert len(run("return p.view.trail")) >= 3
    assert run("return p.steps.rows.children.length") > 1
    second.click()
    assert run("return eigenwalk.panels.map((panel) => panel.player.playing)") == [False, True]


def test_what_the_player_strikes_at_a_seam_is_cut_or_tied(run: Callable[..., Any]) -> None:
    """Over a seam nothing of the old segment rings on unless the new one holds the same pitch."""
    held = next(i for i in range(len(PRESET)) if any(n.onset + n.duration > PRESET.hop for n in PRESET.notes(i)))
    ringing = run(
        """const sound = eigenwalk.sound; sound.wake();
        const at = sound.now + 5;
        p.player.segment(arguments[0], at, true);
        p.player.segment(arguments[1], at + p.model.hop * p.player.tickSeconds(), true);
        const keys = [...p.player.held.keys()];
        p.player.stop();
        return keys""",
        held,
        0,
    )
    assert sorted(ringing) == sorted({f"{n.voice} {n.pitch}" for n in PRESET.notes(0)})


def test_sliders_set_the_walk(chrome: Any, run: Callable[..., Any]) -> None:
    from selenium.webdriver.common.keys import Keys

    slider = chrome.find_element("css selector", "input[name=temperature]")
    before = run("return p.values.temperature")
    slider.send_keys(Keys.ARROW_RIGHT)
    assert run("return p.values.temperature") == pytest.approx(before + 0.05)
    assert slider.get_attribute("aria-valuetext") == f"{before + 0.05:.2f}"
    run("p.values.temperature = arguments[0]", before)


@pytest.mark.parametrize(
    "settings", [{}, {"step": 0.75, "neighbors": 15}, {"temperature": 3, "home": 0.5, "echo": 4}]
)
def test_the_page_walks_as_the_instrument_does(run: Callable[..., Any], settings: dict[str, float]) -> None:
    """The steps that `eigenwalk explain` tells of, departures among them: what was weighed, its price, the draw."""
    ours = list(steps(PRESET, settings, SEED, 400))
    theirs = run(WALK, SEED, settings, len(ours))
    assert sum(map(departs, ours)) > 1
    for step, (origin, anchor, segment, stayed, drawn, weighed) in zip(ours, theirs, strict=True):
        assert (origin, anchor, segment, stayed, drawn) == (*step[:4], step.draw)
        assert [row[0] for row in weighed] == [cost.segment for cost in step.costs]
        for row, cost in zip(weighed, step.costs, strict=True):
            assert row[1:] == pytest.approx(cost[1:], abs=1e-3)


def test_off_the_bar_line_the_page_finds_back_as_the_instrument_does(run: Callable[..., Any]) -> None:
    material, controls = Material(PRESET), PartControls()
    walk, draw = material.walk, Draw(SEED, 0, 3)
    for segment in range(0, len(PRESET), 7):
        due = (int(PRESET.metre_position[segment]) + 2) % material.steps_per_bar
        state, lean = walk.start(draw, segment), to_beat(material, segment, due)
        _, choice = walk.step(state, controls, draw, lean.pull, lean.extra)
        theirs = run(
            "const d = new eigenwalk.Draw(arguments[0], 3), s = p.walk.start(d, arguments[1]);"
            "return p.walk.step({...s, place: s.place + 1}, {...p.values, ...arguments[2]}, d)[1]",
            SEED,
            segment,
            dict(controls.items()),
        )
        assert (theirs["anchor"], theirs["segment"]) == (choice.anchor, choice.segment)
        assert [w["segment"] for w in theirs["weighed"]] == list(choice.candidates)
        assert [w["chance"] for w in theirs["weighed"]] == pytest.approx(choice.probabilities, abs=1e-4)


def departs(step: Step) -> bool:
    return bool(0 <= PRESET.successor[step.origin] != step.anchor)


def test_every_click_on_step_tells_the_next_step(chrome: Any, run: Callable[..., Any]) -> None:
    ours = list(steps(PRESET, {}, SEED, 60))
    before = next(n for n, step in enumerate(ours) if departs(step)) - 1
    button, story = (chrome.find_element("css selector", selector) for selector in (".one", ".story"))
    chrome.find_element("css selector", ".explain summary").click()
    run(
        "p.ui.seed.value = arguments[0]; p.restart(); for (let n = 0; n <= arguments[1]; n++) p.advance()",
        SEED,
        before,
    )
    for step in ours[before : before + 3]:
        button.click()
        assert chrome.find_element("css selector", ".now").text == name(step.segment)
        assert story.text.startswith(name(step.origin))
        assert ("departs" in story.text) == departs(step)


def test_hidden_regions_are_neither_picked_nor_walked(chrome: Any, run: Callable[..., Any]) -> None:
    box = chrome.find_element("css selector", ".regions input[value=odd]")
    box.click()
    odd = next(i for i in range(len(PRESET)) if PRESET.piece[i] % 2)
    assert run("return p.view.pick(...p.view.at(arguments[0]))", odd) != odd
    walked = run("p.restart(); p.values.temperature = 5; return Array.from({length: 60}, () => p.advance().segment)")
    box.click()
    run("p.values.temperature = 0.5")
    assert {int(PRESET.piece[segment]) % 2 for segment in walked} == {0}


def test_the_map_can_be_played_from_the_keyboard(chrome: Any, run: Callable[..., Any]) -> None:
    from selenium.webdriver.common.keys import Keys

    run("p.view.selected = 4")
    canvas = chrome.find_element("css selector", "canvas.map")
    before = run("return eigenwalk.sound.started")
    canvas.send_keys(Keys.ARROW_RIGHT)
    assert run("return p.view.selected") == PRESET.successor[4]
    assert run("return eigenwalk.sound.started") > before
    canvas.send_keys(Keys.ARROW_DOWN)
    assert run("return p.view.selected") == PRESET.candidates[PRESET.successor[4], 0]
    canvas.send_keys("s")
    assert run("return p.view.trail.length") > 0
    canvas.send_keys(" ")
    assert run("return p.player.playing")


def test_the_page_is_dark_where_the_reader_is(chrome: Any, run: Callable[..., Any]) -> None:
    ground = "return getComputedStyle(document.body).backgroundColor"
    light = run(ground)
    chrome.find_element("css selector", ".theme").click()
    assert run(ground) != light
    chrome.find_element("css selector", ".theme").click()
    assert run(ground) == light


def test_scripts_that_are_not_the_pages_own_are_refused(tmp_path: Path) -> None:
    evil = tiny_preset(title="</script><script>document.title='broken'</script><img src=x onerror=alert(1)>")
    text = page([evil])
    (tmp_path / "evil.html").write_text(text)
    (tmp_path / "added.html").write_text(text.replace("<main>", "<script>document.title='added'</script><main>"))
    with browser() as driver:
        driver.get((tmp_path / "evil.html").as_uri())
        until(driver, "document.body.className.includes('ready')")
        assert driver.find_element("css selector", "h2").text == evil.title  # as text, all of it
        assert driver.title.startswith("eigenwalk: </script>")
        assert driver.get_log("browser") == []
        driver.get((tmp_path / "added.html").as_uri())
        until(driver, "document.body.className.includes('ready')")
        assert driver.title != "added"
        assert "Content Security Policy" in driver.get_log("browser")[0]["message"]


def test_the_page_names_nothing_outside_itself() -> None:
    text = page([PRESET])
    assert not re.search(r"(?:src|href|url)\s*[=(]", text.split('<script type="application/json"')[0])
    assert "http://" not in text
    assert "https://" not in text


def test_what_a_page_says_of_its_preset() -> None:
    header = json.loads(page([PRESET]).split('id="presets">')[1].split("</script>")[0])[0]
    assert (header["segments"], header["metre"], header["labels"]) == (len(PRESET), [4, 4], ["even", "odd"])
    assert [c["name"] for c in header["controls"]][:3] == ["step", "neighbors", "temperature"]
