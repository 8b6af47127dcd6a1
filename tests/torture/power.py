"""The power goes: a run is recorded change by change, then the disk is what it may be after any one of them.

`python -m tests.torture.power` records the story (story.py), and cuts it at as many changes as one likes.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from shutil import rmtree
from typing import Any

from tests.torture.failpoints import shim_for
from tests.torture.fault import Fault
from tests.torture.ledger import Ledger, Wish
from tests.torture.power_disk import Disk
from tests.torture.shim import Change, Shim
from tests.torture.story import tell
from tests.torture.studio import TortureStudio
from tests.torture.table import Tally

STEPS = 40
CUTS_OF_A_RUN = 10
"""Recording a run takes about as long as the check after a cut."""
NAME = "power cut"


class DatedLedger(Ledger):
    """A ledger that knows after how many changes of the disk it heard of each thing."""

    def __init__(self, shim: Shim) -> None:
        super().__init__()
        self._shim = shim
        self._events: list[tuple[int, Callable[[Ledger], None]]] = []

    def ask(self, request_id: int, wish: Wish) -> None:
        """Also note when."""
        self._events.append((self._shim.done, lambda ledger: ledger.ask(request_id, wish)))
        super().ask(request_id, wish)

    def hear(self, message: Mapping[str, Any]) -> None:
        """Also note when."""
        self._events.append((self._shim.done, lambda ledger: ledger.hear(message)))
        super().hear(message)

    def until(self, number: int) -> Ledger:
        """What was known when that change was made and the sidecar ended."""
        ledger = Ledger()
        for done, repeat in self._events:
            if done <= number:
                repeat(ledger)
        ledger.lose(cleanly=False)
        return ledger


class Recording:
    """One run in a new folder, from its first start to its clean end."""

    def __init__(self, folder: Path, work: Callable[[TortureStudio], None]) -> None:
        self._folder = folder
        studio = TortureStudio(folder)
        studio.data_dir.mkdir()
        shim = shim_for(studio)
        studio.ledger = self._ledger = DatedLedger(shim)
        try:
            studio.start(**shim.environment)
            work(studio)
            studio.end()
        finally:
            studio.abandon()
        rmtree(studio.data_dir)
        self.changes: Sequence[Change] = list(shim.journal())

    def cut(self, number: int, rng: Random) -> None:
        """Have the data folder be what may be left after that change, then start on it; everything must hold.

        Raises AssertionError with everything that does not.
        """
        studio = TortureStudio(self._folder)
        studio.ledger = self._ledger.until(number)
        studio.data_dir.mkdir()
        disk = Disk(studio.data_dir)
        for change in self.changes:
            if change.number <= number:
                disk.do(change)
        studio.data_dir.rmdir()
        disk.after_power_cut(rng, studio.data_dir)
        try:
            studio.check()
        finally:
            studio.abandon()
            rmtree(studio.data_dir)


class PowerCut:
    """The same run is cut several times, each time after another change."""

    name = NAME

    def __init__(self) -> None:
        self._recording: Recording | None = None
        self._cuts = 0

    def run(self, studio: TortureStudio, rng: Random) -> None:
        """Record anew now and then, and cut."""
        if self._recording is None or self._cuts == CUTS_OF_A_RUN:
            folder = Path(tempfile.mkdtemp(prefix="power-", dir=studio.folder))
            self._recording, self._cuts = Recording(folder, lambda recorded: recorded.work(rng, STEPS)), 0
        self._cuts += 1
        self._recording.cut(rng.choice(self._recording.changes).number, rng)


def faults() -> Sequence[Fault]:
    """The one."""
    return [PowerCut()]


def main() -> int:
    """Cut from the command line; 0 if everything held."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture.power", description=__doc__)
    parser.add_argument("--seed", type=int, help="decides every choice (default: one by chance, which is printed)")
    parser.add_argument("--cuts", type=int, default=200, help="how many (default 200)")
    arguments = parser.parse_args()
    seed = secrets.randbelow(10**9) if arguments.seed is None else arguments.seed
    print(f"seed {seed}", flush=True)
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="voicebox-power-") as folder:
        recording = Recording(Path(folder), tell)
        print(f"the story makes {len(recording.changes)} changes", flush=True)
        for cut in range(arguments.cuts):
            rng = Random(f"{seed} {cut}")
            number = rng.choice(recording.changes).number
            try:
                recording.cut(number, rng)
                tally.survived(NAME)
            except Exception as broken:
                print(f"cut {cut}, after change {number}: {broken}", flush=True)
                tally.broke(NAME, f"after change {number}: {broken}")
    print(tally.markdown())
    return 1 if tally.broken else 0


if __name__ == "__main__":
    sys.exit(main())
