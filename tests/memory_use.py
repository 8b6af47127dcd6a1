"""What a piece of work takes of memory, with all that C libraries take, which tracemalloc does not see."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

tells_its_peak = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process's own peak")
MIB = 1 << 20


def memory_used(work: Callable[..., object], *given: object) -> int:
    """By how many bytes a fresh process grows at most while it does a function of a module."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(_growth, work, *given).result()


def _growth(work: Callable[..., object], *given: object) -> int:
    before = _peak()
    work(*given)
    return _peak() - before


def _peak() -> int:
    # getrusage would tell the peak of the process that has started this one, too.
    (kib,) = re.findall(r"^VmHWM:\s+(\d+) kB$", Path("/proc/self/status").read_text("ascii"), re.MULTILINE)
    return int(kib) << 10
