"""Files that no row names any more: they go once the rows have gone, though whoever asked for that has hung up."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from sidecar.store.files import FileStore
from sidecar.uninterrupted import to_the_end


async def remove(files: FileStore, orphans: Iterable[str | None]) -> None:
    """Remove files beside the event loop. A cancel, of which the write before may have left one, takes effect after."""
    await to_the_end(asyncio.to_thread(files.delete, orphans))
