"""A zip that grows file by file beside its place, and takes it once it is whole."""

from __future__ import annotations

import os
import threading
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from sidecar.durable import Growth, publish
from sidecar.errors import Cancelled
from sidecar.operating_system import sync
from sidecar.uninterrupted import in_thread_until

BLOCK_BYTES = 1 << 20
_EVERYBODY_READS = 0o644 << 16


class GrowingZip:
    """Files are stored as they are, for sound does not get smaller; memory does not grow with them.

    Left before `finish`, it takes what it has written with it.
    """

    def __init__(self, part: Path) -> None:
        self._part = part
        self._archive = ZipFile(part, "w", ZIP_STORED)
        self._growth = Growth(part)
        self._unwanted = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        try:
            self._archive.close()
        finally:
            self._part.unlink(missing_ok=True)

    async def add(self, name: str, source: Path, made_at: str) -> None:
        """Copy a file in under `name`, dated `made_at` (RFC 3339). A cancel stops it within a block."""
        await in_thread_until(self._unwanted, self._copy, name, source, made_at)

    async def finish(self, target: Path) -> int:
        """Put the whole zip where it belongs, durably; gives its size in bytes. A cancel stops it until it is there."""
        return await in_thread_until(self._unwanted, self._publish, target)

    def _copy(self, name: str, source: Path, made_at: str) -> None:
        entry = ZipInfo(name, datetime.fromisoformat(made_at).timetuple()[:6])
        entry.external_attr = _EVERYBODY_READS
        with source.open("rb") as file:
            # From the size zipfile tells whether the entry needs ZIP64.
            entry.file_size = os.fstat(file.fileno()).st_size
            with self._archive.open(entry, "w") as stored:
                while block := file.read(BLOCK_BYTES):
                    self._require_wanted()
                    stored.write(block)
                    self._growth.by(len(block))

    def _publish(self, target: Path) -> int:
        self._archive.close()
        # What takes long comes first, so that it can be stopped until the moment of the rename.
        sync(self._part)
        self._require_wanted()
        publish(self._part, target)
        return target.stat().st_size

    def _require_wanted(self) -> None:
        if self._unwanted.is_set():
            raise Cancelled("The zip was stopped.")
