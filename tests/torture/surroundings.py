"""What goes wrong around the program: the clock, the time zone, its folders, its database, its file descriptors."""

from __future__ import annotations

import mmap
import os
import random
import resource
import shutil
import sqlite3
import struct
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sidecar.store.files import DATABASE
from tests.process.sidecar_process import END_S, Refused, SidecarProcess
from tests.torture.engine_faults import BOUND_S, await_true, somebody, speak
from tests.torture.fault import Fault, Skipped
from tests.torture.shim import NoShim, compiled
from tests.torture.studio import PROGRAM, TortureStudio

YEAR_S = 365 * 86_400
OFFSETS_S = (-20 * YEAR_S, -YEAR_S, -3_600, 3_600, YEAR_S, 12 * YEAR_S)
ZONES = (
    "Pacific/Kiritimati",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "XYZ+25:59:59",
    "nonsense",
    "",
)
SPARE_DESCRIPTORS = 2
ERRORS = ("storage", "engine_failed", "model_unavailable", "invalid_audio")


@dataclass(frozen=True)
class WrongClock:
    """The time of day jumps by years while there is work, to and fro."""

    name: str = "clock goes backwards and forwards by years"

    def run(self, studio: TortureStudio, rng: random.Random) -> None:
        """Let it jump a few times; the jobs go on, and what is written is as good as ever."""
        try:
            library = compiled(Path(__file__).with_name("clock.c"))
        except NoShim as reason:
            raise Skipped(str(reason)) from None
        file = studio.folder / "clock offset"
        file.write_bytes(bytes(8))
        with file.open("r+b") as opened, mmap.mmap(opened.fileno(), 8) as offset:
            sidecar = studio.start(LD_PRELOAD=str(library), CLOCK_OFFSET=str(file))
            for seconds in rng.sample(OFFSETS_S, 3):
                offset[:] = struct.pack("=q", seconds)
                require_clock(sidecar, seconds)
                studio.work(rng, steps=3)
                require_job(sidecar)
            studio.settle()
            studio.end()
        studio.check(ERRORS)


@dataclass(frozen=True)
class OtherZone:
    """The user travels, or the variable for it holds nonsense."""

    name: str = "time zone changes"

    def run(self, studio: TortureStudio, rng: random.Random) -> None:
        """Work in one zone after the other."""
        for zone in rng.sample(ZONES, 2):
            sidecar = studio.start(TZ=zone)
            require_job(sidecar)
            studio.work(rng, steps=3)
            studio.settle()
        studio.check()


@dataclass(frozen=True)
class Passing:
    """Something is wrong for a while: requests may be refused, with an error of its kind, and all is well after it."""

    name: str
    disturbed: Callable[[TortureStudio], AbstractContextManager[None]]
    steps: int = 5

    def run(self, studio: TortureStudio, rng: random.Random) -> None:
        """Work before, during and after it."""
        if sys.platform != "linux":
            raise Skipped("folders that are in use can be moved away on Linux only")
        sidecar = studio.start()
        studio.work(rng, steps=3)
        with self.disturbed(studio):
            require_still_there(sidecar)
            studio.work(rng, self.steps)
            require_still_there(sidecar)
        await_true(lambda: works_again(sidecar), f"{self.name}: it does not recover")
        studio.settle()
        studio.check(ERRORS, log_complains=True)


@dataclass(frozen=True)
class FolderGone:
    """The data folder is removed for good, or another one is put in its place: nothing is promised any more."""

    name: str
    replaced: bool

    def run(self, studio: TortureStudio, rng: random.Random) -> None:
        """Remove it; a change is refused, never acknowledged and lost, and the program ends when asked."""
        folder = studio.folder / "to be removed"
        environment = {"VOICEBOX_MODELS_DIR": str(studio.models_dir), "VOICEBOX_OFFLINE": "1"}
        with SidecarProcess(folder, command=PROGRAM, **environment) as sidecar:
            require_job(sidecar)
            shutil.rmtree(folder)
            if self.replaced:
                shutil.copytree(studio.data_dir, folder, ignore=shutil.ignore_patterns("lock"))
            require_refusal(sidecar)
            require_still_there(sidecar)
            sidecar.close_input()
            # 1 where the last thing to write down, that ends of jobs were told, could not be.
            assert sidecar.process.wait(END_S) in (0, 1), sidecar.stderr
        sidecar.assert_no_process_left()
        shutil.rmtree(folder, ignore_errors=True)
        studio.check()


@dataclass(frozen=True)
class SecondSidecar:
    """Another one is started on the same folder, again and again."""

    name: str = "second sidecar on the same folder"

    def run(self, studio: TortureStudio, rng: random.Random) -> None:
        """It is refused, and the first one does not notice."""
        studio.start()
        with studio.working(rng):
            second = SidecarProcess(studio.data_dir, command=PROGRAM)
            assert second.wait_ended() == 3, second.stderr
            assert second.messages == []
        studio.settle()
        studio.check()


def faults() -> Sequence[Fault]:
    """Everything around the program that may go wrong."""
    return (
        WrongClock(),
        OtherZone(),
        SecondSidecar(),
        Passing("database locked by another program", locked_database, steps=1),
        Passing("data folder moved away for a while", lambda studio: moved_away(studio.data_dir)),
        Passing("models folder moved away for a while", lambda studio: moved_away(studio.models_dir)),
        Passing("temporary folder unusable", lambda studio: unusable(studio.data_dir / "tmp")),
        Passing("file descriptors exhausted", few_descriptors),
        FolderGone("data folder removed", replaced=False),
        FolderGone("data folder replaced by another", replaced=True),
    )


@contextmanager
def locked_database(studio: TortureStudio) -> Iterator[None]:
    """Another program holds the database, for longer than anybody waits for it."""
    with closing(sqlite3.connect(studio.data_dir / DATABASE, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        require_refusal(studio.sidecar)
        yield
        other.execute("ROLLBACK")


@contextmanager
def moved_away(folder: Path) -> Iterator[None]:
    """A folder is elsewhere for a while."""
    elsewhere = folder.with_name(f"{folder.name} elsewhere")
    folder.rename(elsewhere)
    try:
        yield
    finally:
        # A log file may have been begun anew in its place.
        shutil.rmtree(folder, ignore_errors=True)
        elsewhere.rename(folder)


@contextmanager
def unusable(folder: Path) -> Iterator[None]:
    """A file stands where the folder was, since nothing is forbidden to root."""
    with moved_away(folder):
        folder.touch()
        yield
        folder.unlink()


@contextmanager
def few_descriptors(studio: TortureStudio) -> Iterator[None]:
    """The sidecar may open hardly any file more."""
    pid = studio.sidecar.process.pid
    usual = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    highest = max(int(name) for name in os.listdir(f"/proc/{pid}/fd"))
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (highest + 1 + SPARE_DESCRIPTORS, usual[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_NOFILE, usual)


def require_clock(sidecar: SidecarProcess, offset_s: int) -> None:
    """What is made now bears the year that the clock tells."""
    made = sidecar.call("generation.create", profile_id=somebody(sidecar), text="What time is it?", wait=True)
    year = int(made["generation"]["created_at"][:4])
    told = 1970 + (time.time() + offset_s) / (365.2425 * 86_400)
    assert abs(year - told) < 2, made["generation"]["created_at"]


def require_job(sidecar: SidecarProcess) -> None:
    """A job succeeds."""
    ended = sidecar.event("job.finished", BOUND_S, job_id=speak(sidecar, "All is well."))
    assert ended["status"] == "completed", ended


def require_still_there(sidecar: SidecarProcess) -> None:
    """Whatever is wrong, it answers."""
    sidecar.call("system.health")


def require_refusal(sidecar: SidecarProcess) -> None:
    """A change is refused with an error of the storage."""
    answer = sidecar.answer(sidecar.request("profiles.create", name="Never"))
    assert "error" in answer, f"acknowledged, and lost: {answer}"
    assert answer["error"]["data"]["kind"] == "storage", answer


def works_again(sidecar: SidecarProcess) -> bool:
    """Whether a job succeeds now."""
    try:
        job = speak(sidecar, "All is well again.")
    except Refused:
        return False
    return bool(sidecar.event("job.finished", BOUND_S, job_id=job)["status"] == "completed")
