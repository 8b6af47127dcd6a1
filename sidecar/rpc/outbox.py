"""The lines waiting to be written: bounded by collapsing progress, never by dropping an answer."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final


@dataclass
class _Line:
    data: bytes
    collapse: str | None
    on_written: Callable[[], None] | None


class Outbox:
    """A thread-safe queue between the loop and the writer thread.

    Under `bound_bytes` every line is kept. Above it, a line whose `collapse` key is already waiting takes that
    one's place, and `has_room` turns false so that the reader stops taking requests: a client that does not read is
    held back by its own pipe, and memory stays bounded without losing an answer.
    """

    def __init__(self, bound_bytes: int) -> None:
        self._bound: Final = bound_bytes
        self._lines: OrderedDict[int, _Line] = OrderedDict()
        self._newest: dict[str, int] = {}
        self._bytes = 0
        self._next = 0
        self._closed = False
        self._changed = threading.Condition()

    @property
    def has_room(self) -> bool:
        """Whether less than the bound is waiting."""
        return self._bytes < self._bound

    def put(self, data: bytes, collapse: str | None = None, on_written: Callable[[], None] | None = None) -> None:
        """Queue one line. `on_written` is called in the writer's thread once the pipe has taken it."""
        with self._changed:
            if collapse is not None:
                if not self.has_room:
                    self._forget(self._newest.get(collapse))
                self._newest[collapse] = self._next
            self._lines[self._next] = _Line(data, collapse, on_written)
            self._bytes += len(data)
            self._next += 1
            self._changed.notify_all()

    def take(self) -> tuple[bytes, Callable[[], None] | None] | None:
        """The next line, waiting for one if need be; None once the outbox is closed and empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._lines or self._closed)
            if not self._lines:
                return None
            number, line = self._lines.popitem(last=False)
            self._bytes -= len(line.data)
            if line.collapse is not None and self._newest.get(line.collapse) == number:
                del self._newest[line.collapse]
            self._changed.notify_all()
            return line.data, line.on_written

    def wait_for_room(self, patience_s: float) -> bool:
        """Block the calling thread until there is room, or nothing will ever be written again; whether that is so."""
        with self._changed:
            return self._changed.wait_for(lambda: self.has_room or self._closed, patience_s)

    def close(self) -> None:
        """Take no more; what is queued is still handed out."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _forget(self, number: int | None) -> None:
        if number is not None and (stale := self._lines.pop(number, None)):
            self._bytes -= len(stale.data)
