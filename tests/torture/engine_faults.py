"""Engine processes that die, hang, babble and linger: one job has to do with it, and nobody else."""

from __future__ import annotations

import os
import random
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import psutil

from tests import scripted_engine
from tests.process.sidecar_process import SidecarProcess
from tests.torture.fault import Fault, Skipped
from tests.torture.hostile_engine import FAULTS, LOADS
from tests.torture.studio import TortureStudio

HOSTILE = {
    "TORTURE_ADAPTER": "tests.torture.hostile_engine:HostileEngine",
    "VOICEBOX_ENGINE_SILENCE_S": "4",
}
"""The environment of a sidecar whose engine is hostile, and is taken to hang after four seconds of silence."""
BOUND_S = 60.0
"""Three tries, each with a fresh process and perhaps that silence, on a machine that has other things to do."""
LONGEST_MESSAGE = 1_000
LOOK_S = 0.05

HARMLESS = ("babbles", "is sleepy", "forks and goes on", "says a wrong number")
ENDLESS = "waits for ever"
SHORT_OF_MEMORY = "runs out of memory"
DEADLY = tuple(name for name in FAULTS if name not in (*HARMLESS, ENDLESS))


@dataclass(frozen=True)
class EngineFault:
    """The engine does what `does` says while it speaks, with other work before and after it."""

    does: str

    @property
    def name(self) -> str:
        """As the table shows it."""
        return f"engine {self.does}"

    def run(self, studio: TortureStudio, rng: random.Random) -> None:
        """Let it happen once, or at every try, while there is other work; then the next job must succeed."""
        sidecar = start_hostile(studio)
        studio.work(rng, steps=3)
        if self.does == ENDLESS:
            hang_until_cancelled(sidecar, studio)
        else:
            suffer(sidecar, self.does, once=rng.random() < 0.5)
        check(studio)


@dataclass(frozen=True)
class LoadFault:
    """The engine does what `does` says while it loads its model, at every try."""

    does: str

    @property
    def name(self) -> str:
        """As the table shows it."""
        return f"engine {self.does} at load"

    def run(self, studio: TortureStudio, rng: random.Random) -> None:
        """No job succeeds before it is over, and every job from then on."""
        suffer_at_load(start_hostile(studio), studio, self.does)
        check(studio)


def faults() -> Sequence[Fault]:
    """Every engine fault."""
    return [*map(EngineFault, FAULTS), *map(LoadFault, ("segfaults", "exits", SHORT_OF_MEMORY, "says nonsense"))]


def start_hostile(studio: TortureStudio) -> SidecarProcess:
    """A sidecar with the hostile engine, in which nothing has happened yet."""
    if sys.platform != "linux":
        raise Skipped("the hostile engine knows Linux only")
    for happened in (studio.models_dir / "scripted").glob("* has happened"):
        happened.unlink()
    return studio.start(**HOSTILE)


def somebody(sidecar: SidecarProcess) -> str:
    """A new profile: one that the user knows already may be renamed or deleted by what was asked before."""
    made = sidecar.call("profiles.create", name=f"Hostile company {uuid.uuid4()}", voice=scripted_engine.VOICE)
    return str(made["profile"]["id"])


def check(studio: TortureStudio) -> None:
    """Everything holds; a job of the workload may have been at work in the process that died."""
    studio.settle()
    studio.check(errors=("engine_failed",))


def suffer(sidecar: SidecarProcess, does: str, once: bool) -> None:
    """Have one job meet the fault, and another one come after it."""
    job = speak(sidecar, f"It {does}{' once' if once else ''}.")
    after = speak(sidecar, "This is the next one.")
    ended = sidecar.event("job.finished", BOUND_S, job_id=job)
    if once or does in HARMLESS:
        assert ended["status"] == "completed", f"{does}: {ended}"
    else:
        require_failure(ended, does)
    assert sidecar.event("job.finished", BOUND_S, job_id=after)["status"] == "completed", does
    require_company(sidecar)


def suffer_at_load(sidecar: SidecarProcess, studio: TortureStudio, does: str) -> None:
    """Have every load meet the fault until it is over."""
    sidecar.call("models.unload")
    marker = studio.models_dir / "scripted" / LOADS
    marker.write_text(does, "utf-8")
    try:
        ended = sidecar.event("job.finished", BOUND_S, job_id=speak(sidecar, "It will not come to that."))
    finally:
        marker.unlink()
    require_failure(ended, does)
    after = sidecar.event("job.finished", BOUND_S, job_id=speak(sidecar, "It comes to this."))
    assert after["status"] == "completed", after
    require_company(sidecar)


def hang_until_cancelled(sidecar: SidecarProcess, studio: TortureStudio) -> None:
    """A hang that the heartbeats do not show ends when the user has enough."""
    job = speak(sidecar, f"It {ENDLESS}.")
    happened = studio.models_dir / "scripted" / f"{ENDLESS} has happened"
    sidecar.event("job.progress", BOUND_S, job_id=job, stage="speaking")
    await_true(happened.exists, "the engine was never asked to speak")
    assert sidecar.call("jobs.cancel", job_id=job)["job"]["status"] == "cancelled"
    after = sidecar.event("job.finished", BOUND_S, job_id=speak(sidecar, "This is the next one."))
    assert after["status"] == "completed", after
    require_company(sidecar)


def speak(sidecar: SidecarProcess, text: str) -> str:
    """Ask for a generation; gives the job."""
    return str(sidecar.call("generation.create", profile_id=somebody(sidecar), text=text)["job_id"])


def require_failure(ended: dict[str, Any], does: str) -> None:
    """The job has failed, with an error that a person understands."""
    assert ended["status"] == "failed", f"{does}: {ended}"
    error = ended["error"]
    assert error["kind"] == "engine_failed", f"{does}: {error}"
    assert error["message"].endswith("."), f"{does}: {error}"
    assert len(error["message"]) < LONGEST_MESSAGE, f"{does}: {error}"


def require_company(sidecar: SidecarProcess) -> None:
    """Whatever else runs belongs, before long, to a process that the sidecar knows; stdout was pure all along."""

    def nobody_else() -> bool:
        known = {engine["pid"] for engine in sidecar.call("system.health")["engines"]}
        return all(_group(process) in known for process in sidecar.descendants())

    await_true(nobody_else, "a process is left behind")
    assert not sidecar.impurities, sidecar.impurities[:3]


def _group(process: psutil.Process) -> int | None:
    try:
        return os.getpgid(process.pid)
    except ProcessLookupError:
        return None


def await_true(look: Callable[[], bool], otherwise: str, patience_s: float = BOUND_S) -> None:
    """Look until it is so."""
    deadline = time.monotonic() + patience_s
    while not look():
        assert time.monotonic() < deadline, otherwise
        time.sleep(LOOK_S)
