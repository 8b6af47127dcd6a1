"""What a kill has left behind goes: in a small library before anything else, in one of a million files beside it."""

from __future__ import annotations

import asyncio
import logging
import threading

from sidecar.store.database import Database
from sidecar.store.files import FileStore
from sidecar.store.sweep import claims

log = logging.getLogger(__name__)

START_WAITS_S = 0.5


class Tidying:
    """The sweep of one start. Nothing that is made meanwhile is in its way."""

    def __init__(self, database: Database, files: FileStore) -> None:
        self._database = database
        self._files = files
        self._unwanted = threading.Event()
        self._sweeping: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Sweep, and return when that is done or takes longer than a start should. Raises `StorageError`."""
        self._files.sweep_temporary()
        self._files.sweep_previews()
        self._sweeping = asyncio.create_task(self._sweep())
        done, _ = await asyncio.wait([self._sweeping], timeout=START_WAITS_S)
        for sweep in done:
            sweep.result()

    async def stop(self) -> None:
        """Leave the rest to the next start."""
        self._unwanted.set()
        if self._sweeping:
            self._sweeping.cancel()
            await asyncio.gather(self._sweeping, return_exceptions=True)

    async def _sweep(self) -> None:
        is_enough = self._unwanted.is_set
        claimed = await self._database.browse(lambda connection: claims(connection, is_enough))
        removed = await asyncio.to_thread(self._files.sweep, claimed, is_enough)
        if removed:
            log.info("the sweep removed %d files that nothing names", len(removed))
