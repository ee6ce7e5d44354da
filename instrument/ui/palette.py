"""The fixed palette: style classes in four depths of colour, for dark and for light rooms.

What flows in: the terminal's environment. What flows out: a prompt_toolkit Style and a ColorDepth. Panels name
classes only (`region2-3`: second hue, brightest of four), never a colour. With NO_COLOR, or on a terminal that has
none, weight and reverse video carry what colour did.
"""

from collections.abc import Mapping

from prompt_toolkit.output import ColorDepth
from prompt_toolkit.styles import Style

LEVELS = 4  # brightness steps of a region on the map
FADES = 5  # steps in which a trail fades
PARTS = 4
HUES = 8

# background, panel behind the selected row, faint, dim, text, strong
DARK = ("#0d1117", "#1f2a37", "#2f3843", "#7d8894", "#c9d3de", "#ffffff")
LIGHT = ("#fbfaf6", "#e3e6ee", "#d3d4d2", "#6b6f76", "#2a2f36", "#000000")
DARK_HUES = ("#4fb3d9", "#c792ea", "#8fce6a", "#e8a15c", "#e06c8b", "#5fd0b5", "#d6c25b", "#8f9cf0")
LIGHT_HUES = ("#1f6f94", "#7f3fb0", "#3f7d20", "#a65a12", "#b02a52", "#12806a", "#80700a", "#4350b8")
DARK_PARTS = ("#ffc44d", "#ff7ac6", "#7dfa8c", "#a9a1ff")
LIGHT_PARTS = ("#b36b00", "#b8007a", "#087a1c", "#4a3fd0")
DARK_SIGNS = ("#ff6b6b", "#ffc44d", "#7ee787")  # wrong, warning, well
LIGHT_SIGNS = ("#c01818", "#9a6200", "#14752a")

ANSI_HUES = ("cyan", "magenta", "green", "yellow", "red", "brightcyan", "brightyellow", "brightblue")
ANSI_PARTS = ("brightyellow", "brightmagenta", "brightgreen", "brightblue")


def depth(environment: Mapping[str, str]) -> ColorDepth:
    """How many colours the terminal has, by what it says of itself; NO_COLOR (https://no-color.org) is obeyed."""
    term = environment.get("TERM", "")
    if environment.get("NO_COLOR") or term in ("dumb", "vt100", "vt220", ""):
        return ColorDepth.DEPTH_1_BIT
    if environment.get("COLORTERM", "").lower() in ("truecolor", "24bit") or term.endswith("-direct"):
        return ColorDepth.DEPTH_24_BIT
    return ColorDepth.DEPTH_8_BIT if "256" in term else ColorDepth.DEPTH_4_BIT


def is_light(environment: Mapping[str, str]) -> bool:
    """Whether the terminal says that its background is light: COLORFGBG ends in colour 7 or in 9..15."""
    last = environment.get("COLORFGBG", "").rpartition(";")[2]
    return last.isdigit() and int(last) in (7, 9, 10, 11, 12, 13, 14, 15)


def style(colours: ColorDepth, light: bool) -> Style:
    """The palette for a terminal of so many colours."""
    if colours is ColorDepth.DEPTH_1_BIT:
        return Style.from_dict(_mono())
    if colours is ColorDepth.DEPTH_4_BIT:
        return Style.from_dict(_ansi(light))
    return Style.from_dict(_full(light))


def mix(one: str, other: str, share: float) -> str:
    """The colour `share` (0..1) of the way from `one` to `other`, both #rrggbb."""
    pairs = zip(bytes.fromhex(one[1:]), bytes.fromhex(other[1:]), strict=True)
    return "#" + "".join(f"{round(a + share * (b - a)):02x}" for a, b in pairs)


def _full(light: bool) -> dict[str, str]:
    ground, panel, faint, dim, text, strong = LIGHT if light else DARK
    hues, parts = (LIGHT_HUES, LIGHT_PARTS) if light else (DARK_HUES, DARK_PARTS)
    wrong, warning, well = LIGHT_SIGNS if light else DARK_SIGNS
    classes = {
        "": f"{text} bg:{ground}",
        "faint": faint, "dim": dim, "strong": f"{strong} bold", "title": f"{dim} bold",
        "key": f"{strong} bold", "value": strong, "moved": f"{parts[0]} bold",
        "chosen": f"{strong} bg:{panel} bold", "full": hues[0], "empty": faint,
        "full-chosen": f"{parts[0]} bg:{panel}", "empty-chosen": f"{dim} bg:{panel}",
        "wrong": f"{wrong} bold", "warning": f"{warning} bold", "well": f"{well} bold",
        "sign-wrong": f"{ground} bg:{wrong} bold", "sign-warning": f"{ground} bg:{warning} bold",
        "rolling": f"{ground} bg:{well} bold", "standing": f"{ground} bg:{dim} bold",
        "overlay": f"{text} bg:{panel}", "overlay-key": f"{parts[0]} bg:{panel} bold",
        "overlay-title": f"{strong} bg:{panel} bold", "overlay-dim": f"{dim} bg:{panel}",
        "completion-menu": f"{text} bg:{panel}", "completion-menu.completion.current": f"{ground} bg:{parts[0]}",
        "completion-menu.meta.completion": f"{dim} bg:{panel}",
        "completion-menu.meta.completion.current": f"{ground} bg:{parts[0]}",
        "chip": f"{ground} bg:{parts[0]} bold", "bookmark": f"{strong} bold underline", "heard": f"{well} bold",
        "target": f"{wrong} bold",
    }  # fmt: skip
    for i, hue in enumerate(hues):
        classes |= {f"region{i}-{n}": mix(ground, hue, 0.34 + 0.22 * n) for n in range(LEVELS)}
        classes[f"name{i}"] = f"{mix(hue, strong, 0.35)} bold"
    voices = [mix(hue, strong, 0.15) for hue in hues]
    classes |= {f"voice{i}": colour for i, colour in enumerate(voices)}
    classes |= {f"voice{i}-{j}": f"{a} bg:{b}" for i, a in enumerate(voices) for j, b in enumerate(voices)}
    for i, hue in enumerate(parts):
        classes |= {f"trail{i}-{n}": mix(ground, hue, 1 - 0.17 * n) for n in range(FADES)}
        classes[f"candidate{i}"] = mix(hue, strong, 0.55) + " bold"
        classes[f"place{i}"] = f"{ground} bg:{hue} bold"
        classes[f"part{i}"] = f"{hue} bold"
    return classes


def _ansi(light: bool) -> dict[str, str]:
    strong = "ansiblack" if light else "ansiwhite"
    hue = [f"ansi{h.removeprefix('bright') if light else h}" for h in ANSI_HUES]
    part = [f"ansi{h.removeprefix('bright') if light else h}" for h in ANSI_PARTS]
    classes = {
        "faint": "ansibrightblack", "dim": "ansibrightblack" if not light else "", "strong": f"{strong} bold",
        "title": "bold", "key": f"{strong} bold", "value": strong, "moved": f"{part[0]} bold",
        "chosen": "reverse bold", "full": "ansicyan", "full-chosen": "reverse", "empty": "ansibrightblack",
        "empty-chosen": "reverse",
        "wrong": "ansired bold", "warning": "ansiyellow bold", "well": "ansigreen bold",
        "sign-wrong": "ansiwhite bg:ansired bold", "sign-warning": "ansiblack bg:ansiyellow",
        "rolling": "ansiblack bg:ansigreen", "standing": "reverse", "overlay": "reverse",
        "overlay-key": "reverse bold",
        "overlay-title": "reverse bold", "overlay-dim": "reverse", "completion-menu": "reverse",
        "completion-menu.completion.current": "noreverse bold", "completion-menu.meta.completion": "reverse",
        "completion-menu.meta.completion.current": "noreverse", "chip": "reverse bold",
        "bookmark": f"{strong} bold underline", "heard": "ansigreen bold", "target": "ansired bold",
    }  # fmt: skip
    for i, name in enumerate(hue):
        classes |= {f"region{i}-{n}": name for n in range(LEVELS)}
        classes |= {f"name{i}": f"{name} bold", f"voice{i}": f"{name} bold"}
        classes |= {f"voice{i}-{j}": f"{name} bg:{other}" for j, other in enumerate(hue)}
    for i, name in enumerate(part):
        classes |= {f"trail{i}-{n}": f"{name} bold" if n < 2 else name for n in range(FADES)}
        classes |= {
            f"candidate{i}": f"{strong} bold",
            f"place{i}": f"{name} reverse bold",
            f"part{i}": f"{name} bold",
        }
    return classes


def _mono() -> dict[str, str]:
    heavy = ("strong", "title", "key", "value", "moved", "wrong", "warning", "well", "heard", "target", "bookmark")
    turned: tuple[str, ...] = (
        "chosen",
        "full-chosen",
        "empty-chosen",
        "rolling",
        "standing",
        "sign-wrong",
        "sign-warning",
    )
    turned += ("overlay", "overlay-key", "overlay-title", "overlay-dim")
    classes = dict.fromkeys(heavy, "bold") | dict.fromkeys(turned, "reverse")
    classes |= {f"name{i}": "bold" for i in range(HUES)} | {f"place{i}": "reverse bold" for i in range(PARTS)}
    classes |= {f"candidate{i}": "bold" for i in range(PARTS)}
    classes |= {
        f"trail{i}-{n}": "bold underline" if n < 2 else "underline" for i in range(PARTS) for n in range(FADES)
    }
    menu = {"completion-menu": "reverse", "completion-menu.completion.current": "noreverse bold"}
    return classes | menu
