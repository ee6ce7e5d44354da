"""The pieces that a quality bench fits and those that it keeps back."""

import sys
import tempfile
from collections.abc import Sequence
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import numpy as np

from instrument.fit import Piece, Settings
from instrument.fit.prepare import felt_metre, without_copies
from instrument.fit.sections import Section
from instrument.fit.sections import split as cut_at
from instrument.preset import Preset
from instrument.tempo import PPQN

SCRIPTS = Path(__file__).resolve().parent.parent
SHARE = 0.8  # of the pieces are fitted
FEW, SECTION_BEATS = 5, 64  # of fewer pieces than that, sections are kept back


def recipes() -> dict[str, Any]:
    """The shipped presets' recipes, from scripts/build_presets."""
    loader = SourceFileLoader("build_presets", str(SCRIPTS / "build_presets"))
    spec = spec_from_loader("build_presets", loader)
    assert spec is not None
    module = module_from_spec(spec)
    sys.modules["build_presets"] = module
    loader.exec_module(module)
    return dict(module.RECIPES)


def read(preset: str, paths: Sequence[Path]) -> tuple[list[Piece], Settings]:
    """The pieces and fit settings of a shipped preset, or of MIDI files when there are `paths`."""
    if paths:
        from instrument.fit.corpus import find  # noqa: PLC0415
        from instrument.fit.corpus import read as read_files  # noqa: PLC0415

        return without_copies(read_files(find(paths)).pieces)[0], Settings(title="corpus")
    known = recipes()
    if preset not in known:
        sys.exit(f"bench_quality: no preset is called {preset!r}; there is {', '.join(known)}")
    recipe = known[preset]
    wanted = recipe.settings.metre
    pieces = [
        p for p in without_copies(recipe.pieces())[0] if wanted is None or felt_metre(p.metre) == felt_metre(wanted)
    ]
    return pieces, recipe.settings


def split(pieces: Sequence[Piece], seed: int = 1) -> tuple[list[Piece], list[Piece]]:
    """80% of the pieces, and the rest, at random."""
    order = np.random.default_rng(seed).permutation(len(pieces))
    cut = int(SHARE * len(pieces))
    return [pieces[i] for i in order[:cut]], [pieces[i] for i in order[cut:]]


def in_sections(pieces: Sequence[Piece]) -> list[Piece]:
    """`pieces` cut at bar lines into sections of about SECTION_BEATS quarters, each a piece of its own."""
    out: list[Piece] = []
    for piece in pieces:
        bar = piece.metre.bar_ticks
        length = max(1, SECTION_BEATS * PPQN // bar) * bar
        starts = range(0, max(1, piece.end - length // 2), length)
        out += cut_at(piece, [Section(start, piece.metre) for start in starts])
    return out


def as_shipped(preset: Preset) -> Preset:
    """`preset` written to a file and read again: what the stage gets."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.safetensors"
        preset.save(path)
        return Preset.load(path)
