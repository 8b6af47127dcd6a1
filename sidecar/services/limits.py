"""How many requests a second are served: a bucket of tokens, filled at the rate that the settings ask for."""

from __future__ import annotations

import time
from collections.abc import Callable

from sidecar.errors import Busy

# Looking after the program and stopping things must work most of all when there is too much of everything.
NEVER_LIMITED = frozenset({"system.health", "system.shutdown", "jobs.cancel"})


class RequestLimit:
    """Admits requests while there are tokens; a second's worth of them, one at least, can be saved up.

    `rate` gives the requests a second, or None for no limit, and is asked each time; `clock` gives seconds.
    """

    def __init__(self, rate: Callable[[], float | None], clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._tokens = float("inf")
        self._filled_at = clock()

    def admit(self, method: str) -> None:
        """Take a token for a call of this method. Raises `Busy`, which says when there is one again."""
        rate = self._rate()
        if rate is None or method in NEVER_LIMITED:
            return
        now = self._clock()
        self._tokens = min(max(1.0, rate), self._tokens + (now - self._filled_at) * rate)
        self._filled_at = now
        if self._tokens < 1.0:
            retry_after_s = round((1.0 - self._tokens) / rate, 3)
            raise Busy(
                f"More than {rate:g} requests a second; try again in {retry_after_s:g} s, or raise the setting "
                "requests_per_second.",
                retry_after_s=retry_after_s,
            )
        self._tokens -= 1.0
