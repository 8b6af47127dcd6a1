"""Which takes are being spoken, so that of jobs that run at once no two speak the same line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager


class TakesAtWork:
    """The takes that are held now, by their own jobs or by those that speak ahead of these; by their versions' ids."""

    def __init__(self) -> None:
        self._held: dict[str, asyncio.Event] = {}

    @asynccontextmanager
    async def own(self, version_id: str) -> AsyncIterator[None]:
        """Hold a take, as soon as whoever speaks ahead lets go of it."""
        while held := self._held.get(version_id):
            await held.wait()
        with self.ahead([version_id], 1):
            yield

    @contextmanager
    def ahead(self, version_ids: Sequence[str], most: int) -> Iterator[list[str]]:
        """Hold the first of these takes that nobody holds, so many at most, and tell which these are."""
        free = [version_id for version_id in version_ids if version_id not in self._held][:most]
        let_go = asyncio.Event()
        self._held |= dict.fromkeys(free, let_go)
        try:
            yield free
        finally:
            for version_id in free:
                del self._held[version_id]
            let_go.set()
