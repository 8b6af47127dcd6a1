from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from sidecar.rpc.dispatch import Dispatcher
from sidecar.rpc.outbox import Outbox
from sidecar.rpc.pipe import Pipe, write_all
from sidecar.rpc.server import MAX_BYTES_IN_FLIGHT, Server

LINE_BYTES = 4 << 20
LINES = 2 * MAX_BYTES_IN_FLIGHT // LINE_BYTES
PATIENCE_S = 60.0


class Client:
    """Writes lines in a thread of its own, as a pipe takes them."""

    def __init__(self, write_fd: int) -> None:
        self.write_fd = write_fd
        self.written = 0

    def write(self, line: bytes, times: int) -> None:
        """Begin to write this so often, then hang up."""
        threading.Thread(target=self._write, args=[line, times], daemon=True).start()

    def _write(self, line: bytes, times: int) -> None:
        for _ in range(times):
            write_all(self.write_fd, line)
            self.written += 1
        self.hang_up()

    def hang_up(self) -> None:
        """Close the pipe."""
        os.close(self.write_fd)


@asynccontextmanager
async def served(outbox: Outbox, **methods: Callable[..., Any]) -> AsyncIterator[tuple[Client, asyncio.Task[None]]]:
    """A client of a server on a real pipe; nobody reads what is answered."""
    read_fd, write_fd = os.pipe()
    server = Server(Pipe(read_fd, -1), outbox, 2 * LINE_BYTES)
    serving = asyncio.create_task(server.serve(Dispatcher(methods, 2 * LINE_BYTES)))
    try:
        yield Client(write_fd), serving
    finally:
        server.stop()
        await serving
        os.close(read_fd)


def line_of(size: int) -> bytes:
    return b'{"jsonrpc":"2.0","id":1,"method":"wait","params":{"filler":"%s"}}\n' % (b"x" * size)


async def test_a_flood_of_long_lines_is_held_back_by_their_bytes_and_served_in_the_end() -> None:
    go_on, begun = asyncio.Event(), asyncio.Semaphore(0)

    async def wait(filler: str) -> dict[str, Any]:
        begun.release()
        await go_on.wait()
        return {}

    async with asyncio.timeout(PATIENCE_S), served(Outbox(LINE_BYTES), wait=wait) as (client, serving):
        client.write(line_of(LINE_BYTES), LINES)
        for _ in range(LINES // 2):
            await begun.acquire()
        await asyncio.sleep(0.2)
        assert client.written <= LINES // 2 + 1
        go_on.set()
        for _ in range(LINES - LINES // 2):
            await begun.acquire()
        await serving


async def test_the_end_is_heard_of_although_nobody_reads_and_the_client_is_held_back() -> None:
    outbox = Outbox(1)
    outbox.put(b"Nobody reads this.\n")
    async with asyncio.timeout(PATIENCE_S), served(outbox) as (client, serving):
        client.write(b'{"jsonrpc":"2.0","method":"wait"}\n', 1)
        await serving


async def test_answers_that_took_their_time_wait_for_room_before_they_become_bytes() -> None:
    go_on, begun, returned, asked = asyncio.Event(), asyncio.Semaphore(0), asyncio.Semaphore(0), 50

    async def work() -> dict[str, Any]:
        begun.release()
        await go_on.wait()
        returned.release()
        return {"much": "x" * LINE_BYTES}

    outbox = Outbox(LINE_BYTES)
    async with asyncio.timeout(PATIENCE_S), served(outbox, work=work) as (client, _):
        for number in range(asked):
            os.write(client.write_fd, b'{"jsonrpc":"2.0","id":%d,"method":"work"}\n' % number)
        for _ in range(asked):
            await begun.acquire()
        go_on.set()
        for _ in range(asked):
            await returned.acquire()
        await asyncio.sleep(0.1)
        outbox.close()
        waiting = 0
        while outbox.take():
            waiting += 1
        assert waiting == 1
        client.hang_up()


async def test_nothing_begins_while_answers_wait_however_slowly_these_are_read() -> None:
    begun, go_on = asyncio.Semaphore(0), asyncio.Event()
    count, asked = 0, 20

    async def work() -> dict[str, Any]:
        nonlocal count
        count += 1
        begun.release()
        await go_on.wait()
        return {"much": "x" * LINE_BYTES}

    outbox = Outbox(LINE_BYTES)
    async with asyncio.timeout(PATIENCE_S), served(outbox, work=work) as (client, _):
        for first in (0, asked):
            for number in range(first, first + asked):
                os.write(client.write_fd, b'{"jsonrpc":"2.0","id":%d,"method":"work"}\n' % number)
            if first == 0:
                for _ in range(asked):
                    await begun.acquire()
                go_on.set()
                while outbox.has_room:
                    await asyncio.sleep(0)
        for _ in range(asked - 1):
            assert count == asked
            outbox.take()
            while outbox.has_room:
                await asyncio.sleep(0)
        outbox.take()
        await begun.acquire()
        client.hang_up()


def test_a_client_that_hangs_up_after_the_end_disturbs_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    faults: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr(threading, "excepthook", faults.append)
    read_fd, write_fd = os.pipe()

    async def life() -> None:
        server = Server(Pipe(read_fd, -1), Outbox(1), LINE_BYTES)
        server.stop()
        await server.serve(Dispatcher({}, LINE_BYTES))

    before = set(threading.enumerate())
    asyncio.run(life())
    (reader,) = set(threading.enumerate()) - before
    os.write(write_fd, b"Is there anybody?\n")
    os.close(write_fd)
    reader.join(PATIENCE_S)
    os.close(read_fd)
    assert faults == []
