"""What was to be reached, and whether it was."""

from typing import Any, NamedTuple

PEERS = ("mido", "asyncio", "isobar", "supriya", "subsequence")
OURS, LOADED, PLAIN, FLOOR, FLOOR_PLAIN = (
    "eigenwalk",
    "eigenwalk, all at once",
    "eigenwalk, no real time",
    "floor",
    "floor, no real time",
)
Row = dict[str, Any]


class Goal(NamedTuple):
    """`value` was to be `limit` at most."""

    what: str
    value: float
    limit: float
    unit: str

    @property
    def met(self) -> bool:
        """Whether it is."""
        return self.value <= self.limit

    def line(self) -> str:
        """As text."""
        mark = "+" if self.met else "x"
        return f"{mark} {self.what}: {self.value:.4g} {self.unit}, to be {self.limit:.4g} at most"


def judged(result: dict[str, Any]) -> list[Goal]:
    """All goals whose figures are there."""
    by = {(row["name"], row["screen"]): row for row in result["rows"]}
    delivery = {row["name"]: row["deviation_us"] for row in result.get("delivery", [])}
    goals = [*_clock(by), *_peers(by), *_delivery(delivery)]
    if knob := result.get("knob_beyond_a_step_ms"):
        goals.append(Goal("knob to the first changed note, beyond a step, worst", knob["max"], 15, "ms"))
    if "cpu_at_defaults" in result:
        goals.append(Goal("CPU at defaults", 100 * result["cpu_at_defaults"], 8, "% of a core"))
    goals.append(Goal("drift over a simulated hour", abs(result["drift_ppm_an_hour"]), 0, "ppm"))
    return goals


def _clock(by: dict[tuple[str, bool], Row]) -> list[Goal]:
    goals = []
    if floor := by.get((FLOOR, False)):
        for name in (OURS, LOADED):
            if ours := by.get((name, True)):
                limit = max(400, 1.3 * floor["p99_us"])
                goals.append(Goal(f"{name}, screen: p99", ours["p99_us"], limit, "us"))
                share = 100 * (floor["over_1ms"] + 0.001)
                goals.append(Goal(f"{name}, screen: later than 1 ms", 100 * ours["over_1ms"], share, "%"))
    if (floor := by.get((FLOOR_PLAIN, False))) and (ours := by.get((PLAIN, True))):
        goals.append(Goal(f"{PLAIN}, screen: p99", ours["p99_us"], 1.5 * floor["p99_us"], "us"))
    return goals


def _peers(by: dict[tuple[str, bool], Row]) -> list[Goal]:
    goals = []
    for screen, times in ((True, 50), (False, 1)):
        peers = {name: row["p99_us"] for (name, beside), row in by.items() if name in PEERS and beside == screen}
        if peers and (ours := by.get((OURS, screen))):
            name = min(peers, key=lambda peer: peers[peer])
            where = "beside the screen" if screen else "alone"
            goals.append(Goal(f"p99 {where} x {times}, against {name}", times * ours["p99_us"], peers[name], "us"))
    return goals


def _delivery(deviation: dict[str, float]) -> list[Goal]:
    placed = deviation.get("eigenwalk placed by JACK, screen on other core")
    sent = deviation.get("eigenwalk through rtmidi, screen on same core")
    goals = []
    if placed is not None:
        goals.append(Goal("placed by JACK: clock interval deviation", placed, 20, "us"))
        if sent is not None:
            goals.append(Goal("placed by JACK x 5, against rtmidi", 5 * placed, sent, "us"))
    return goals
