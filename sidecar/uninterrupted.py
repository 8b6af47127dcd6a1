"""Waiting for what must not be left half-way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")


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


async def in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do something beside the event loop, to its end: a thread cannot be stopped, only left to itself.

    It is begun also if a cancel of the caller is still to take effect, as after `Database.write`.
    """
    return await to_the_end(asyncio.to_thread(work, *args, **kwargs))


def cancel_once(task: asyncio.Task[Any]) -> None:
    """Cancel a task that is not being cancelled already: a second cancel would interrupt what it still has to end."""
    if not task.cancelling():
        task.cancel()
