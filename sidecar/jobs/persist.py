"""Writing down what must be written down, however long the disk refuses."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sidecar.errors import StorageError

log = logging.getLogger(__name__)

STORAGE_RETRY_S = 1.0
T = TypeVar("T")


async def persist(what: str, attempt: Callable[[], Awaitable[T]]) -> T:
    """Try until the database can be used: the queue outlives a full disk, and no job is left hanging."""
    while True:
        try:
            return await attempt()
        except StorageError as fault:
            log.error("%s is tried again in %g s: %s", what, STORAGE_RETRY_S, fault.message)
            await asyncio.sleep(STORAGE_RETRY_S)
