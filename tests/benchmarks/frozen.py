"""Measures the bundles in dist/ beside the program as it lies here: `python -m tests.benchmarks.frozen`.

Nothing here asserts on a number. Cold starts are measured as root on Linux only, where the disk's cache can be emptied.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.benchmarks.sidecar import MEGABYTE, first_line
from tests.process.sidecar_process import ROOT, SidecarProcess

COLD_STARTS = 3
WARM_STARTS = 11
DROP_CACHES = Path("/proc/sys/vm/drop_caches")
COLUMNS = ("program", "models", "packed", "cold", "warm", "ratio", "idle RSS")
UNITS = ("MiB", "MiB", "MB", "ms", "ms", "of warm", "MB")


@dataclass(frozen=True)
class Program:
    """Something that can be started: its command, its folder, the models in it, and its archive if it has one."""

    name: str
    command: list[str]
    folder: Path
    models: Path
    archive: Path | None


def main() -> None:
    """One row a program; sizes in MiB, but the archive's in MB, as downloads are told."""
    found = list(programs())
    with tempfile.TemporaryDirectory() as folder:
        # Makes the data folder and, where it is not frozen, the bytecode.
        for program in found:
            start(program, folder)
        cold = {program.name: cold_ms(program, folder) for program in found}
        # In turn, so that whatever else the machine does meets them all.
        rounds = [[start(program, folder) for program in found] for _ in range(WARM_STARTS)]
    warm = [statistics.median(times) for times in zip(*rounds, strict=True)]
    for cells in (COLUMNS, UNITS):
        print(row("", cells))
    for program, seconds in zip(found, warm, strict=True):
        times = (cold[program.name], f"{seconds * 1e3:.0f}", f"{seconds / warm[0]:.2f}")
        print(row(program.name, (*sizes(program), *times, idle(program))), flush=True)


def programs() -> Iterator[Program]:
    """The program as it lies here, and every bundle."""
    yield Program("unfrozen", [sys.executable, "-m", "sidecar"], Path(sys.prefix), ROOT / ".models", None)
    for executable in sorted((ROOT / "dist").glob("*/voicebox-sidecar-*/voicebox-sidecar-*")):
        bundle = executable.parent
        archive = bundle.with_name(f"{bundle.name}.tar.xz")
        models = bundle / "_internal" / "models"
        yield Program(bundle.parent.name, [str(executable)], bundle, models, archive if archive.exists() else None)


def sizes(program: Program) -> tuple[str, str, str]:
    """Of the program, of its models and of the archive."""
    models = size(program.models)
    inside = models if program.models.is_relative_to(program.folder) else 0
    packed = f"{program.archive.stat().st_size / 1e6:.0f}" if program.archive else "–"  # noqa: RUF001
    return f"{(size(program.folder) - inside) / MEGABYTE:.0f}", f"{models / MEGABYTE:.0f}", packed


def size(folder: Path) -> int:
    """Bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def start(program: Program, folder: str) -> float:
    """Seconds from spawning to `sidecar.ready`."""
    return first_line([*program.command, "--data-dir", str(Path(folder) / program.name)])


def cold_ms(program: Program, folder: str) -> str:
    """The same, in milliseconds, when nothing of the program is in memory; the median of a few."""
    if not os.access(DROP_CACHES, os.W_OK):
        return "n/a"
    seconds = []
    for _ in range(COLD_STARTS):
        os.sync()
        DROP_CACHES.write_text("3")
        seconds.append(start(program, folder))
    return f"{statistics.median(seconds) * 1e3:.0f}"


def idle(program: Program) -> str:
    """What it takes of memory after its first answer."""
    with (
        tempfile.TemporaryDirectory() as folder,
        SidecarProcess(Path(folder) / "data", command=program.command) as sidecar,
    ):
        sidecar.call("profiles.list")
        return f"{psutil.Process(sidecar.process.pid).memory_info().rss / MEGABYTE:.0f}"


def row(name: str, cells: tuple[str, ...]) -> str:
    """One line of the table."""
    return f"{name:<12}" + "".join(f"{cell:>10}" for cell in cells)


if __name__ == "__main__":
    main()
