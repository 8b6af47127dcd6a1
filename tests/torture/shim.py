"""The library that stands between the sidecar and the disk (shim.c): compiled, given orders, its journal read.

Every change below one folder is numbered, over all processes of a run. An order says to which numbers something is
done: the process dies just before or just after that change, or the change fails with an errno, or only half of it is
written. Orders may change while the program runs.
"""

from __future__ import annotations

import errno
import hashlib
import mmap
import os
import shutil
import struct
import subprocess
import sys
import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from platformdirs import user_cache_path

SOURCE = Path(__file__).with_name("shim.c")
ORDERS = struct.Struct("=QQQQIIi4x")
"""`struct orders` of shim.c: done, struck, first, last, kinds, deed, error."""
ENTRY = struct.Struct("=QQQIIII")
"""`struct entry` of shim.c: number, offset, size, kind, process, bytes of the path and of the target."""
FOR_EVER = 2**64 - 1


class Kind(IntEnum):
    """What a change is."""

    OPEN = 0
    """For writing, of a file that is there and keeps its bytes."""
    CREATE = 1
    WRITE = 2
    TRUNCATE = 3
    SYNC = 4
    RENAME = 5
    LINK = 6
    UNLINK = 7
    MKDIR = 8
    RMDIR = 9


class Deed(IntEnum):
    """What is done to a change."""

    NOTHING = 0
    KILL_BEFORE = 1
    KILL_AFTER = 2
    FAIL = 3
    WRITE_HALF = 4


TAKES_SPACE = frozenset({Kind.CREATE, Kind.WRITE, Kind.LINK, Kind.MKDIR})
NAMES = frozenset({Kind.CREATE, Kind.RENAME, Kind.LINK, Kind.UNLINK, Kind.MKDIR, Kind.RMDIR})
REFUSED_WITH = {
    errno.ENOSPC: TAKES_SPACE,
    errno.EDQUOT: TAKES_SPACE,
    errno.EROFS: frozenset(Kind) - {Kind.SYNC},
    errno.EACCES: NAMES | {Kind.OPEN},
    errno.EIO: frozenset(Kind),
}
"""Which kinds of change a real disk refuses with an errno."""


class NoShim(Exception):
    """The library cannot be had here; the message says why."""


@dataclass(frozen=True)
class Change:
    """One line of the journal: something that was done to the disk. Of a truncation, `size` is what is left."""

    number: int
    kind: Kind
    process: int
    path: Path
    target: Path
    offset: int
    size: int
    data: bytes


class Shim:
    """One run under the library: start a program with `environment`, then see `done`, give orders, read the journal.

    `folder` is where its own files go; `root`, the folder that is watched, lies elsewhere.

    Raises:
        NoShim: this is not Linux, or there is no C compiler.

    """

    def __init__(self, folder: Path, root: Path) -> None:
        name = uuid.uuid4()
        orders, self._journal = folder / f"{name}.orders", folder / f"{name}.journal"
        orders.write_bytes(bytes(ORDERS.size))
        self._journal.touch()
        with orders.open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), ORDERS.size)
        self.environment = {
            "LD_PRELOAD": str(compiled(SOURCE)),
            "TORTURE_ROOT": str(root),
            "TORTURE_ORDERS": str(orders),
            "TORTURE_JOURNAL": str(self._journal),
        }

    @property
    def done(self) -> int:
        """How many changes were begun so far."""
        return int(ORDERS.unpack(self._shared[:])[0])

    @property
    def struck(self) -> int:
        """To how many changes the deed was done."""
        return int(ORDERS.unpack(self._shared[:])[1])

    def kill_at(self, number: int, deed: Deed) -> None:
        """End whichever process makes this change, just before or just after it."""
        self._order(number, number, frozenset(Kind), deed)

    def fail(self, error: int, first: int | None = None, times: int | None = None) -> None:
        """Let changes fail that this errno fits: from now on or from a number on, for so many numbers or for ever."""
        self._order_from(first, times, REFUSED_WITH[error], Deed.FAIL, error)

    def write_half(self, first: int | None = None, times: int | None = None) -> None:
        """Let every write take only half of what it is given."""
        self._order_from(first, times, frozenset({Kind.WRITE}), Deed.WRITE_HALF)

    def lift(self) -> None:
        """Let everything be as usual."""
        self._order(0, 0, (), Deed.NOTHING)

    def journal(self) -> Iterator[Change]:
        """Every change that was made, in order."""
        with self._journal.open("rb") as file:
            while head := file.read(ENTRY.size):
                number, offset, size, kind, process, path_bytes, target_bytes = ENTRY.unpack(head)
                path, target = (Path(os.fsdecode(file.read(length))) for length in (path_bytes, target_bytes))
                data = file.read(size) if kind == Kind.WRITE else b""
                yield Change(number, Kind(kind), process, path, target, offset, size, data)

    def _order_from(
        self, first: int | None, times: int | None, kinds: Collection[Kind], deed: Deed, error: int = 0
    ) -> None:
        begin = 0 if first is None else first
        self._order(begin, FOR_EVER if times is None else begin + times - 1, kinds, deed, error)

    def _order(self, first: int, last: int, kinds: Collection[Kind], deed: Deed, error: int = 0) -> None:
        bits = sum(1 << kind for kind in kinds)
        done, struck, *_ = ORDERS.unpack(self._shared[:])
        counts = struct.calcsize("=QQ")
        self._shared[counts:] = ORDERS.pack(done, struck, first, last, bits, deed, error)[counts:]


def compiled(source: Path) -> Path:
    """The shared library made of one C file, in a folder of the user's cache; made once for each wording of it.

    Raises:
        NoShim: this is not Linux, or there is no C compiler.

    """
    if sys.platform != "linux":
        raise NoShim("only Linux has LD_PRELOAD as these tests use it")
    compiler = shutil.which("cc")
    if compiler is None:
        raise NoShim("there is no C compiler (cc)")
    folder = user_cache_path("voicebox-torture")
    folder.mkdir(parents=True, exist_ok=True)
    library = folder / f"{source.stem}-{hashlib.sha256(source.read_bytes()).hexdigest()[:16]}.so"
    if not library.exists():
        unfinished = library.with_suffix(f".{os.getpid()}")
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", unfinished, source], check=True)
        unfinished.replace(library)
    return library
