"""`eigenwalk fit`: from a folder of music to a preset.

What flows in: paths and settings. What flows out: a preset file, and a summary of what was read and how well it fits.
"""

import json
import time
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from instrument.errors import UserError
from instrument.preset import SUFFIX, Preset
from instrument.tempo import Metre

SHOWN = 20  # skipped files that the summary names; the report names all

# what `fit` can be told, in the order of its help
Paths = Annotated[list[Path], typer.Argument(help="MIDI files, or folders of them.", show_default=False)]
Name = Annotated[str, typer.Option(help="What the preset is called.", show_default=False)]
Out = Annotated[Path | None, typer.Option(help="Where it is saved; else presets/NAME in this folder.")]
Segment = Annotated[str, typer.Option(help="What one step plays: beat, half-bar or bar.")]
Key = Annotated[str, typer.Option(help="normalise: all to C major or A minor; keep: as it is.")]
OneMetre = Annotated[str | None, typer.Option(help="Take only music in this metre, such as 3/4.")]
Label = Annotated[list[str] | None, typer.Option(help="A name for each PATH: the regions of the map.")]
Tracks = Annotated[str, typer.Option(help="Take only these tracks: numbers or names, with commas.")]
Channels = Annotated[str, typer.Option(help="Take only these channels (1-16), with commas.")]
NoDrums = Annotated[bool, typer.Option("--no-drums", help="Leave channel 10 out.")]
DrumsOnly = Annotated[bool, typer.Option("--drums-only", help="Take channel 10 alone.")]
Method = Annotated[str, typer.Option(help="laplacian, lle, modified-lle, isomap, spectral, pca or umap.")]
Neighbors = Annotated[int, typer.Option(min=2, max=200, help="Neighbours of a segment in the graph.")]
Sigma = Annotated[int, typer.Option(min=1, max=200, help="The neighbour whose distance sets the scale.")]
Components = Annotated[int, typer.Option(min=2, max=64, help="Dimensions of the embedding.")]
Title = Annotated[str, typer.Option(help="Its title on the screen; else the name.")]
Licence = Annotated[str, typer.Option(help="The music's licence, kept in the preset.")]
Jobs = Annotated[int, typer.Option(min=0, help="Worker processes; 0: one a core.")]
Cluster = Annotated[str, typer.Option(help="Spread the work over the dask scheduler at this address.")]
Report = Annotated[Path | None, typer.Option(help="Also write the summary here, as JSON.")]


def fit(
    paths: Paths,
    name: Name,
    out: Out = None,
    segment: Segment = "beat",
    key: Key = "normalise",
    metre: OneMetre = None,
    label: Label = None,
    tracks: Tracks = "",
    channels: Channels = "",
    no_drums: NoDrums = False,
    drums_only: DrumsOnly = False,
    method: Method = "laplacian",
    neighbors: Neighbors = 15,
    sigma: Sigma = 7,
    components: Components = 12,
    title: Title = "",
    licence: Licence = "unknown",
    jobs: Jobs = 0,
    cluster: Cluster = "",
    report: Report = None,
) -> None:
    """Learn music from MIDI files: make a preset that `play` can walk.

    Examples: `eigenwalk fit ~/midi/blues --name blues`, and two folders as two regions of one map:
    `eigenwalk fit reels jigs --label reels --label jigs --name session --report session.json`.
    """
    from instrument.fit import Settings
    from instrument.fit.corpus import find
    from instrument.fit.workers import workers

    if label and len(label) != len(paths):
        raise UserError(f"{len(label)} --label for {len(paths)} PATH; give one a path")
    source = ", ".join(path.name for path in paths)
    music: dict[str, Any] = {"segment": segment, "key": key, "metre": _metre(metre)}
    manifold: dict[str, Any] = {"method": method, "neighbors": neighbors, "sigma": sigma, "components": components}
    settings = Settings(title=title or name, source=source, licence=licence, **music, **manifold)
    wanted = _filter(tracks, channels, no_drums, drums_only)
    path = out or Path("presets") / f"{name}{SUFFIX}"
    path.parent.mkdir(parents=True, exist_ok=True)
    begin = time.monotonic()
    with workers(jobs, cluster):
        summary = _make(find(paths, label or []), wanted, settings, path)
    summary["seconds"] = round(time.monotonic() - begin, 1)
    _show(summary)
    if report:
        report.write_text(json.dumps(summary, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _make(sources: Any, wanted: Any, settings: Any, path: Path) -> dict[str, Any]:
    """Read, fit and save, with a progress bar a stage; returns the summary."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from instrument.fit import STAGES
    from instrument.fit import fit as fit_pieces
    from instrument.fit.corpus import read

    columns = (TextColumn("{task.description:<12}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=False) as bars:
        reading = bars.add_task("reading", total=len(sources))
        corpus = read(sources, wanted, lambda files: bars.advance(reading, files))
        open_bar: list[Any] = []

        def stage(name: str) -> None:
            while open_bar:
                bars.advance(open_bar.pop())
            if name in STAGES:
                open_bar.append(bars.add_task(name, total=1))

        if not corpus.pieces:
            raise UserError(f"no music could be read; {_reasons(corpus.skipped)}")
        preset = fit_pieces(corpus.pieces, settings, stage)
        stage("saved")
    preset.save(path)
    return _summary(corpus, preset, path)


def _summary(corpus: Any, preset: Preset, path: Path) -> dict[str, Any]:
    return {
        "preset": str(path),
        "files": corpus.files,
        "pieces": len(preset.meta["pieces"]),
        "skipped": [{"file": file, "reason": reason} for file, reason in corpus.skipped],
        "left_out": preset.meta["fit"]["left_out"],
        **preset.meta["fit"],
        "megabytes": round(path.stat().st_size / 1e6, 2),
    }


def _show(summary: dict[str, Any]) -> None:
    skipped = summary["skipped"] + [{"file": name, "reason": reason} for name, reason in summary["left_out"].items()]
    typer.echo(
        f"{summary['preset']}: {summary['pieces']} pieces, {summary['segments']} segments, "
        f"{summary['megabytes']} MB, {summary['seconds']} s"
    )
    typer.echo(
        f"trustworthiness {summary['embedding']['trustworthiness']:.3f} in {summary['components']} dimensions, "
        f"{summary['map']['trustworthiness']:.3f} on the map; graph in {summary['graph_components']} component(s)"
    )
    if skipped:
        typer.echo(f"skipped {len(skipped)}:")
        for row in skipped[:SHOWN]:
            typer.echo(f"  {row['file']}: {row['reason']}")
        if len(skipped) > SHOWN:
            typer.echo(f"  and {len(skipped) - SHOWN} more: {_reasons([(r['file'], r['reason']) for r in skipped])}")


def _reasons(skipped: list[tuple[str, str]]) -> str:
    counted = Counter(reason for _, reason in skipped)
    return "; ".join(f"{count} {reason}" for reason, count in counted.most_common(5))


def _filter(tracks: str, channels: str, no_drums: bool, drums_only: bool) -> Any:
    from instrument.fit.read import Filter

    if no_drums and drums_only:
        raise UserError("--no-drums and --drums-only leave nothing; give one of them")
    return Filter(_words(tracks), _numbers(channels), "none" if no_drums else "only" if drums_only else "both")


def _metre(text: str | None) -> Metre | None:
    if text is None:
        return None
    beats, _, unit = text.partition("/")
    if not (beats.isdigit() and unit in ("1", "2", "4", "8", "16", "32") and 1 <= int(beats) <= 32):
        raise UserError(f"--metre takes a time signature such as 3/4, not {text!r}")
    return Metre(int(beats), int(unit))


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _numbers(text: str) -> tuple[int, ...]:
    words = _words(text)
    if any(not word.isdigit() or not 1 <= int(word) <= 16 for word in words):
        raise UserError(f"--channels takes numbers from 1 to 16, not {text!r}")
    return tuple(map(int, words))
