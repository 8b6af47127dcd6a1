"""The answers of batches, which are held until their batch is whole: begun a few at a time, in bounded memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
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
        self._beginning = asyncio.Semaphore(BEGINNING_AT_ONCE)

    @property
    def has_room(self) -> bool:
        """Whether less than the bound is held."""
        return self._bytes < self._bound

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for one's turn. What takes its time makes way for the next, so that none waits for a slow one."""
        await self._beginning.acquire()
        with ExitStack() as turn:
            turn.callback(self._beginning.release)
            asyncio.get_running_loop().call_later(BEGINNING_S, turn.close)
            yield

    @contextmanager
    def batch(self) -> Iterator[Callable[[bytes], None]]:
        """Count one batch's answers, with what this gives, as held until the block ends."""
        held = 0

        def hold(answer: bytes) -> None:
            nonlocal held
            held += len(answer)
            self._bytes += len(answer)

        try:
            yield hold
        finally:
            self._bytes -= held
