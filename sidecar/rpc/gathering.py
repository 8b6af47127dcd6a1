"""The answers of batches, which are held until their batch is whole: begun a few at a time, in bounded memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from typing import Final

BEGINNING_AT_ONCE = 8
BEGINNING_S = 0.02


class Gathering:
    """Counts the bytes of the answers that are held of all batches under way.

    There is room until the bound is reached; it is passed by what has begun before, which is answered all the same.
    """

    def __init__(self, bound_bytes: int) -> None:
        self._bound: Final = bound_bytes
        self._bytes = 0

    @property
    def has_room(self) -> bool:
        """Whether less than the bound is held."""
        return self._bytes < self._bound

    @contextmanager
    def batch(self) -> Iterator[Batch]:
        """One batch, whose answers are held until the block ends."""
        batch = Batch(self)
        try:
            yield batch
        finally:
            self._bytes -= batch.held_bytes

    def hold(self, count: int) -> None:
        """So many bytes more are held."""
        self._bytes += count


class Batch:
    """The turns of one batch's elements, and its answers."""

    def __init__(self, gathering: Gathering) -> None:
        self._gathering = gathering
        self._beginning = asyncio.Semaphore(BEGINNING_AT_ONCE)
        self.held_bytes = 0

    @property
    def has_room(self) -> bool:
        """Whether another answer may be held."""
        return self._gathering.has_room

    def hold(self, answer: bytes) -> None:
        """Count an answer as held."""
        self.held_bytes += len(answer)
        self._gathering.hold(len(answer))

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for one's turn. What takes its time makes way for the next, so that none waits for a slow one."""
        await self._beginning.acquire()
        with ExitStack() as turn:
            turn.callback(self._beginning.release)
            asyncio.get_running_loop().call_later(BEGINNING_S, turn.close)
            yield
