"""A file that others read is written under another name, and gets its own once it is whole."""

from __future__ import annotations

import os
from pathlib import Path

from sidecar.operating_system import replace, sync, sync_folder

SYNC_EVERY_BYTES = 64 << 20


class Growth:
    """Has a large file on the disk as it grows, so that the last sync, which nothing can stop, is a short one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._unsynced = 0

    def by(self, count: int) -> None:
        """So many bytes more were written."""
        self._unsynced += count
        if self._unsynced >= SYNC_EVERY_BYTES:
            sync(self._path)
            self._unsynced = 0


def publish(temporary: Path, final: Path) -> None:
    """Fsync a file, rename it over its final name, fsync the folder: it is there whole, or not at all."""
    sync(temporary)
    final.parent.mkdir(parents=True, exist_ok=True)
    replace(temporary, final)
    sync_folder(final.parent)


def half_written(final: Path, pid: int | str | None = None) -> Path:
    """Where a process, this one unless another is given, writes what is to become a file that several may make at once.

    With "*" for the name or the process this is a pattern of what those that are gone have left.
    """
    return final.with_name(f"{final.name}.{os.getpid() if pid is None else pid}.tmp")
