from __future__ import annotations

import threading
from collections import deque

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from sidecar.rpc.outbox import Outbox

BOUND = 100
LINE = 10
JOBS = ("a", "b", "c")


def drain(outbox: Outbox) -> list[bytes]:
    outbox.close()
    taken = []
    while (item := outbox.take()) is not None:
        taken.append(item[0])
    return taken


def numbered(kind: str, number: int) -> bytes:
    return f"{kind}{number:09}".encode()


class OutboxMachine(RuleBasedStateMachine):
    """A client that reads as it likes, beside a model that only knows what was put in."""

    def __init__(self) -> None:
        super().__init__()
        self.outbox = Outbox(BOUND)
        self.answers: deque[bytes] = deque()
        self.newest: dict[str, bytes] = {}
        self.last_taken = -1
        self.put_bytes = self.taken_bytes = 0
        self.number = 0

    @rule()
    def answer(self) -> None:
        self.answers.append(self._put("!", None))

    @rule(job=st.sampled_from(JOBS))
    def progress(self, job: str) -> None:
        self.newest[job] = self._put(job, job)

    @precondition(lambda self: self.answers or self.newest)
    @rule()
    def take(self) -> None:
        item = self.outbox.take()
        assert item is not None
        self._check(item[0])

    def teardown(self) -> None:
        left = drain(self.outbox)
        # Whatever was put while there was no room, only the newest line a job waits beyond the bound.
        progress = [line for line in left if line[:1] != b"!"]
        assert len(progress) * LINE <= BOUND + len(JOBS) * LINE
        for line in left:
            self._check(line)
        assert not self.answers
        assert not self.newest

    def _put(self, kind: str, collapse: str | None) -> bytes:
        line = numbered(kind, self.number)
        self.number += 1
        self.outbox.put(line, collapse)
        return line

    def _check(self, line: bytes) -> None:
        kind, number = line[:1].decode(), int(line[1:])
        assert number > self.last_taken
        self.last_taken = number
        if kind == "!":
            assert line == self.answers.popleft()
        elif line == self.newest[kind]:
            del self.newest[kind]


TestOutbox = OutboxMachine.TestCase
TestOutbox.settings = settings(max_examples=50, stateful_step_count=40)


@given(st.lists(st.sampled_from(JOBS), max_size=BOUND // LINE))
def test_below_the_bound_every_line_is_kept(jobs: list[str]) -> None:
    outbox = Outbox(BOUND)
    lines = [numbered(job, number) for number, job in enumerate(jobs)]
    for line, job in zip(lines, jobs, strict=True):
        outbox.put(line, job)
    assert drain(outbox) == lines


def test_above_the_bound_only_the_newest_progress_of_each_job_waits() -> None:
    outbox = Outbox(LINE)
    outbox.put(b"an answer\n")
    outbox.put(b"more....\n" * 2)
    for number in range(1_000):
        outbox.put(numbered("a", number), "a")
        outbox.put(numbered("b", number), "b")
    assert drain(outbox)[2:] == [numbered("a", 999), numbered("b", 999)]


def test_progress_of_one_job_never_takes_the_place_of_anothers_or_of_an_answer() -> None:
    outbox = Outbox(1)
    for line, key in ((b"1", None), (b"2", "a"), (b"3", None), (b"4", "b"), (b"5", None)):
        outbox.put(line, key)
    assert drain(outbox) == [b"1", b"2", b"3", b"4", b"5"]


def test_whoever_waits_for_room_goes_on_once_the_client_has_read() -> None:
    outbox = Outbox(LINE)
    outbox.put(b"x" * LINE)
    assert not outbox.has_room
    waiting = threading.Thread(target=outbox.wait_for_room, args=[60.0], daemon=True)
    waiting.start()
    outbox.take()
    waiting.join(5)
    assert not waiting.is_alive()


def test_whoever_waits_for_room_goes_on_when_nothing_will_be_written_any_more() -> None:
    outbox = Outbox(LINE)
    outbox.put(b"x" * LINE)
    waiting = threading.Thread(target=outbox.wait_for_room, args=[60.0], daemon=True)
    waiting.start()
    outbox.close()
    waiting.join(5)
    assert not waiting.is_alive()


def test_the_writer_is_told_whom_to_tell_that_a_line_was_written() -> None:
    outbox = Outbox(BOUND)
    told: list[str] = []
    outbox.put(b"finished", on_written=lambda: told.append("finished"))
    item = outbox.take()
    assert item is not None
    assert item[1] is not None
    item[1]()
    assert told == ["finished"]
