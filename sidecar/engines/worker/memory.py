"""The memories that models live in, the machine's own and that of each CUDA card: what there is, giving it back.

A *memory* is named "ram" or "cuda:N", see `sidecar.device_names.memory_of`.
"""

from __future__ import annotations

import errno
import gc
import importlib
import sys
from importlib.util import find_spec
from typing import Any

import psutil

from sidecar.device_names import RAM
from sidecar.engines.budget import budget_of
from sidecar.engines.messages import OUT_OF_MEMORY, Limits
from sidecar.errors import EngineFailed, VoiceboxError
from sidecar.operating_system import trim_heap

CARD_RESERVE_BYTES = 512 << 20
"""Left free on a card for the work itself: activations, caches and the library's own kernels."""
GIB = 1 << 30

LIBRARIES_SAY = (
    "out of memory",
    "can't allocate memory",
    "cannot allocate memory",
    "not enough memory",
    "failed to allocate memory",
    "bad_alloc",
    "bad allocation",
    "alloc_failed",
    "failed to map segment",
)
"""How PyTorch, CTranslate2, onnxruntime, C++, cuBLAS and the loader of libraries put it, in no type of their own."""


def free_bytes(memory: str) -> int | None:
    """What nobody uses now; None where that cannot be known."""
    if memory == RAM:
        return int(psutil.virtual_memory().available)
    torch = _torch()
    return int(torch.cuda.mem_get_info(memory)[0]) if torch else None


def own_budget(memory: str, limits: Limits, held_bytes: int) -> int | None:
    """What this process's models may take, `held_bytes` of which they take already; None where that is not known."""
    budget = budget_of(memory, limits.budget_bytes)
    if budget is not None:
        return max(0, budget - limits.elsewhere_bytes.get(memory, 0))
    # What other processes have taken of a card is not free.
    free = free_bytes(memory)
    return None if free is None else max(0, free + held_bytes - CARD_RESERVE_BYTES)


def give_back() -> None:
    """Return what nothing refers to any more to the system and the cards.

    Without trimming, a closed Kokoro was measured to keep 110 MB, a closed Whisper base 160 MB.
    """
    gc.collect()
    trim_heap()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.empty_cache()


def is_shortage(fault: BaseException) -> bool:
    """Whether a fault, or what it was raised from, is a library's way of saying that memory ran out."""
    cause: BaseException | None = fault
    while cause is not None:
        if _says_shortage(cause):
            return True
        cause = cause.__cause__
    return False


def shortage(memory: str, model: str | None, needed_bytes: int, budget_bytes: int | None) -> EngineFailed:
    """The error for work that memory did not suffice for, with the numbers that tell what to close."""
    free = free_bytes(memory)
    who = f"{model} takes about {gib(needed_bytes)}" if model else "no model was loaded"
    return EngineFailed(
        f"Memory ran out: {who}, {gib(free)} are free on {memory}, and models may take {gib(budget_bytes)}. Close "
        "other programs, choose a smaller model, or shorten the text.",
        reason=OUT_OF_MEMORY,
        model=model,
        memory=memory,
        needed_bytes=needed_bytes,
        free_bytes=free,
        budget_bytes=budget_bytes,
    )


def gib(size: int | None) -> str:
    """A size for people."""
    return "an unknown amount" if size is None else f"{size / GIB:.2f} GiB"


def _says_shortage(fault: BaseException) -> bool:
    if isinstance(fault, VoiceboxError):
        return False  # Its message may hold anything, also what the user wrote.
    if isinstance(fault, MemoryError) or (isinstance(fault, OSError) and fault.errno == errno.ENOMEM):
        return True
    return isinstance(fault, Exception) and any(words in str(fault).lower() for words in LIBRARIES_SAY)


def _torch() -> Any:
    """PyTorch, the only library here that knows the cards' memory; None where it is not installed."""
    return importlib.import_module("torch") if find_spec("torch") else None
