"""A flood at the clock's door: bounded, the newest kept, commands never lost, statuses still sent."""

import threading
import time
from itertools import cycle
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from instrument.live.session.crowd import CROWD, Door, replaces, strikes
from instrument.live.session.pipe import Inbox
from instrument.messages import Heard, Message, Set, command
from instrument.notes import note_on
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


class Answering(ListEngine):
    """Takes half a millisecond a message, answers the first note that it hears, and has nothing else to do."""

    def handle(self, message: Any, tick: int) -> None:
        """Answers at once."""
        super().handle(message, tick)
        if isinstance(message, Heard):
            if len(self.handled) == 2:
                self._outputs.insert(0, note_on(tick, 0, 72, 80))
            end = time.perf_counter() + 0.0005
            while time.perf_counter() < end:
                pass


def test_an_answer_does_not_wait_for_the_end_of_a_flood() -> None:
    engine = Answering([note_on(2400, 0, 60, 80)])  # in a second
    stage = Stage(engine)
    taken_in: list[int] = []
    send = stage.port.send

    def watched(data: tuple[int, ...], due_ns: int) -> None:
        taken_in.append(len(engine.handled))
        send(data, due_ns)

    stage.port.send = watched  # type: ignore[method-assign]

    def crowd() -> None:
        while engine.tick < 1:  # until it rolls
            time.sleep(0.01)
        for _ in range(CROWD - 8):
            stage.post(Heard((0x90, 60, 90)))

    stage.post(command("play"))
    later = threading.Thread(target=crowd)
    later.start()
    stage.session.run()
    later.join()
    assert stage.port.sent[0] == (0x90, 72, 80)
    assert taken_in[0] < CROWD // 4, "of so many messages in the crowd"
