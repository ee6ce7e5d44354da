"""From times due and times sent to a row of the table."""

import json
from pathlib import Path
from typing import Any

import numpy as np

NOTE_ON, PULSE = 0x90, 0xF8
COLUMNS = ("n", "p50_us", "p99_us", "p999_us", "max_us", "over_1ms", "drift_ppm", "cpu")


def lateness_us(seen: dict[str, Any]) -> np.ndarray:
    """How late each note_on and pulse was sent, in the order of their times."""
    due, sent = np.array(seen["due_ns"], np.int64), np.array(seen["sent_ns"], np.int64)
    if "status" in seen:
        status = np.array(seen["status"])
        wanted = (status & 0xF0 == NOTE_ON) | (status == PULSE)
        due, sent = due[wanted], sent[wanted]
    order = np.argsort(due, kind="stable")
    return (sent - due)[order] / 1000


def _drift_ppm(seen: dict[str, Any], late: np.ndarray) -> float:
    """The slope of the crowd in us a second: a straggler at an end is not drift."""
    p50, p99 = np.percentile(late, [50, 99])
    at_s = np.sort(np.array(seen["due_ns"], np.int64))[: len(late)] / 1e9
    middle = np.abs(late - p50) <= max(p99 - p50, 1)
    return float(np.polyfit(at_s[middle] - at_s[0], late[middle], 1)[0]) if middle.sum() > 2 else 0.0


def row(name: str, screen: bool, *paths: Path) -> dict[str, Any]:
    """The figures of a contestant, his runs taken together; `paths` are what they wrote."""
    runs = [json.loads(path.read_text()) for path in paths]
    apart = [lateness_us(seen) for seen in runs]
    late = np.concatenate(apart)
    p50, p99, p999 = np.percentile(late, [50, 99, 99.9])
    return {
        "name": name,
        "screen": screen,
        "n": len(late),
        "p50_us": float(p50),
        "p99_us": float(p99),
        "p999_us": float(p999),
        "max_us": float(late.max()),
        "over_1ms": float((late > 1000).mean()),
        "drift_ppm": float(np.mean([_drift_ppm(seen, own) for seen, own in zip(runs, apart, strict=True)])),
        "cpu": float(np.mean([seen["cpu"] for seen in runs])),
        "late_us": late.round(1).tolist(),
    }


def line(figures: dict[str, Any]) -> str:
    """A row as text."""
    share = f"{100 * figures['over_1ms']:.2f}%"
    values = "".join(f"{figures[key]:10.0f}" for key in COLUMNS[:5])
    screen = "screen" if figures["screen"] else ""
    return f"{figures['name']:24}{screen:8}{values}{share:>9}{figures['drift_ppm']:9.1f}{100 * figures['cpu']:7.1f}%"


def heading() -> str:
    """Above the rows."""
    return f"{'':32}{'n':>10}{'p50 us':>10}{'p99 us':>10}{'p99.9':>10}{'max':>10}{'>1 ms':>9}{'ppm':>9}{'core':>8}"


def draw(rows: list[dict[str, Any]], path: Path) -> None:
    """A histogram a row, on one logarithmic axis of lateness."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    edges = np.logspace(0, 5.2, 90)
    figure, axes = pyplot.subplots(len(rows), 1, sharex=True, figsize=(9, 0.62 * len(rows) + 0.8), squeeze=False)
    for axis, figures in zip(axes[:, 0], rows, strict=True):
        late = np.clip(np.array(figures["late_us"]), 1, 10**5.2)
        ours = "eigenwalk" in figures["name"]
        axis.hist(late, edges, color="#1f6f8b" if ours else "#8b8b8b")
        axis.axvline(figures["p99_us"], color="#c0392b", linewidth=1)
        axis.set(xscale="log", yscale="log", ylim=(0.5, None), yticks=[])
        beside = " + screen" if figures["screen"] else ""
        axis.set_ylabel(f"{figures['name']}{beside}", rotation=0, ha="right", va="center", fontsize=8)
    axes[-1, 0].set_xlabel("sent after its time, in microseconds (red: 99th percentile)")
    figure.tight_layout()
    figure.savefig(path, dpi=110)
