"""`eigenwalk explain`: the walk in slow motion, each step with what it weighed and why."""

import json
from typing import Annotated, Any

import typer


def explain(
    preset: Annotated[str, typer.Argument(help="A preset of the bank, or a preset file.")] = "bach-chorales",
    bars: Annotated[int, typer.Option(min=1, max=10_000, help="How many bars to walk.")] = 8,
    seed: Annotated[int, typer.Option(help="The same seed gives the same walk, here and in play.")] = 1,
    setting: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Put a control at a value; repeatable.")
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="How many candidates to print, likeliest first.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, all candidates of all steps.")] = False,
) -> None:
    """Walk a few bars in slow motion.

    Prints each step: where it came from, what it weighed, what each would cost and why, what was drawn.

    Example: `eigenwalk explain bach-chorales --bars 2 --set temperature=2`.
    """
    from instrument import bank
    from instrument.controls import parse_setting
    from instrument.live.explain import steps
    from instrument.preset import Preset

    loaded = Preset.load(bank.resolve(preset))
    count = max(1, bars * loaded.metre.bar_ticks // loaded.hop - 1)
    walked = steps(loaded, dict(map(parse_setting, setting or [])), seed, count)
    if as_json:
        rows = [{**step._asdict(), "costs": [cost._asdict() for cost in step.costs]} for step in walked]
        typer.echo(json.dumps(rows, indent=1))
        return
    typer.echo(_HEAD)
    for number, step in enumerate(walked, 1):
        typer.echo(_text(loaded, number, step, top))


_HEAD = """distance: from the segment that follows in the piece, in units of the local scale; near: what that costs
join: how the notes lead into it, against the corpus's own join; chord: how it surprises after the two before
echo: how unlike it is to what sounded a loop ago (control echo); tether: how far it is from the walk's home
pull: the bar line, the scale lock, steering; energy: the sum
chance: exp(-energy / temperature), made to sum to 1; > is what the draw took
"""


_COLUMNS = {"distance": 9, "near": 8, "join": 7, "chord": 7, "echo": 6, "tether": 8, "pull": 7, "energy": 8}


def _text(preset: Any, number: int, step: Any, top: int) -> str:
    origin, anchor = _name(preset, step.origin), _name(preset, step.anchor)
    following = int(preset.successor[step.origin])
    follows = "ends its piece; near it follows" if following < 0 else "is followed by"
    if 0 <= following != step.anchor:
        follows = "ends a phrase; the walk departs, for"
    lines = [f"step {number}: {origin} {follows} {anchor}; drawn {step.draw:.3f} over {len(step.costs)} candidates"]
    heads = [f"{title:>{width}}" for title, width in _COLUMNS.items()]
    lines.append("  " + 32 * " " + "".join(heads) + f"{'chance':>8}")
    likely = sorted(step.costs, key=lambda cost: -cost.chance)
    shown = likely[:top] + [cost for cost in likely[top:] if cost.segment == step.segment]
    for cost in shown:
        mark = ">" if cost.segment == step.segment else " "
        name = _name(preset, cost.segment) + (" (goes on)" if cost.segment == step.anchor else "")
        numbers = [f"{getattr(cost, title):{width}.2f}" for title, width in _COLUMNS.items()]
        lines.append(f"{mark} {name:32}{''.join(numbers)}{cost.chance:8.1%}")
    return "\n".join(lines) + "\n"


def _name(preset: Any, segment: int) -> str:
    return f"{preset.piece_name(segment)} {preset.bar(segment)}|{int(preset.metre_position[segment]) + 1}"
