"""Workshop: what a fit is asked for. Plain values with their defaults; nothing is computed here."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from instrument.errors import UserError
from instrument.tempo import Metre

SEGMENTS = ("beat", "half-bar", "bar")
KEYS = ("normalise", "keep")
METHODS = ("laplacian", "lle", "modified-lle", "isomap", "spectral", "pca", "umap")


class FitError(UserError):
    """The music or the settings cannot be fitted; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to fit: `neighbors` make the graph, the `sigma`th one's distance scales it, `components` is d."""

    title: str = "untitled"
    source: str = ""
    licence: str = "unknown"
    attribution: str = ""
    segment: str = "beat"
    key: str = "normalise"
    metre: Metre | None = None
    method: str = "laplacian"
    neighbors: int = 15
    sigma: int = 7
    components: int = 12
    controls: Mapping[str, float] = field(default_factory=dict)
    programs: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for name, choices in (("segment", SEGMENTS), ("key", KEYS), ("method", METHODS)):
            if getattr(self, name) not in choices:
                raise FitError(f"--{name} takes one of {', '.join(choices)}, not {getattr(self, name)!r}")
