from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sidecar.jobs.progress import MAX_INTERVAL_S, MIN_INTERVAL_S, Progress

SLACK_S = 1e-6


class VirtualClock(selectors.DefaultSelector):
    """Lets time pass at once whenever the loop would wait for a timer."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        self.now += timeout or 0.0
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop in which sleeping takes no time."""

    def __init__(self) -> None:
        self._clock = VirtualClock()
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.now


class Listener:
    """Notes when each notification came and what it said."""

    def __init__(self) -> None:
        self.heard: list[tuple[float, dict[str, Any]]] = []

    def notify(
        self,
        method: str,
        params: dict[str, Any],
        collapse: str | None = None,
        on_written: Callable[[], None] | None = None,
    ) -> None:
        assert (method, collapse) == ("job.progress", "j")
        self.heard.append((asyncio.get_running_loop().time(), params))

    @property
    def times(self) -> list[float]:
        return [time for time, _ in self.heard]

    def all(self, field: str) -> list[Any]:
        return [params[field] for _, params in self.heard]


def in_virtual_time(scenario: Callable[[Progress], Coroutine[Any, Any, None]]) -> Listener:
    """Run a scenario that reports progress; gives what was heard of it."""
    listener = Listener()

    async def run() -> None:
        progress = Progress(listener.notify, "j", "work")
        try:
            await scenario(progress)
        finally:
            progress.stop()

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(run())
    return listener


def test_a_new_stage_is_told_at_once() -> None:
    async def scenario(progress: Progress) -> None:
        for stage in ("loading", "speaking", "joining"):
            progress.report(stage, 0, 1, "chunks")
            await asyncio.sleep(0.01)

    listener = in_virtual_time(scenario)
    assert listener.all("stage") == ["loading", "speaking", "joining"]
    assert listener.times == pytest.approx([0.0, 0.01, 0.02])


def test_one_stage_is_told_ten_times_a_second_at_most_and_its_last_news_comes_through() -> None:
    async def scenario(progress: Progress) -> None:
        for step in range(1_001):
            progress.report("speaking", step, 1_000, "steps")
            await asyncio.sleep(0.001)
        await asyncio.sleep(MIN_INTERVAL_S)

    listener = in_virtual_time(scenario)
    gaps = [later - earlier for earlier, later in zip(listener.times, listener.times[1:], strict=False)]
    assert min(gaps) >= MIN_INTERVAL_S - SLACK_S
    assert max(gaps) <= MIN_INTERVAL_S + 0.001 + SLACK_S
    assert listener.all("completed")[-1] == 1_000


def test_work_without_news_is_told_of_every_two_seconds() -> None:
    async def scenario(progress: Progress) -> None:
        progress.report("loading", 0, None, "bytes")
        await asyncio.sleep(7)

    listener = in_virtual_time(scenario)
    assert listener.times == pytest.approx([0.0, 2.0, 4.0, 6.0])
    assert listener.all("total") == [None] * 4


def test_nothing_is_told_once_the_job_has_stopped() -> None:
    async def scenario(progress: Progress) -> None:
        progress.report("speaking", 1, 2, "chunks")
        progress.report("speaking", 2, 2, "chunks")
        progress.stop()
        await asyncio.sleep(10)

    assert len(in_virtual_time(scenario).heard) == 1


def test_a_notification_has_every_field_of_the_contract() -> None:
    async def scenario(progress: Progress) -> None:
        await asyncio.sleep(3)
        progress.report("speaking", 1, 4, "chunks", message="the first of four")

    ((_, params),) = in_virtual_time(scenario).heard
    assert params == {
        "job_id": "j",
        "kind": "work",
        "stage": "speaking",
        "completed": 1,
        "total": 4,
        "unit": "chunks",
        "message": "the first of four",
        "fraction": 0.25,
        "eta_s": 9.0,
    }


def test_no_time_is_promised_before_there_is_anything_to_go_by() -> None:
    async def scenario(progress: Progress) -> None:
        await asyncio.sleep(3)
        progress.report("speaking", 1, 1_000, "chunks")

    assert in_virtual_time(scenario).all("eta_s") == [None]


REPORTS = st.tuples(
    st.sampled_from(["a", "b"]), st.floats(0, 20), st.none() | st.floats(0, 10), st.none() | st.floats(-1, 2)
)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 5), REPORTS), min_size=1, max_size=20))
def test_whatever_is_reported_the_fraction_never_goes_back_and_no_silence_is_long(
    reports: list[tuple[float, tuple[str, float, float | None, float | None]]],
) -> None:
    async def scenario(progress: Progress) -> None:
        for pause_s, (stage, completed, total, fraction) in reports:
            progress.report(stage, completed, total, "steps", fraction)
            await asyncio.sleep(pause_s)

    listener = in_virtual_time(scenario)
    fractions = listener.all("fraction")
    assert fractions == sorted(fractions)
    assert 0 <= fractions[0] <= fractions[-1] <= 1
    for (earlier, before), (later, now) in zip(listener.heard, listener.heard[1:], strict=False):
        assert later - earlier <= MAX_INTERVAL_S + SLACK_S
        assert before["stage"] != now["stage"] or later - earlier >= MIN_INTERVAL_S - SLACK_S
