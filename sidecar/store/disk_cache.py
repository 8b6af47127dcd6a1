"""A folder of files that can be made again: how full it is, and how it is emptied, those used longest ago first."""

from __future__ import annotations

from pathlib import Path

Entry = tuple[int, int, Path]
"""When it was used last (its modification time, ns), its size in bytes, where it is."""


class DiskCache:
    """The files of one folder that match a pattern; a file's modification time is when it was used last.

    Whoever uses a file may find it gone at any moment and makes it again; one that is being read just then is read to
    its end, or, on Windows, stays.
    """

    def __init__(self, folder: Path, pattern: str = "*") -> None:
        self._folder = folder
        self._pattern = pattern

    def size(self) -> tuple[int, int]:
        """How many files there are, and their bytes."""
        entries = self._entries()
        return len(entries), sum(size for _, size, _ in entries)

    def clear(self) -> tuple[int, int]:
        """Remove every file; gives how many went, and their bytes."""
        return _remove(self._entries())

    def trim(self, limit_bytes: int) -> tuple[int, int]:
        """Remove files until the rest takes no more than this; gives how many went, and their bytes."""
        entries = sorted(self._entries())
        excess = sum(size for _, size, _ in entries) - limit_bytes
        going: list[Entry] = []
        while excess > 0:
            going.append(entries[len(going)])
            excess -= going[-1][1]
        return _remove(going)

    def _entries(self) -> list[Entry]:
        found = []
        for path in self._folder.glob(self._pattern):
            try:
                status = path.stat()
            except FileNotFoundError:
                continue
            found.append((status.st_mtime_ns, status.st_size, path))
        return found


def _remove(entries: list[Entry]) -> tuple[int, int]:
    sizes = [size for _, size, path in entries if _removed(path)]
    return len(sizes), sum(sizes)


def _removed(path: Path) -> bool:
    try:
        path.unlink()
    except (FileNotFoundError, PermissionError):
        return False
    return True
