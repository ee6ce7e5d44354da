"""The page: one self-contained HTML file in which a preset can be seen, heard and walked on.

What flows in: one or two presets. What flows out: the text of the page. It loads nothing from anywhere: its style and
script are named in its own security policy by their hashes, and whatever else asks to run or load is refused.
"""

import base64
import hashlib
import html
import json
from collections.abc import Sequence
from pathlib import Path

from instrument.preset import Preset
from instrument.ui.web.pack import pack

SCRIPTS = (
    "data",
    "draw",
    "seams",
    "progressions",
    "likeness",
    "walk",
    "sound",
    "player",
    "colour",
    "view",
    "steps",
    "panel",
    "main",
)
_HERE = Path(__file__).parent


def page(presets: Sequence[Preset]) -> str:
    """The whole page for `presets`, side by side when there are two."""
    style = _read("style.css")
    script = '"use strict";\n' + "\n".join(_read(f"{name}.js") for name in SCRIPTS)
    # in a script element "<" can end it; in JSON the escape means the same character
    data = json.dumps([pack(preset) for preset in presets], ensure_ascii=False, separators=(",", ":"))
    data = data.replace("<", "\\u003c")
    policy = f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}"
    size, segments = (len(data) + len(script)) / 1e6, sum(map(len, presets))
    fields = {
        "POLICY": f"{policy}; base-uri 'none'; form-action 'none'",
        "TITLE": html.escape("eigenwalk: " + " and ".join(preset.title for preset in presets)),
        "STYLE": style,
        "SIZE": f"One file of {size:.1f} MB for {segments:,} segments; it loads nothing from the network.",
        "DATA": data,
        "SCRIPT": script,
    }
    head, *rest = _read("template.html").split("{{")
    return head + "".join(fields[name] + text for name, text in (part.split("}}", 1) for part in rest))


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"
