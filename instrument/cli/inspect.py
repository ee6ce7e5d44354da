"""`eigenwalk inspect`: what a preset is made of, whether it fits together, and how a walk fares on it.

What flows in: a preset's name. What flows out: numbers on stdout (JSON when asked), warnings in words.
"""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from instrument import bank
from instrument.preset import Preset

if TYPE_CHECKING:
    from instrument.fit.inspect import Inspection
    from instrument.fit.report import Faithfulness

STEPS = 20_000


def inspect(
    preset: Annotated[str, typer.Argument(help="A preset of the bank, or a file.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
    steps: Annotated[int, typer.Option(min=100, help="Steps of the walk that is tried.")] = STEPS,
    seed: Annotated[int, typer.Option(help="Seed of that walk.")] = 1,
) -> None:
    """Say how well a preset is fitted, what a walk makes of it, and what to mend.

    Example: `eigenwalk inspect bach-chorales --steps 5000`.
    """
    from instrument.fit.inspect import inspect as measure
    from instrument.fit.inspect import warnings

    loaded = Preset.load(bank.resolve(preset))
    found = measure(loaded)
    walked = try_walk(loaded, steps, seed)
    advice = warnings(found)
    if as_json:
        numbers = {**asdict(found), "embedding": found.embedding._asdict(), "map": found.map._asdict()}
        about = {key: loaded.meta.get(key, "") for key in ("title", "source", "licence", "attribution", "method")}
        typer.echo(json.dumps({**about, **numbers, "walk": walked, "warnings": advice}, ensure_ascii=False))
        return
    _print(loaded, found, walked)
    for line in advice:
        typer.echo(f"! {line}")


def try_walk(preset: Preset, steps: int, seed: int) -> dict[str, float]:
    """Figures of a walk of `steps` at the preset's own controls.

    `coverage` is the share of segments visited, `top_percent` the share of visits to the most visited hundredth,
    `verbatim_mean` and `verbatim_longest` count segments played in a row as the corpus has them.
    """
    from collections import Counter

    from instrument.controls import PartControls
    from instrument.live.draw import Draw
    from instrument.live.walk import Walk

    walk, controls = Walk(preset), PartControls().taking(preset.meta["controls"])
    state = walk.start(Draw(seed))
    visits, run, runs = Counter([state.segment]), 1, []
    for number in range(1, steps):
        before = state.segment
        state, _ = walk.step(state, controls, Draw(seed, 0, number))
        visits[state.segment] += 1
        if state.segment == preset.successor[before]:
            run += 1
        else:
            runs.append(run)
            run = 1
    runs.append(run)
    most = [count for _, count in visits.most_common(max(1, len(preset) // 100))]
    return {
        "steps": steps,
        "coverage": round(len(visits) / len(preset), 4),
        "top_percent": round(sum(most) / steps, 4),
        "verbatim_mean": round(sum(runs) / len(runs), 2),
        "verbatim_longest": max(runs),
    }


def _print(preset: Preset, found: "Inspection", walked: dict[str, float]) -> None:
    near, flat = found.embedding, found.map
    spectrum = " ".join(f"{value:.4f}" for value in found.eigenvalues)
    rows = [
        ("preset", f"{preset.title}: {preset.meta.get('source', '')}"),
        ("licence", preset.meta.get("licence", "")),
        ("music", f"{found.pieces} pieces, {found.segments} segments, {found.content_classes} different"),
        ("graph", f"{found.graph_components} component(s), {found.islands:.1%} outside the largest"),
        ("spectrum", f"{preset.meta.get('method', '')}: {spectrum}"),
        ("embedding", _faithful(near)),
        ("map", _faithful(flat)),
        ("candidates", f"hubness {found.hubness:.2f}, orphans {found.orphans:.1%}"),
        ("reachable", f"{found.reachable:.1%} of the segments from one another"),
        (
            "walk",
            f"{walked['steps']} steps: {walked['coverage']:.1%} of the segments, top 1% take "
            f"{walked['top_percent']:.1%} of the visits, {walked['verbatim_mean']:.2f} segments in a row as in the "
            f"corpus, {walked['verbatim_longest']} at most",
        ),
    ]
    for name, text in rows:
        typer.echo(f"{name:<11} {text}")


def _faithful(numbers: "Faithfulness") -> str:
    return (
        f"trustworthiness {numbers.trustworthiness:.3f}, continuity {numbers.continuity:.3f}, "
        f"neighbours kept {numbers.recall:.3f}"
    )
