"""Files that lie in their places before a row names them: they go again, unless the row comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from sidecar.store.files import FileStore, Kind
from sidecar.uninterrupted import in_thread


class NewFiles:
    """What is put in its place within a `with` block is taken back if the block fails or is cancelled.

    A job's block ends before its rows are written; its `Outcome` has `take_back` for when they cannot be. After a kill
    it is the sweep of the next start that removes what no row names.
    """

    def __init__(self, files: FileStore) -> None:
        self.files = files
        self._placed: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, _: TracebackType | None) -> None:
        if fault is not None:
            self.take_back()

    async def adopt(self, temporary: Path, kind: Kind, name: str) -> str:
        """Move a finished temporary file into place, durably, and give its relative path."""
        return await self._place(lambda: self.files.adopt(temporary, kind, name))

    async def copy_in(self, source: Path, kind: Kind, name: str) -> str:
        """Copy somebody else's file into place, durably, and give its relative path."""
        return await self._place(lambda: self.files.copy_in(source, kind, name))

    def take_back(self) -> None:
        """Remove what was put in place."""
        self.files.delete(self._placed)

    async def _place(self, place: Callable[[], str]) -> str:
        """A thread cannot be stopped: who is cancelled meanwhile waits for it, so that nothing comes afterwards."""
        self._placed.append(await in_thread(place))
        # Here a cancel takes effect, and not when a job has handed over what it made.
        await asyncio.sleep(0)
        return self._placed[-1]
