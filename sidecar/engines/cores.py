"""How many threads a model computes with, and on which of the processor's cores.

Several engine processes on one processor have equal shares of its cores. A share goes to the process in its
environment, since libraries read theirs, `OMP_NUM_THREADS`, when they are imported.
"""

from __future__ import annotations

import os

from sidecar.operating_system import available_cores, keep_to_cores

SHARE = "VOICEBOX_CORE_SHARE"
THREADS = "OMP_NUM_THREADS"


def share_environment(index: int, count: int) -> dict[str, str]:
    """What tells an engine process that it has one of `count` equal shares of the cores."""
    return {SHARE: f"{index}/{count}"}


def take_share() -> None:
    """Keep this process to its share of the cores, if it has been given one; before any library is imported."""
    if share := os.environ.get(SHARE):
        index, count = map(int, share.split("/"))
        cores = share_of(available_cores(), index, count)
        keep_to_cores(cores)
        os.environ[THREADS] = str(len(cores))


def share_of(cores: list[int], index: int, count: int) -> list[int]:
    """The cores of one of `count` shares, as equal as can be. With too few, each share is one core that others have."""
    first, end = (len(cores) * place // count for place in (index, index + 1))
    return cores[first:end] or [cores[first]]


def worker_threads() -> int:
    """Threads for a model: as many as `OMP_NUM_THREADS` says, else one core is left to the rest of the machine.

    torch's threads wait for one another by spinning, so with one core taken by another process a step was measured
    to take forty times as long.
    """
    asked = os.environ.get(THREADS, "")
    return max(1, int(asked) if asked.isdecimal() else len(available_cores()) - 1)
