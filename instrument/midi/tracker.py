"""A filter for the times of something regular: pulses of a clock, periods of a sound card.

In: when each was noticed (ns), jittered. Out: when the last one truly was, and the period. It is a straight line
fitted through all of them, by recursion: the expanding-memory polynomial filter of degree one, whose gains for the
n-th sample are alpha = 2(2n-1)/(n(n+1)) and beta = 6/(n(n+1)) (E. Brookner, Tracking and Kalman Filtering Made Easy,
1998, ch. 7), equal to least squares; after `memory` samples the gains stay, so that old ones fade.
"""


class Tracker:
    """`time_ns` of the last sample as the line has it, `period_ns` between two, both floats."""

    def __init__(self, time_ns: float, period_ns: float, memory: int, samples: int = 2) -> None:
        self.time_ns, self.period_ns = time_ns, period_ns
        self._memory, self._samples = memory, samples

    @property
    def samples(self) -> int:
        """How many it remembers."""
        return self._samples

    def surprise(self, time_ns: float, periods: float = 1.0) -> float:
        """How far (ns) a sample at `time_ns`, `periods` after the last, is from where the line expects it."""
        return time_ns - self.time_ns - periods * self.period_ns

    def add(self, surprise_ns: float, periods: float = 1.0) -> None:
        """Take in the sample that lay `surprise_ns` off."""
        self._samples = n = min(self._samples + 1, self._memory)
        self.time_ns += periods * self.period_ns + surprise_ns * 2 * (2 * n - 1) / (n * (n + 1))
        self.period_ns += surprise_ns * 6 / (n * (n + 1)) / max(1.0, periods)
