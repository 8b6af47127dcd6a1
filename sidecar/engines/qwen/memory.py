"""Running out of memory: how it shows, and what can be given back before a second try."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import torch

from sidecar.errors import EngineFailed
from sidecar.operating_system import trim_heap

CPU_ALLOCATOR_SAYS = ("can't allocate memory", "not enough memory")
"""torch's processor allocator raises a plain RuntimeError, known by its words only (c10/core/impl/alloc_cpu.cpp)."""


class OutOfMemory(Exception):
    """There was not enough memory on some device; the cause is the library's own exception."""


@contextmanager
def noticing_shortage() -> Iterator[None]:
    """Turn every way in which a library says that memory ran out into `OutOfMemory`."""
    try:
        yield
    except (MemoryError, torch.OutOfMemoryError) as error:
        raise OutOfMemory from error
    except RuntimeError as error:
        if any(words in str(error) for words in CPU_ALLOCATOR_SAYS):
            raise OutOfMemory from error
        raise


def give_back() -> None:
    """Return memory that nothing refers to any more to the system, on every device.

    Without trimming, 1.5 GB of float weights that became int8 ones stay with the process.
    """
    gc.collect()
    for backend in (torch.cuda, torch.mps, torch.xpu):
        if backend.is_available():
            backend.empty_cache()
    trim_heap()


def shortage(device: str, model_bytes: int, what: str) -> EngineFailed:
    """The error for a second shortage, with the numbers that a person needs to decide what to close."""
    free = _free_bytes(device)
    return EngineFailed(
        f"There was not enough memory on {device} to {what}, also after unloading what was not needed: "
        f"{free / 2**30:.1f} GiB are free, the model takes {model_bytes / 2**30:.1f} GiB. "
        "Close other programs, use the 0.6B model, or shorten the text.",
        device=device,
        free_bytes=free,
        model_bytes=model_bytes,
    )


def _free_bytes(device: str) -> int:
    if device.startswith("cuda"):
        return int(torch.cuda.mem_get_info(device)[0])
    return int(psutil.virtual_memory().available)
