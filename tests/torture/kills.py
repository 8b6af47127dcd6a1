"""Processes that end in the middle of work: by SIGKILL, alone or together, frozen before it, or asked politely."""

from __future__ import annotations

import random
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import psutil

from tests.process.sidecar_process import SidecarProcess
from tests.torture.fault import Fault
from tests.torture.studio import TortureStudio

LONGEST_WORK_STARTS = 2.0
"""The longest work before a kill, in times that the start took: machines differ, and so does what else they do."""
LONGEST_FREEZE_S = 0.3
MOST_LINES = 100
LINES_WITHIN_S = 20.0
SETTLED_SHARE = 0.2
"""After how many of the kills everything is brought to an end; the others are followed by more work at once."""
ERRORS = ("engine_failed",)
"""A job fails whose engine process is killed again and again before it gets any further."""
Strike = Callable[[SidecarProcess, random.Random], None]


@dataclass(frozen=True)
class End:
    """The sidecar is ended in the middle of work."""

    name: str
    strike: Strike
    exit_code: int | None = None

    def run(self, studio: TortureStudio, rng: random.Random) -> None:
        """Work, strike, look at what is on the disk, and now and then bring everything to an end."""
        sidecar = studio.start()
        with studio.working(rng):
            _await_moment(studio, rng)
            self.strike(sidecar, rng)
        # The user is heard out first: two who took note of one answer would take note of it twice.
        studio.gone(self.exit_code)
        studio.inspect(ERRORS)
        if rng.random() < SETTLED_SHARE:
            studio.check(ERRORS)


@dataclass(frozen=True)
class EndAtStart:
    """The sidecar is killed before it is up: while it sweeps, migrates, takes up the queue."""

    name: str = "SIGKILL of the sidecar while it starts"

    def run(self, studio: TortureStudio, rng: random.Random) -> None:
        """Leave some work behind, then start and kill."""
        studio.start()
        studio.work(rng, steps=5)
        studio.kill()
        sidecar = studio.spawn()
        _await(sidecar, rng.uniform(0, 1.2 * studio.start_s))
        studio.kill()
        studio.inspect(ERRORS)


@dataclass(frozen=True)
class EngineDeath:
    """An engine process dies in the middle of work; the sidecar lives on."""

    name: str
    role: str
    frozen: bool = False

    def run(self, studio: TortureStudio, rng: random.Random) -> None:
        """Work, strike, work on."""
        sidecar = studio.start()
        with studio.working(rng):
            _await_moment(studio, rng)
            with suppress(psutil.NoSuchProcess):
                engine = _engine(sidecar, self.role)
                if self.frozen:
                    engine.suspend()
                    _await(sidecar, rng.uniform(0, LONGEST_FREEZE_S))
                engine.kill()
        if rng.random() < SETTLED_SHARE:
            studio.look(ERRORS)


def faults() -> Sequence[Fault]:
    """Every kind of kill."""
    return (
        End("SIGKILL of the sidecar", _kill, -signal.SIGKILL),
        End("SIGKILL of the sidecar and its engines at once", _kill_all, -signal.SIGKILL),
        End("SIGSTOP, then SIGKILL of the sidecar", _freeze_and_kill, -signal.SIGKILL),
        End("SIGTERM", _terminate, 0),
        End("end of stdin", _hang_up, 0),
        EndAtStart(),
        EngineDeath("SIGKILL of the engine process", "model"),
        EngineDeath("SIGKILL of an audio process", "audio"),
        EngineDeath("SIGSTOP, then SIGKILL of the engine process", "model", frozen=True),
    )


def _kill(sidecar: SidecarProcess, rng: random.Random) -> None:
    sidecar.process.kill()


def _kill_all(sidecar: SidecarProcess, rng: random.Random) -> None:
    blows: list[Callable[[], None]] = [sidecar.process.kill, *(engine.kill for engine in sidecar.descendants())]
    rng.shuffle(blows)
    for blow in blows:
        with suppress(psutil.NoSuchProcess):
            blow()


def _freeze_and_kill(sidecar: SidecarProcess, rng: random.Random) -> None:
    sidecar.process.send_signal(signal.SIGSTOP)
    _await(sidecar, rng.uniform(0, LONGEST_FREEZE_S))
    sidecar.process.kill()


def _terminate(sidecar: SidecarProcess, rng: random.Random) -> None:
    sidecar.process.terminate()


def _hang_up(sidecar: SidecarProcess, rng: random.Random) -> None:
    sidecar.close_input()


def _engine(sidecar: SidecarProcess, role: str) -> psutil.Process:
    """The first process of that role, as soon as there is one."""
    while True:
        found = [engine["pid"] for engine in sidecar.call("system.health")["engines"] if engine["role"] == role]
        if found:
            return psutil.Process(found[0])
        _await(sidecar, LONGEST_FREEZE_S)


def _await_moment(studio: TortureStudio, rng: random.Random) -> None:
    """Wait for a moment in time or for so many lines of the sidecar, whichever chance says.

    Lines come in bursts at every stage of the work; by them a stage is hit that is over within a millisecond.
    """
    if rng.random() < 0.5:
        _await(studio.sidecar, rng.uniform(0, LONGEST_WORK_STARTS * studio.start_s))
    else:
        _await(studio.sidecar, LINES_WITHIN_S, rng.randint(1, MOST_LINES))


def _await(sidecar: SidecarProcess, time_s: float, lines: int | None = None) -> None:
    heard = len(sidecar.messages)
    with suppress(AssertionError):
        sidecar.wait_for(lambda: True if lines and len(sidecar.messages) >= heard + lines else None, time_s)
