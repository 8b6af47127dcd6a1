"""Waiting for what must not be left half-way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


async def to_the_end(work: Awaitable[T]) -> T:
    """Give what work makes, or raise what it raises, also if the caller is cancelled meanwhile.

    The cancel then takes effect where the caller waits next, so that it knows what became of the work.
    """
    task = asyncio.ensure_future(work)
    is_cancelled = False
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            is_cancelled = True
    if is_cancelled and (caller := asyncio.current_task()):
        caller.cancel()
    return task.result()
