"""The memories that models live in, the machine's own and that of each CUDA card: what there is, giving it back.

A *memory* is named "ram" or "cuda:N". Processors share the machine's, and so do the graphics units of Apple and Intel
that PyTorch calls "mps" and "xpu", as far as can be known here.
"""

from __future__ import annotations

import errno
import gc
import importlib
import sys
from importlib.util import find_spec
from typing import Any

import psutil

from sidecar.engines.messages import OUT_OF_MEMORY
from sidecar.errors import EngineFailed, VoiceboxError
from sidecar.operating_system import trim_heap

RAM = "ram"
RAM_SHARE = 0.75
"""Of the machine's memory; the rest is for the system, other programs and the work itself."""
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


def memory_of(device: str) -> str:
    """The memory that a device's models live in: "cuda" and "cuda:0" are one card."""
    kind, _, number = device.partition(":")
    return f"{kind}:{number or 0}" if kind == "cuda" else RAM


def free_bytes(memory: str) -> int | None:
    """What nobody uses now; None where that cannot be known."""
    if memory == RAM:
        return int(psutil.virtual_memory().available)
    torch = _torch()
    return int(torch.cuda.mem_get_info(memory)[0]) if torch else None


def measured_budget(memory: str, held_bytes: int) -> int | None:
    """What models may take in all where nobody set a budget, `held_bytes` of which they take already."""
    if memory == RAM:
        return int(psutil.virtual_memory().total * RAM_SHARE)
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
