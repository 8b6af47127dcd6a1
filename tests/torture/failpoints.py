"""SIGKILL at one exact change of the disk: a write, an fsync, a rename, a new or a vanishing name, SQLite's included.

`python -m tests.torture.failpoints` takes the story (story.py) and kills whichever process comes to its first change,
then to its second, and so on to the last, each time in a new folder.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from shutil import rmtree
from subprocess import TimeoutExpired

from tests.torture.fault import Fault, Skipped
from tests.torture.shim import Deed, NoShim, Shim
from tests.torture.story import tell
from tests.torture.studio import TortureStudio
from tests.torture.table import Tally

NAMES = {
    Deed.KILL_BEFORE: "SIGKILL just before a change of the disk",
    Deed.KILL_AFTER: "SIGKILL just after a change of the disk",
}
LAST_POINT = 1_500
"""About so many changes are made in the work that follows."""
STEPS = 40
ERRORS = ("engine_failed",)
"""What is no job is not tried again when its engine process is killed."""
DEATH_S = 0.2
"""Within what time a process is gone that has killed itself."""


@dataclass(frozen=True)
class FailPoint:
    """Whichever process comes to one change, chosen by chance, is killed just there."""

    deed: Deed

    @property
    def name(self) -> str:
        """As the table shows it."""
        return NAMES[self.deed]

    def run(self, studio: TortureStudio, rng: Random) -> None:
        """Start, the start included, work, and be killed."""
        shim = shim_for(studio)
        shim.kill_at(rng.randint(1, LAST_POINT), self.deed)
        studio.spawn(**shim.environment)
        studio.work(rng, STEPS)
        outlive(studio, shim)


def faults() -> Sequence[Fault]:
    """Both sides of a change."""
    return [FailPoint(deed) for deed in NAMES]


def shim_for(studio: TortureStudio) -> Shim:
    """Something to stand between that studio's sidecars and the disk. Raises `Skipped`."""
    try:
        return Shim(studio.folder, studio.data_dir)
    except NoShim as reason:
        raise Skipped(str(reason)) from reason


def outlive(studio: TortureStudio, shim: Shim) -> None:
    """No more kills; the sidecar, or the one after it, comes to an end with everything, and all holds."""
    shim.lift()
    try:
        studio.sidecar.process.wait(DEATH_S)
    except TimeoutExpired:
        studio.check(ERRORS)
    else:
        studio.gone(-signal.SIGKILL)
        studio.check(ERRORS)


def changes_of_story(folder: Path) -> int:
    """How many changes the story makes, from the first start to the clean end."""
    studio = TortureStudio(folder)
    shim = shim_for(studio)
    studio.start(**shim.environment)
    tell(studio)
    studio.check()
    return shim.done


def try_point(folder: Path, number: int, deed: Deed) -> bool:
    """Tell the story in a new folder, kill at that change, and see that everything holds; whether it came so far.

    Raises AssertionError with everything that does not hold.
    """
    studio = TortureStudio(folder)
    shim = shim_for(studio)
    shim.kill_at(number, deed)
    try:
        studio.spawn(**shim.environment)
        tell(studio)
        outlive(studio, shim)
    finally:
        studio.abandon()
    return shim.struck > 0


def main() -> int:
    """Sweep from the command line; 0 if everything held."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture.failpoints", description=__doc__)
    parser.add_argument("--first", type=int, default=1, help="the first change (default 1)")
    parser.add_argument("--step", type=int, default=1, help="only every so many changes (default 1)")
    arguments = parser.parse_args()
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="voicebox-failpoints-") as folder:
        last = changes_of_story(Path(folder) / "whole")
        print(f"the story makes {last} changes", flush=True)
        for number in range(arguments.first, last + 1, arguments.step):
            for deed in NAMES:
                _count(tally, Path(folder) / "point", number, deed)
    print(tally.markdown())
    return 1 if tally.broken else 0


def _count(tally: Tally, folder: Path, number: int, deed: Deed) -> None:
    try:
        if try_point(folder, number, deed):
            tally.survived(NAMES[deed])
    except Exception as broken:
        print(f"change {number}, {deed.name}: {broken}", flush=True)
        tally.broke(NAMES[deed], f"change {number}: {broken}")
    rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
