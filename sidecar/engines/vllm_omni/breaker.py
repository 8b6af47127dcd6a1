"""A circuit breaker: a server that fails again and again is left alone for a while, then tried with one request."""

from __future__ import annotations

from collections.abc import Callable

FAULTS_TO_OPEN = 3
REST_S = 15.0


class Breaker:
    """Closed while all is well; open after `faults_to_open` faults in a row; half-open after `rest_s` seconds.

    Half-open it admits one request at a time: one that succeeds closes it, one that fails opens it again. `clock`
    gives seconds that never go back.
    """

    def __init__(
        self, clock: Callable[[], float], faults_to_open: int = FAULTS_TO_OPEN, rest_s: float = REST_S
    ) -> None:
        self._clock = clock
        self._faults_to_open = faults_to_open
        self._rest_s = rest_s
        self._faults = 0
        self._opened_at: float | None = None
        self._on_trial = False

    @property
    def opens_in_s(self) -> float:
        """Seconds until a request is admitted again; 0 if one is admitted now, or when that on trial ends."""
        return 0.0 if self._opened_at is None else max(0.0, self._opened_at + self._rest_s - self._clock())

    @property
    def closed(self) -> bool:
        """Whether all was well the last time."""
        return self._opened_at is None

    def admit(self) -> bool:
        """Whether a request may go now. After each that may, `succeeded`, `failed` or `gave_up` must follow."""
        if self._opened_at is None:
            return True
        if self._on_trial or self.opens_in_s:
            return False
        self._on_trial = True
        return True

    def succeeded(self) -> None:
        """The server answered as it should."""
        self._faults, self._opened_at, self._on_trial = 0, None, False

    def failed(self) -> None:
        """It did not."""
        self._faults += 1
        if self._on_trial or self._faults >= self._faults_to_open:
            self._opened_at, self._on_trial = self._clock(), False

    def gave_up(self) -> None:
        """The request was cancelled, or was itself at fault: that says nothing of the server."""
        self._on_trial = False
