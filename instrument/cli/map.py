"""`eigenwalk map`: the whole manifold as a page to walk on, or as a picture."""

from pathlib import Path
from typing import Annotated

import typer


def map_(
    preset: Annotated[str, typer.Argument(help="A preset of the bank, or a preset file.")],
    beside: Annotated[str | None, typer.Argument(help="Another, to stand beside it.")] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="Where to: a .html, .png or .svg file.")] = Path(
        "map.html"
    ),
    size: Annotated[
        int, typer.Option(min=200, max=8000, help="Width of a picture in pixels, for each preset.")
    ] = 1200,
) -> None:
    """See a preset: a page that plays, or a picture.

    The page is one file, needs no network, and walks by itself; a .png or .svg is the picture alone.

    Examples: `eigenwalk map bach-chorales --out bach.html` and `eigenwalk map bach-chorales --out bach.png`.
    """
    from instrument import bank
    from instrument.errors import UserError
    from instrument.preset import Preset

    presets = [Preset.load(bank.resolve(name)) for name in (preset, beside) if name]
    kind = out.suffix.lower()
    if kind == ".html":
        from instrument.ui.web import page

        data = page(presets).encode()
    elif kind in {".png", ".svg"}:
        from instrument.ui.picture import draw

        data = draw(presets, size, kind[1:])
    else:
        raise UserError(f"{out}: a map is written as .html, .png or .svg")
    out.write_bytes(data)
    typer.echo(f"{out}: {sum(map(len, presets)):,} segments, {len(data) / 1e6:.1f} MB")
