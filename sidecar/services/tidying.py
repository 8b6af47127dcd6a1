"""What a kill has left behind goes: in a small library before anything else, in one of a million files beside it."""

from __future__ import annotations

import asyncio
import logging
import threading
from contextlib import suppress

from sqlalchemy import Connection

from sidecar.errors import StorageError, from_os_error
from sidecar.store.belonging import Mark, become_another, library_of
from sidecar.store.database import Database
from sidecar.store.files import FileStore
from sidecar.store.sweep import Claims, claims

log = logging.getLogger(__name__)

START_WAITS_S = 0.5


class Tidying:
    """The sweep of one start. Nothing that is made meanwhile is in its way.

    What no row names is removed only beside the database that the files belong to, as their mark says. A database that
    was lost and made anew, or is an older copy that somebody put back, does not know all that the user has: what it
    does not name is moved to a folder `unclaimed-…` of the data folder, which stays until the user deletes it.
    """

    def __init__(self, database: Database, files: FileStore) -> None:
        self._database = database
        self._files = files
        self._mark = Mark(files)
        self._unwanted = threading.Event()
        self._changed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Sweep, and return when that is done or takes longer than a start should. Raises `StorageError`.

        Nothing may have been written before: an older copy of the database would catch up with the mark.
        """
        self._files.sweep_temporary()
        self._files.sweep_previews()
        fits = self._mark.fits(await self._database.read(library_of))
        if not fits:
            try:
                self._mark.forget()
            except OSError as fault:
                raise from_os_error(fault, f"Removing the mark of another library from {self._files.root}") from fault
        sweeping = asyncio.create_task(self._sweep() if fits else self._set_aside())
        self._tasks.append(sweeping)
        done, _ = await asyncio.wait([sweeping], timeout=START_WAITS_S)
        for sweep in done:
            sweep.result()

    async def stop(self) -> None:
        """Leave the rest to the next start."""
        self._unwanted.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _sweep(self) -> None:
        removed = await asyncio.to_thread(self._files.sweep, await self._claims(), self._unwanted.is_set)
        if removed:
            log.info("the sweep removed %d files that nothing names", len(removed))
        self._follow()

    async def _set_aside(self) -> None:
        """Move away what this database does not name; only when all of it is safe do the files belong to it."""
        claimed, aside, is_enough = await self._claims(), self._files.new_unclaimed(), self._unwanted.is_set
        try:
            moved = await asyncio.to_thread(self._files.sweep, claimed, is_enough, aside)
            if moved:
                log.warning(
                    "the database is new or an older copy, and does not name %d files that are there: they are kept in "
                    "%s, where they take up room until you put them back, with the database that names them, or delete "
                    "them",
                    len(moved),
                    aside,
                )
            if not is_enough():
                await asyncio.to_thread(self._mark.set, await self._database.write(become_another))
                self._follow()
        except (OSError, StorageError) as fault:
            log.warning("files that nothing names stay until they can be set aside: %s", fault)

    async def _claims(self) -> Claims:
        return await self._database.browse(lambda connection: claims(connection, self._unwanted.is_set))

    def _follow(self) -> None:
        self._database.on_write(self._changed.set)
        self._changed.set()
        self._tasks.append(asyncio.create_task(self._keep_following()))

    async def _keep_following(self) -> None:
        def follow(connection: Connection) -> None:
            if library := library_of(connection):
                self._mark.follow(library)

        while True:
            await self._changed.wait()
            self._changed.clear()
            # Whoever needs the database tells that it cannot be read.
            with suppress(StorageError):
                await self._database.read(follow)
