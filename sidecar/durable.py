"""Giving a finished file its name so that it survives a power cut."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

SHARING_WAIT_S = 1.0


def publish(temporary: Path, final: Path) -> None:
    """Fsync a file, rename it over its final name, fsync the folder: it is there whole, or not at all."""
    _sync(temporary, os.O_RDWR)
    final.parent.mkdir(parents=True, exist_ok=True)
    _replace(temporary, final)
    sync_folder(final.parent)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk, where the platform can."""
    if sys.platform != "win32":
        _sync(folder, os.O_RDONLY)


def _sync(path: Path, mode: int) -> None:
    descriptor = os.open(path, mode)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _replace(temporary: Path, final: Path) -> None:
    """Rename; on Windows a virus scanner may hold a new file open for a moment, so try for a while."""
    deadline = time.monotonic() + SHARING_WAIT_S
    while True:
        try:
            os.replace(temporary, final)
        except PermissionError:
            if sys.platform != "win32" or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return
