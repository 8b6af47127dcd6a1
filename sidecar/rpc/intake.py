"""How much of what clients ask is taken in at once: the bound that stops the reader, and so holds a flood back."""

from __future__ import annotations

import threading
from typing import Final

from sidecar.rpc.lines import LineTooLong

VERSION_MEMBER = b'"jsonrpc"'
"""Stands once in each request of a line; inside a string its quotes would be escaped."""


class Intake:
    """Counts the requests in flight and the bytes of their lines, for the reader's thread and the loop.

    What is noted is never refused: there is room as long as either bound is not reached, so that one line of any
    length gets in, and both are passed by what one reading brings at most.
    """

    def __init__(self, bound_requests: int, bound_bytes: int) -> None:
        self._bound_requests: Final = bound_requests
        self._bound_bytes: Final = bound_bytes
        self._requests = 0
        self._bytes = 0
        self._changed = threading.Condition()

    def took(self, line: bytes | LineTooLong) -> None:
        """Note a line that is in flight from now on."""
        self._count(line, 1)

    def answered(self, line: bytes | LineTooLong) -> None:
        """Note that nothing of a line is in flight any more."""
        self._count(line, -1)

    def wait_for_room(self, patience_s: float) -> bool:
        """Block the calling thread until there is room; whether that came about in time."""
        with self._changed:
            return self._changed.wait_for(self._has_room, patience_s)

    def _has_room(self) -> bool:
        return self._requests < self._bound_requests and self._bytes < self._bound_bytes

    def _count(self, line: bytes | LineTooLong, sign: int) -> None:
        size, requests = (0, 1) if isinstance(line, LineTooLong) else (len(line), line.count(VERSION_MEMBER) or 1)
        with self._changed:
            self._bytes += sign * size
            self._requests += sign * requests
            self._changed.notify_all()
