"""Waiting for what must not be left half-way."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")


def _nothing() -> None:
    """For work that goes on as it is."""


async def to_the_end(work: Awaitable[T], on_cancel: Callable[[], None] = _nothing) -> T:
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
            on_cancel()
    if is_cancelled and (caller := asyncio.current_task()):
        caller.cancel()
    return task.result()


async def in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do something beside the event loop, to its end: a thread cannot be stopped, only left to itself.

    It is begun also if a cancel of the caller is still to take effect, as after `Database.write`.
    """
    return await to_the_end(_under_way(work, *args, **kwargs))


async def in_thread_until(unwanted: threading.Event, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """As `in_thread`, but a cancel sets `unwanted`: the work looks at it wherever it can be given up, and then raises.

    Work that comes to its end all the same gives what it made, since that is what happened.
    """
    if (caller := asyncio.current_task()) and caller.cancelling():
        unwanted.set()
    try:
        return await to_the_end(_under_way(work, *args, **kwargs), unwanted.set)
    except Exception as fault:
        if unwanted.is_set():
            raise asyncio.CancelledError from fault
        raise


def _under_way(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> asyncio.Future[T]:
    """What a thread does, as a future and no task: a task the end of the loop would cancel, and not the thread."""
    return asyncio.get_running_loop().run_in_executor(None, partial(work, *args, **kwargs))


def cancel_once(task: asyncio.Task[Any]) -> None:
    """Cancel a task that is not being cancelled already: a second cancel would interrupt what it still has to end."""
    if not task.cancelling():
        task.cancel()
