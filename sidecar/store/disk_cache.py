"""A folder of files that can be made again: how full it is, and how it is emptied, those used longest ago first."""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

Entry = tuple[int, int, Path]
"""When it was used last (its modification time, ns), its size in bytes, where it is."""


class DiskCache:
    """The files of one folder that match a pattern; a file's modification time is when it was used last.

    Whoever uses a file may find it gone at any moment and makes it again, unless it is held by `using`; one that is
    being read just then is read to its end, or, on Windows, stays.
    """

    def __init__(self, folder: Path, pattern: str = "*") -> None:
        self._folder = folder
        self._pattern = pattern
        self._removing = threading.Lock()
        self._used: Counter[str] = Counter()

    @contextmanager
    def using(self, names: Collection[str]) -> Iterator[None]:
        """While this lasts, files of these names stay, whether they are there by now or come later."""
        with self._removing:
            self._used.update(names)
        try:
            yield
        finally:
            with self._removing:
                self._used -= Counter(names)

    def size(self) -> tuple[int, int]:
        """How many files there are, and their bytes."""
        entries = self._entries()
        return len(entries), sum(size for _, size, _ in entries)

    def clear(self) -> tuple[int, int]:
        """Remove every file that nobody holds; gives how many went, and their bytes."""
        return self._remove(self._entries(), math.inf)

    def trim(self, limit_bytes: int) -> tuple[int, int]:
        """Remove files until the rest takes no more than this or is held; gives how many went, and their bytes."""
        entries = sorted(self._entries())
        return self._remove(entries, sum(size for _, size, _ in entries) - limit_bytes)

    def _entries(self) -> list[Entry]:
        found = []
        for path in self._folder.glob(self._pattern):
            try:
                status = path.stat()
            except FileNotFoundError:
                continue
            found.append((status.st_mtime_ns, status.st_size, path))
        return found

    def _remove(self, entries: Iterable[Entry], excess: float) -> tuple[int, int]:
        """Remove files in this order until so many bytes have gone."""
        files = freed = 0
        for _, size, path in entries:
            if freed >= excess:
                break
            if self._removed(path):
                files, freed = files + 1, freed + size
        return files, freed

    def _removed(self, path: Path) -> bool:
        with self._removing:
            if path.name in self._used:
                return False
            try:
                path.unlink()
            except (FileNotFoundError, PermissionError):
                return False
            return True
