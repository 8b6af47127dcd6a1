"""A `Control` for tests: it keeps what it is told, and cancels at a moment of the test's choice."""

from __future__ import annotations

from collections.abc import Callable

from sidecar.errors import Cancelled


class Listening:
    """`stop` is asked at every check."""

    def __init__(self, stop: Callable[[], bool] = lambda: False) -> None:
        self.stages: list[str] = []
        self._stop = stop

    def check(self) -> None:
        if self._stop():
            raise Cancelled("The test says so.")

    def progress(self, stage: str, completed: float, total: float | None, unit: str) -> None:
        self.stages.append(stage)
