"""Before (live room): where a part stood when it decided a step, for the case that the step never sounds.

What flows in: the part's state and memories. What flows out: the same, when a stop or a seek takes the step back.
"""

from typing import NamedTuple

from instrument.live.hand import Glide, Played
from instrument.live.walk import State


class Before(NamedTuple):
    """What a step began from."""

    state: State | None
    jump: int | None
    path: list[Played]
    rhythm: list[Played]
    glide: Glide | None
