"""The loop's end of the pipe: lines become tasks, answers and notifications become lines, ends are clean."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from sidecar.operating_system import hung_up
from sidecar.rpc import envelope
from sidecar.rpc.dispatch import Dispatcher
from sidecar.rpc.intake import Intake
from sidecar.rpc.lines import LineTooLong
from sidecar.rpc.outbox import Outbox
from sidecar.rpc.pipe import Pipe, start_reader, start_writer

log = logging.getLogger(__name__)

OUTBOX_BYTES = 8 << 20
MAX_REQUESTS_IN_FLIGHT = 20_000
MAX_BYTES_IN_FLIGHT = 128 << 20
STARTING_AT_ONCE = 16
STARTING_S = 0.02
ROOM_POLL_S = 0.02
HANG_UP_POLL_S = 0.1
GRACE_S = 1.0
ANSWER_S = 0.5
FLUSH_S = 1.0


class Notifier:
    """Sends notifications; anything in the program that has news is handed one of these."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox

    def send(
        self,
        method: str,
        params: dict[str, Any],
        collapse: str | None = None,
        on_written: Callable[[], None] | None = None,
    ) -> None:
        """Queue a notification; if the client does not read, only the newest with a `collapse` key survives."""
        self._outbox.put(envelope.serialise(envelope.notification(method, params)), collapse, on_written)

    async def has_room(self, patience_s: float) -> bool:
        """Wait until less than the outbox's bound is queued; whether that came about in time."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + patience_s
        while not self._outbox.has_room:
            if loop.time() > deadline:
                return False
            await asyncio.sleep(ROOM_POLL_S)
        return True


class Server:
    """Serves one pipe until it is told to stop, the other side hangs up, or nobody reads any more."""

    def __init__(self, pipe: Pipe, outbox: Outbox, max_line_bytes: int) -> None:
        self._pipe = pipe
        self._outbox = outbox
        self._max_line_bytes = max_line_bytes
        self._tasks: set[asyncio.Task[None]] = set()
        self._intake = Intake(MAX_REQUESTS_IN_FLIGHT, MAX_BYTES_IN_FLIGHT)
        self._starting = asyncio.Semaphore(STARTING_AT_ONCE)
        self._waiting = 0
        self._ended = asyncio.Event()
        self._ending = False

    def stop(self) -> None:
        """Ask `serve` to return. Safe to call twice."""
        self._ended.set()

    async def serve(self, dispatcher: Dispatcher) -> None:
        """Read and answer until the end."""
        loop = asyncio.get_running_loop()

        def on_line(line: bytes | LineTooLong) -> None:
            self._intake.took(line)
            _tell(loop, self._accept, dispatcher, line)

        def on_end() -> None:
            _tell(loop, self.stop)

        start_reader(self._pipe.read_fd, self._max_line_bytes, on_line, on_end, self._hold_back)
        await self._ended.wait()
        self._ending = True

    async def let_finish(self) -> None:
        """Give the requests in flight the grace time to finish."""
        for _ in self._tasks:
            # Those that still wait for their turn begin now, since only what has begun can be answered as cancelled.
            self._starting.release()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=GRACE_S)

    async def cancel_rest(self, dispatcher: Dispatcher) -> None:
        """Cancel what is still in flight; each request is answered before this returns."""
        dispatcher.cancel_all()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=ANSWER_S)

    def start_writing(self) -> None:
        """Start the writer thread; nothing reaches the client before this."""
        loop = asyncio.get_running_loop()

        def on_broken() -> None:
            _tell(loop, self.stop)

        self._writer = start_writer(self._pipe.write_fd, self._outbox, on_broken)

    def flush(self) -> None:
        """Close the outbox and give the writer a moment to empty it."""
        self._outbox.close()
        self._writer.join(FLUSH_S)

    def _hold_back(self) -> None:
        """Let the reader's thread wait while too much is asked for, or too little read, unless the client has hung up.

        What the pipe then still holds is little, and behind it lies the end, which must be heard of.
        """
        has_room = False
        while not (has_room or hung_up(self._pipe.read_fd)):
            has_room = self._outbox.wait_for_room(HANG_UP_POLL_S) and self._intake.wait_for_room(HANG_UP_POLL_S)

    def _accept(self, dispatcher: Dispatcher, line: bytes | LineTooLong) -> None:
        if self._ending:
            return
        task = asyncio.get_running_loop().create_task(self._answer(dispatcher, line))
        self._tasks.add(task)
        task.add_done_callback(partial(self._done, line))

    async def _answer(self, dispatcher: Dispatcher, line: bytes | LineTooLong) -> None:
        """Answer one line, begun only when the client takes its answers.

        What a client asks in one breath and then does not read would else be answered all at once in memory, whatever
        the outbox's bound. A request that takes its time makes way for the next, so that none waits for a slow one.
        """
        async with self._starting:
            await self._room_to_begin()
            if self._ending and not self._outbox.has_room:
                # Nobody reads what waits already, and the end must come in time.
                return
            answering = asyncio.ensure_future(self._put_answer(dispatcher, line))
            await asyncio.wait([answering], timeout=STARTING_S)
        await answering

    async def _put_answer(self, dispatcher: Dispatcher, line: bytes | LineTooLong) -> None:
        answer = await dispatcher.answer(line, self._room)
        if answer is not None:
            self._outbox.put(answer)

    async def _room(self) -> None:
        """Return once the client takes its answers, or never will again."""
        self._waiting += 1
        try:
            while not (self._outbox.has_room or self._ending):
                await asyncio.sleep(ROOM_POLL_S)
        finally:
            self._waiting -= 1

    async def _room_to_begin(self) -> None:
        """As `_room`, but after every answer that waits: else each one that is read would make room for many more."""
        while not ((self._outbox.has_room and not self._waiting) or self._ending):
            await asyncio.sleep(ROOM_POLL_S)

    def _done(self, line: bytes | LineTooLong, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._intake.answered(line)
        if not task.cancelled() and (fault := task.exception()):
            log.error("answering a line failed", exc_info=fault)


def _tell(loop: asyncio.AbstractEventLoop, what: Callable[..., None], *about: object) -> None:
    """Call something in the loop from a thread of the pipe; one that has closed needs to know nothing more."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(what, *about)
