"""Telling the client how far a job is: at once at a new stage, at most ten times a second, at least every two s."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

MIN_INTERVAL_S = 0.1
MAX_INTERVAL_S = 2.0


class Notify(Protocol):
    """Sends one notification.

    Of those with one `collapse` key only the newest need arrive; `on_written` is called, in another thread, once the
    pipe has taken it.
    """

    def __call__(
        self,
        method: str,
        params: dict[str, Any],
        collapse: str | None = None,
        on_written: Callable[[], None] | None = None,
    ) -> None: ...


class Progress:
    """One job's progress. `fraction` runs from 0 to 1 over the whole job and never goes back."""

    def __init__(self, notify: Notify, job_id: str, kind: str) -> None:
        self._notify = notify
        self._fixed = {"job_id": job_id, "kind": kind}
        self._loop = asyncio.get_running_loop()
        self._started = self._loop.time()
        self._sent_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._news: dict[str, Any] = {}
        self._known_eta_s: float | None = None
        self.stage: str | None = None
        self.fraction = 0.0

    def report(
        self,
        stage: str,
        completed: float,
        total: float | None,
        unit: str,
        fraction: float | None = None,
        message: str = "",
        eta_s: float | None = None,
    ) -> None:
        """Say how far it is. `fraction` defaults to `completed / total` where a total is known.

        `eta_s`, the remaining seconds, is for work that began far along: it is else worked out from the time taken.
        """
        if fraction is None and total:
            fraction = completed / total
        self.fraction = min(1.0, max(self.fraction, fraction or 0.0))
        self._known_eta_s = eta_s
        self._news = {"stage": stage, "completed": completed, "total": total, "unit": unit, "message": message}
        new_stage, self.stage = stage != self.stage, stage
        wait = 0.0 if new_stage else self._sent_at + MIN_INTERVAL_S - self._loop.time()
        self._send_in(max(0.0, wait))

    def stop(self) -> None:
        """Send nothing more."""
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _send_in(self, delay_s: float) -> None:
        if delay_s == 0.0:
            self._send()
        elif self._timer is None or self._timer.when() > self._loop.time() + delay_s:
            self._set_timer(delay_s)

    def _send(self) -> None:
        self._sent_at = self._loop.time()
        self._notify(
            "job.progress",
            self._fixed | self._news | {"fraction": round(self.fraction, 4), "eta_s": self.eta_s()},
            self._fixed["job_id"],
        )
        self._set_timer(MAX_INTERVAL_S)

    def _set_timer(self, delay_s: float) -> None:
        self.stop()
        self._timer = self._loop.call_later(delay_s, self._send)

    def eta_s(self) -> float | None:
        """Remaining seconds if the rest goes as the work so far; None while that would be a guess."""
        if self._known_eta_s is not None or self.fraction < 0.02:
            return self._known_eta_s
        elapsed = self._loop.time() - self._started
        return round(elapsed * (1.0 - self.fraction) / self.fraction, 1)
