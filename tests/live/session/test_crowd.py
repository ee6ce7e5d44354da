"""A flood at the clock's door: bounded, the newest kept, commands never lost, statuses still sent."""

import threading
import time
from itertools import cycle

from hypothesis import given
from hypothesis import strategies as st

from instrument.live.session.crowd import CROWD, Door, replaces, strikes
from instrument.live.session.pipe import Inbox
from instrument.messages import Heard, Message, Set, command
from tests.live.session.fakes import ListEngine, scale, sounding
from tests.live.session.test_clock import Stage

MESSAGES: st.SearchStrategy[Message] = st.one_of(
    st.builds(Set, st.sampled_from(["step", "home"]), st.floats(0, 1), st.integers(0, 1)),
    st.builds(
        lambda *data: Heard(data), st.sampled_from([0x80, 0x90, 0xB0, 0xE0]), st.integers(1, 3), st.integers(0, 2)
    ),
    st.sampled_from([command("panic"), command("stop"), Heard(()), Heard((0xF8,))]),
)


@given(st.lists(MESSAGES, max_size=30), st.integers(0, 3 * CROWD))
def test_what_counts_is_let_in(messages: list[Message], more: int) -> None:
    inbox = Inbox()
    sent = [*(Set("gate", 0.5) for _ in range(more)), *messages]
    for stamp, message in enumerate(sent):
        inbox.put((stamp, message))
    door = Door(inbox)
    got: list[tuple[int, Message]] = []
    while len(got) + door.passed_over < len(sent):
        got.append(door.get(0))
    if len(sent) <= CROWD:
        assert [message for _, message in got] == sent
        return
    assert [stamp for stamp, _ in got] == sorted(stamp for stamp, _ in got)
    counted = [message for message in sent if replaces(message) is None]
    assert [message for _, message in got if replaces(message) is None] == counted
    last = {replaces(message): message for message in sent if replaces(message) is not None}
    for key, message in last.items():
        assert strikes(message) or [m for _, m in got if replaces(m) == key][-1] == message
    assert not inbox.qsize()


def test_under_a_flood_the_notes_come_on_and_the_screen_is_told() -> None:
    """A thread that posts as fast as it can, for a second of music."""
    stage = Stage(ListEngine(scale(60, step=40)))
    over, flood = threading.Event(), cycle([Heard((0x90, 60, 90)), Heard((0xB0, 7, 1)), Set("tempo", 300.0)])

    def pour() -> None:
        while not over.is_set():
            for _ in range(200):
                stage.inbox.put((time.perf_counter_ns(), next(flood)))
            time.sleep(0.001)

    pourer = threading.Thread(target=pour)
    stage.post(command("play"))
    pourer.start()
    try:
        stage.session.run()
    finally:
        over.set()
        pourer.join()
    assert len(stage.played) == 120
    assert not sounding(stage.port.sent)
    health = stage.statuses[-1].health
    assert health.sent + 2 * health.dropped == 120
    assert len(stage.statuses) > 3
    assert any("more messages come in" in line for line in stage.alerts)
    assert stage.inbox.qsize() < 100_000
