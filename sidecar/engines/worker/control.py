"""An operation's line back to whoever asked for it: cancellation and progress."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable
from typing import Any

from sidecar.errors import Cancelled

MIN_INTERVAL_S = 0.05


class OperationControl:
    """The `Control` of one operation. `cancel` may be called from any thread."""

    def __init__(self, send: Callable[[dict[str, Any]], None]) -> None:
        self._send = send
        self._cancelled = threading.Event()
        self._stage: str | None = None
        self._last_sent = 0.0

    def cancel(self) -> None:
        """Make the next `check` raise."""
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        """Whether the work is no longer wanted."""
        return self._cancelled.is_set()

    def check(self) -> None:
        """Raise `Cancelled` if the work is no longer wanted."""
        if self._cancelled.is_set():
            raise Cancelled("The work was cancelled.")

    def hand_over(self, pcm: bytes) -> None:
        """Send a piece of 16-bit speech on at once, for whoever listens while it is made."""
        self._send({"audio": base64.b64encode(pcm).decode()})

    def progress(self, stage: str, completed: float, total: float | None, unit: str) -> None:
        """Send progress: always at the start of a stage, else at most twenty times a second."""
        now = time.monotonic()
        if stage != self._stage or now - self._last_sent >= MIN_INTERVAL_S:
            self._stage, self._last_sent = stage, now
            self._send({"stage": stage, "completed": completed, "total": total, "unit": unit})
