"""What one operating system does otherwise than the others: nobody else asks which one this is.

`system` is its name as `sys.platform` gives it, so that the tests can run here what another one would.
"""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # This module is imported first of all, also by roles that have no loop.
    from asyncio import AbstractEventLoop

Rename = Callable[[Path, Path], None]
Unlink = Callable[[Path], None]

SYSTEM: str = sys.platform
WINDOWS = "win32"
UNABLE_TO_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EACCES, errno.EPERM})
"""What the sync of a folder fails with where it is not a question of the disk."""

OWN_CONSOLE_GROUP: int = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
"""For `creationflags`: keeps Ctrl-C away from a child on Windows, as a session of its own does elsewhere."""
NO_CONSOLE: int = getattr(subprocess, "CREATE_NO_WINDOW", 0)
"""For `creationflags`: a child opens no console window on Windows, though the shell that started us has none."""

SHARING_WAIT_S = 1.0
SHARING_LOOK_S = 0.05
NICER_BY = 5
NICEST = 19
BELOW_NORMAL_PRIORITY_CLASS = 0x4000
"""Of Windows' SetPriorityClass; psutil has the name on Windows only."""
ENDING_SIGNALS = ("SIGTERM", "SIGINT", "SIGHUP", "SIGBREAK")
"""SIGHUP is missing on Windows, SIGBREAK everywhere else."""


def use_binary_mode(*descriptors: int) -> None:
    """On Windows: no newline translation, and the C runtime's own handles follow file descriptor 1."""
    if sys.platform == "win32":
        import ctypes
        import msvcrt

        for descriptor in descriptors:
            msvcrt.setmode(descriptor, os.O_BINARY)
        standard_output = -11
        ctypes.windll.kernel32.SetStdHandle(standard_output, msvcrt.get_osfhandle(2))


def kill_group(leader: int) -> None:
    """Kill a process that was started as the leader of a group, or what it has left behind; on Windows nothing."""
    if sys.platform != "win32":
        with suppress(ProcessLookupError):
            os.killpg(leader, signal.SIGKILL)


def kill_own_group() -> None:
    """Kill this process and all that it has started, if it leads a group of its own; else nothing."""
    if sys.platform != "win32" and os.getpgrp() == os.getpid():
        kill_group(os.getpid())


def hung_up(descriptor: int) -> bool:
    """Whether nothing more will be written to a pipe or socket than what waits there; Windows tells only readers."""
    if sys.platform == "win32":
        return False
    import select

    poll = select.poll()
    poll.register(descriptor, getattr(select, "POLLRDHUP", 0))
    return bool(poll.poll(0))


def on_ending_signals(loop: AbstractEventLoop, stop: Callable[[], None], system: str = SYSTEM) -> None:
    """Have every signal that asks for the end call `stop` in this loop, to which Windows tells none by itself."""
    for number in (getattr(signal, name) for name in ENDING_SIGNALS if hasattr(signal, name)):
        if system == WINDOWS:
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))
        else:
            loop.add_signal_handler(number, stop)


def lower_priority(system: str = SYSTEM) -> None:
    """Let the user's other programs go before this process."""
    import psutil

    own = psutil.Process()
    own.nice(BELOW_NORMAL_PRIORITY_CLASS if system == WINDOWS else min(NICEST, own.nice() + NICER_BY))


def available_cores() -> list[int]:
    """The numbers of the processor's cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def keep_to_cores(cores: list[int]) -> None:
    """Let this process compute on these cores only; macOS knows no such thing, so there nothing happens."""
    import psutil

    own = psutil.Process()
    if hasattr(own, "cpu_affinity"):
        own.cpu_affinity(cores)


def replace(source: Path, target: Path, system: str = SYSTEM, rename: Rename = os.replace) -> None:
    """Rename over what is there; on Windows a virus scanner may hold a new file open for a moment, so try for a while.

    Raises:
        OSError: as `os.replace`.

    """
    deadline = time.monotonic() + SHARING_WAIT_S
    while True:
        try:
            return rename(source, target)
        except PermissionError:
            if system != WINDOWS or time.monotonic() > deadline:
                raise
        time.sleep(SHARING_LOOK_S)


def remove(path: Path, system: str = SYSTEM, unlink: Unlink = os.unlink) -> bool:
    """Remove a file and tell whether it is gone; on Windows one that somebody holds open, a player say, stays."""
    try:
        unlink(path)
    except FileNotFoundError:
        return True
    except PermissionError:
        if system != WINDOWS:
            raise
        return False
    return True


def sync_folder(folder: Path, system: str = SYSTEM) -> None:
    """Have the names in a folder on the disk, where that can be asked for.

    Windows cannot open a folder, some shared folders cannot sync one, and in a drop box its names cannot be read.
    """
    if system == WINDOWS:
        return
    try:
        sync(folder, os.O_RDONLY)
    except OSError as fault:
        if fault.errno not in UNABLE_TO_SYNC:
            raise


def sync(path: Path, mode: int = os.O_RDWR) -> None:
    """Have a file's bytes on the disk; Windows does so only through a descriptor that may write."""
    descriptor = os.open(path, mode)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def trim_heap(system: str = SYSTEM) -> None:
    """Have glibc return what was freed, which it keeps unless asked; others do so by themselves, or cannot."""
    if system == "linux":
        import ctypes

        if hasattr(libc := ctypes.CDLL(None), "malloc_trim"):
            libc.malloc_trim(0)


def line_editor() -> ModuleType | None:
    """GNU readline or libedit; Windows has neither, and its console edits lines by itself, without completion."""
    if sys.platform == "win32":
        return None
    try:
        import readline
    except ImportError:
        return None
    return readline
