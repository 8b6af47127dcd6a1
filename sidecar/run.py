"""The life of the sidecar process: lock, open, say ready, serve, end cleanly."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from sidecar import PROTOCOL_VERSION, __version__
from sidecar.app import App
from sidecar.config import Config
from sidecar.errors import StorageError
from sidecar.logs import start_logging
from sidecar.operating_system import on_ending_signals, remove
from sidecar.rpc.dispatch import Dispatcher
from sidecar.rpc.outbox import Outbox
from sidecar.rpc.pipe import Pipe
from sidecar.rpc.server import OUTBOX_BYTES, Notifier, Server
from sidecar.store.database import Database
from sidecar.store.files import DATABASE, FileStore
from sidecar.store.migrate import require_known
from sidecar.store.restoring import switch_if_pending

log = logging.getLogger(__name__)

EXIT_OK = 0
EXIT_STORAGE = 1
EXIT_IN_USE = 3
PARENT_POLL_S = 1.0
EXIT_WITHIN_S = 4.0


def run_sidecar(pipe: Pipe, config: Config, log_level: str, parent_pid: int | None) -> int:
    """Serve until the end; gives the exit code."""
    try:
        # What a user says and whom they clone is their own: nobody else on this machine may look into a new folder.
        config.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        require_known(config.data_dir / DATABASE)
        lock = FileLock(config.data_dir / "lock")
        lock.acquire(timeout=0)
        previous_library = switch_if_pending(config.data_dir)
        files = FileStore(config.data_dir)
        start_logging(files.logs, log_level)
    except Timeout:
        return _refuse(
            f"another voicebox-sidecar is using {config.data_dir}; close it, or choose another --data-dir", EXIT_IN_USE
        )
    except StorageError as fault:
        return _refuse(fault.message, EXIT_STORAGE)
    except OSError as fault:
        return _refuse(f"the data folder {config.data_dir} cannot be used: {fault}", EXIT_STORAGE)
    if previous_library:
        log.info("the library was restored from a backup; the one before it is kept in %s", previous_library)
    try:
        database = Database(files.database)
    except StorageError as fault:
        return _refuse(fault.message, EXIT_STORAGE)
    try:
        asyncio.run(_serve(pipe, config, files, database, parent_pid))
    except StorageError as fault:
        return _refuse(fault.message, EXIT_STORAGE)
    finally:
        database.close()
        # Gone before it is released: filelock sees that a waiter's file is no longer the one at this path. Where the
        # disk does not let it go, it stays and locks nobody out.
        with suppress(OSError):
            remove(Path(lock.lock_file))
        lock.release()
    return EXIT_OK


async def _serve(pipe: Pipe, config: Config, files: FileStore, database: Database, parent_pid: int | None) -> None:
    outbox = Outbox(OUTBOX_BYTES)
    notifier = Notifier(outbox)
    server = Server(pipe, outbox, config.max_line_bytes)
    app = App(config, files, database, notifier, server)
    dispatcher = Dispatcher(app.registry.methods, config.max_line_bytes, app.admit)
    on_ending_signals(asyncio.get_running_loop(), server.stop)
    watching = asyncio.create_task(_watch_parent(parent_pid, server.stop)) if parent_pid else None
    notifier.send(
        "sidecar.ready",
        {
            "version": __version__,
            "protocol_version": PROTOCOL_VERSION,
            "pid": os.getpid(),
            "data_dir": str(config.data_dir),
        },
    )
    await app.start()
    server.start_writing()
    await server.serve(dispatcher)
    _exit_in_any_case()
    await server.let_finish()
    # Jobs stop first, and stay queued: a request that waits for one is then cancelled without cancelling the work.
    await app.runner.stop()
    # Before the engine processes end, or a request that needs one would be told that it failed.
    await server.cancel_rest(dispatcher)
    await app.stop()
    server.flush()
    await app.announcer.drain()
    if watching:
        watching.cancel()


def _exit_in_any_case() -> None:
    """Whatever a library or a disk does now, the process is gone in time; what counts is on the disk already."""
    timer = threading.Timer(EXIT_WITHIN_S, os._exit, (EXIT_OK,))
    timer.daemon = True
    timer.start()


async def _watch_parent(pid: int, stop: Callable[[], None]) -> None:
    """The end of stdin tells of the parent's death too, unless another process holds the pipe open."""
    try:
        parent = psutil.Process(pid)
        # Dead, but not yet reaped by a parent of its own that takes its time, is dead.
        while parent.is_running() and parent.status() != psutil.STATUS_ZOMBIE:
            await asyncio.sleep(PARENT_POLL_S)
    except psutil.NoSuchProcess:
        pass
    log.info("the parent process %d is gone", pid)
    stop()


def _refuse(reason: str, code: int) -> int:
    sys.stderr.write(f"voicebox-sidecar: {reason}\n")
    sys.stderr.flush()
    return code
