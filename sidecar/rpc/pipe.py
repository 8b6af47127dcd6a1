"""The claimed standard streams: one thread reads lines, one writes them, nothing else can touch them."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass

from sidecar.operating_system import use_binary_mode
from sidecar.rpc.lines import LineSplitter, LineTooLong
from sidecar.rpc.outbox import Outbox

log = logging.getLogger(__name__)

READ_BYTES = 1 << 16


@dataclass(frozen=True)
class Pipe:
    """The file descriptors that only the protocol uses."""

    read_fd: int
    write_fd: int


def claim_standard_streams() -> Pipe:
    """Take stdin and stdout for the protocol before any library can print on them.

    Afterwards file descriptor 0 is empty and 1 is stderr, for Python, C and child processes alike; the copies made
    here are not inherited. Call it before the first heavy import.
    """
    read_fd, write_fd = os.dup(0), os.dup(1)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    os.dup2(2, 1)
    use_binary_mode(read_fd, write_fd)
    return Pipe(read_fd, write_fd)


def start_reader(
    read_fd: int,
    max_line_bytes: int,
    on_line: Callable[[bytes | LineTooLong], None],
    on_end: Callable[[], None],
    before_read: Callable[[], None] = lambda: None,
) -> threading.Thread:
    """Read lines in a daemon thread until the stream ends. The callbacks run in that thread.

    A plain thread, because asyncio cannot watch an ordinary pipe on Windows (cpython#87694). `before_read` may block,
    and so hold the other side back.
    """

    def read() -> None:
        splitter = LineSplitter(max_line_bytes)
        try:
            while chunk := os.read(read_fd, READ_BYTES):
                for line in splitter.feed(chunk):
                    on_line(line)
                before_read()
            for line in splitter.finish():
                on_line(line)
        except OSError as fault:
            log.warning("reading the pipe failed: %s", fault)
        on_end()

    thread = threading.Thread(target=read, name="pipe-reader", daemon=True)
    thread.start()
    return thread


def start_writer(write_fd: int, outbox: Outbox, on_broken: Callable[[], None]) -> threading.Thread:
    """Write the outbox to the pipe in a daemon thread until it is closed and empty, or nobody reads any more."""

    def write() -> None:
        while (item := outbox.take()) is not None:
            data, on_written = item
            try:
                write_all(write_fd, data)
            except OSError as fault:
                log.info("nobody reads the pipe any more: %s", fault)
                outbox.close()
                on_broken()
                return
            if on_written:
                on_written()

    thread = threading.Thread(target=write, name="pipe-writer", daemon=True)
    thread.start()
    return thread


def write_all(write_fd: int, data: bytes) -> None:
    """Write every byte, however little the pipe takes at a time."""
    view = memoryview(data)
    while view:
        view = view[os.write(write_fd, view) :]
