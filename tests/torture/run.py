"""One run: fault after fault, as its seed says, on one data folder until something breaks, then on a fresh one."""

from __future__ import annotations

import random
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.torture.fault import Fault, Skipped
from tests.torture.kills import ERRORS
from tests.torture.studio import TortureStudio
from tests.torture.table import Tally

KILLS_SHARE = 0.9
"""Of all faults: a kill takes a second or two, most of the others many."""
PROGRESS_S = 30.0


@dataclass(frozen=True)
class Plan:
    """What decides a run: the same seed makes the same choices. It lasts so long, and until so many kills are done."""

    seed: int
    seconds: float
    kills: int | None = None
    stop: bool = False


class Run:
    """Goes on until its time is over and its kills are done. `folder` is where the studios lie."""

    def __init__(self, plan: Plan, folder: Path, kills: Sequence[Fault], others: Sequence[Fault]) -> None:
        self._plan, self._folder = plan, folder
        self._kills = list(kills)
        self._others = deque(random.Random(plan.seed).sample(others, len(others)))
        self._tally = Tally()
        self._studio = self._fresh_studio()
        self._began = self._told = time.monotonic()
        self._kills_done = self._step = 0

    def go(self) -> Tally:
        """Run; gives what came of it. A data folder in which something broke is kept."""
        while not self._over():
            self._step += 1
            # Each step has chances of its own, so that what one does with them changes nothing for the next.
            rng = random.Random(f"{self._plan.seed} {self._step}")
            fault = self._choose(rng)
            self._try(fault, rng)
            self._tell()
        if self._studio.used:
            self._try(_Rest(), random.Random(self._plan.seed))
        return self._tally

    def _over(self) -> bool:
        if (self._plan.stop and self._tally.broken) or not (self._kills or self._others):
            return True
        enough_kills = self._plan.kills is None or self._kills_done >= self._plan.kills or not self._kills
        return self._passed_s() >= self._plan.seconds and enough_kills

    def _choose(self, rng: random.Random) -> Fault:
        if self._kills and (rng.random() < KILLS_SHARE or not self._others):
            return rng.choice(self._kills)
        # In turn, so that each of these many has its own.
        self._others.rotate()
        return self._others[0]

    def _try(self, fault: Fault, rng: random.Random) -> None:
        is_kill = fault in self._kills
        try:
            if not is_kill and self._studio.running:
                self._studio.end()
                # What the kill before it has made natural is not this fault's to explain.
                self._studio.inspect(ERRORS)
            fault.run(self._studio, rng)
        except Skipped as why:
            self._tally.skipped(fault.name, str(why))
            self._others.remove(fault)
        except Exception as broken:
            self._break(fault, broken)
        else:
            self._tally.survived(fault.name)
        self._kills_done += is_kill

    def _break(self, fault: Fault, broken: Exception) -> None:
        what = f"{type(broken).__name__}: {broken}" if not isinstance(broken, AssertionError) else str(broken)
        self._tally.broke(fault.name, what)
        where = f"seed {self._plan.seed}, step {self._step}, {fault.name}; kept: {self._studio.folder}"
        print(f"BROKEN: {where}\n{what}", flush=True)
        self._studio.abandon()
        self._studio = self._fresh_studio()

    def _fresh_studio(self) -> TortureStudio:
        folder = self._folder / f"studio-{self._tally.broken}"
        folder.mkdir(parents=True)
        return TortureStudio(folder)

    def _tell(self) -> None:
        if time.monotonic() - self._told < PROGRESS_S:
            return
        self._told = time.monotonic()
        print(
            f"seed {self._plan.seed}, {self._passed_s() / 60:.1f} min: {self._tally.tried:,} faults, "
            f"{self._kills_done:,} of them kills; "
            f"{self._tally.broken} not survived",
            flush=True,
        )

    def _passed_s(self) -> float:
        return time.monotonic() - self._began


class _Rest:
    """No fault at all: in the end everything is there, and nothing else."""

    name = "nothing more: everything is brought to its end"

    def run(self, studio: TortureStudio, rng: random.Random) -> None:
        """Only look."""
        studio.check(ERRORS)
