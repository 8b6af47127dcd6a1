"""How fast a transfer is now, not on average: what a user wants to know who waits for it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

WINDOW_S = 10.0


class TransferSpeed:
    """Bytes per second over the last seconds of one transfer. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seen: deque[tuple[float, float]] = deque()

    def add(self, completed: float) -> None:
        """Note how many bytes are there now."""
        now = self._clock()
        self._seen.append((now, completed))
        while now - self._seen[0][0] > WINDOW_S:
            self._seen.popleft()

    def bytes_per_s(self) -> float:
        """The speed; 0 as long as nothing came."""
        if not self._seen:
            return 0.0
        (began, first), (ended, last) = self._seen[0], self._seen[-1]
        return max(0.0, last - first) / (ended - began) if ended > began else 0.0
