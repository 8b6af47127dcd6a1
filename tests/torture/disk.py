"""A disk that refuses: full, over quota, read-only, forbidden, broken, or one that writes less than it was given."""

from __future__ import annotations

import ctypes
import errno
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.process.sidecar_process import SidecarProcess
from tests.torture.failpoints import shim_for
from tests.torture.fault import Fault, Skipped
from tests.torture.shim import REFUSED_WITH
from tests.torture.studio import TortureStudio

ERRORS = ("storage",)
"""What everything that needs the disk is answered with, as long as it refuses."""
STEPS_BEFORE, STEPS_AFTER = 5, 10
FARTHEST = 300
"""Within so many changes of the disk the trouble begins."""
LONGEST_S = 3.0
LAST_OF_START = 60
"""About so many changes are made until the sidecar is ready."""
SMALL_DISK_BYTES = 48 << 20
NEW_MOUNT_NAMESPACE = 0x00020000
"""CLONE_NEWNS of unshare(2)."""
EXIT_STORAGE = 1


@dataclass(frozen=True)
class Refusal:
    """In the middle of work the disk begins to refuse, for a few changes or for a while, and then no more.

    Without an `error`, it takes only half of every write.
    """

    name: str
    error: int | None

    def run(self, studio: TortureStudio, rng: Random) -> None:
        """Work into the trouble and out of it again."""
        shim = shim_for(studio)
        sidecar = studio.start(**shim.environment)
        studio.work(rng, STEPS_BEFORE)
        first, times = shim.done + rng.randint(1, FARTHEST), rng.choice((1, 3, 20, None))
        if self.error is None:
            shim.write_half(first, times)
        else:
            shim.fail(self.error, first, times)
        with studio.working(rng):
            _wait(sidecar, rng.uniform(0, LONGEST_S))
            shim.lift()
        studio.work(rng, STEPS_AFTER)
        studio.settle()
        assert "Logging error" not in sidecar.stderr, "whoever does not read stderr would hold the sidecar up"
        studio.check(ERRORS, log_complains=True)


@dataclass(frozen=True)
class RefusalAtStart:
    """The disk refuses before the sidecar is up: it says why it cannot start, and starts when it can."""

    name: str = "disk that refuses at the start"

    def run(self, studio: TortureStudio, rng: Random) -> None:
        """Try to start; it must be up, or have ended with a reason in one line."""
        studio.end()
        shim = shim_for(studio)
        shim.fail(rng.choice(list(REFUSED_WITH)), rng.randint(1, LAST_OF_START))
        sidecar = studio.spawn(**shim.environment)
        try:
            sidecar.event("sidecar.ready")
        except AssertionError:
            studio.gone(EXIT_STORAGE)
            assert "Traceback" not in sidecar.stderr, sidecar.stderr
            assert sidecar.stderr.splitlines()[-1].startswith("voicebox-sidecar: "), sidecar.stderr
        shim.lift()
        studio.start()
        studio.settle()
        studio.check(ERRORS, log_complains=True)


@dataclass(frozen=True)
class FullDisk:
    """A small disk of its own, really full, until something on it is removed."""

    name: str = "disk really full"

    def run(self, studio: TortureStudio, rng: Random) -> None:
        """Work, fill the disk to its last byte, work, make room, work."""
        folder = studio.folder / "small disk"
        with small_disk(folder):
            small = TortureStudio(folder)
            try:
                small.start()
                small.work(rng, STEPS_BEFORE)
                with filled(folder / "ballast"):
                    small.work(rng, STEPS_BEFORE)
                small.work(rng, STEPS_AFTER)
                small.settle()
                small.check(ERRORS, log_complains=True)
            finally:
                small.abandon()


def faults() -> Sequence[Fault]:
    """Every way in which a disk refuses."""
    return (
        Refusal("disk full", errno.ENOSPC),
        Refusal("quota exceeded", errno.EDQUOT),
        Refusal("disk turned read-only", errno.EROFS),
        Refusal("permission denied", errno.EACCES),
        Refusal("disk that cannot write", errno.EIO),
        Refusal("writes that take only half", None),
        RefusalAtStart(),
        FullDisk(),
    )


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A new file system in memory at `folder`, seen by this thread and the processes it starts only.

    Raises:
        Skipped: this user may not mount anything.

    """
    folder.mkdir(exist_ok=True)
    unshare = getattr(ctypes.CDLL(None), "unshare", None)
    if unshare is None or unshare(NEW_MOUNT_NAMESPACE):
        raise Skipped("only root on Linux may mount a small disk")
    size = f"size={SMALL_DISK_BYTES}"
    for command in (["mount", "--make-rprivate", "/"], ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)]):
        subprocess.run(command, check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def filled(ballast: Path) -> Iterator[None]:
    """Leave no byte free on the disk of this file, which is gone afterwards."""
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(os.statvfs(ballast).f_frsize))
    try:
        yield
    finally:
        ballast.unlink()


def _wait(sidecar: SidecarProcess, time_s: float) -> None:
    with suppress(AssertionError):
        sidecar.wait_for(lambda: None, time_s)
