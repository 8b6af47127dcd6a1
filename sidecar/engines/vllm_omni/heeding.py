"""Asynchronous work from an operation's own thread, given up a moment after the operation is cancelled.

A connection that waits for a server's word can only be closed from beside the waiting; in asyncio, cancelling a task
does that at any stage: while it connects, sends, or waits for the first byte or the next.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

from sidecar.engines.base import Control

T = TypeVar("T")
Work = Coroutine[Any, Any, T]
LOOK_EVERY_S = 0.05
"""How often to ask whether the work is still wanted: well within the second that cancelling may take."""


class Heeding:
    """An event loop that runs only while somebody waits for what it does."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()

    def run(self, work: Work[T], control: Control) -> T:
        """The result of the work. Raises what it raises, or `Cancelled`; then the work has really stopped."""
        return self._runner.run(_heed(work, control))

    def iterate(self, work: Callable[[Callable[[T], None]], Work[None]], control: Control) -> Iterator[T]:
        """What the work hands over, one by one, as it does.

        Raises what `run` raises. Closing the iterator stops the work.
        """
        items: asyncio.Queue[T | None] = asyncio.Queue()
        task = self._runner.run(_started(work(items.put_nowait), lambda: items.put_nowait(None)))
        try:
            while (item := self.run(items.get(), control)) is not None:
                yield item
            task.result()
        finally:
            self._runner.run(_stopped(task))

    def close(self, last: Work[None]) -> None:
        """Do this last thing, then end the loop."""
        self._runner.run(last)
        self._runner.close()


async def _heed(work: Work[T], control: Control) -> T:
    task = asyncio.create_task(work)
    try:
        while not (await asyncio.wait((task,), timeout=LOOK_EVERY_S))[0]:
            control.check()
        return task.result()
    finally:
        await _stopped(task)


async def _started(work: Work[None], at_the_end: Callable[[], None]) -> asyncio.Task[None]:
    task = asyncio.create_task(work)
    task.add_done_callback(lambda _: at_the_end())
    return task


async def _stopped(task: asyncio.Task[Any]) -> None:
    """Cancel a task and wait until it has ended, however it does: whoever waits for its result has that."""
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
