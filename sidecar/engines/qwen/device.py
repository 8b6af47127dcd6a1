"""Which device to compute on: the first wanted one that has proven itself by running a kernel.

A device that is listed may still be unusable (a driver too old, a card that this torch has no kernels for), which
shows only when something runs on it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from sidecar.engines.cores import worker_threads

PREFERENCE = ("cuda", "mps", "xpu", "cpu")
PROOF_SIZE = 16


@dataclass(frozen=True)
class Device:
    """Where and how to compute. `fallback` says why what was wanted was not taken, else it is None."""

    name: str
    dtype: torch.dtype
    threads: int
    fallback: str | None = None


def choose(wanted: str) -> Device:
    """The device to use for `wanted`: "auto" (the best that works), or a torch device such as "cuda:1".

    A device that fails its proof is replaced by the CPU, and `fallback` tells the reason; with "auto" it tells
    of every better device that was present but failed.
    """
    candidates = PREFERENCE if wanted == "auto" else (wanted, "cpu")
    failures: list[str] = []
    for name in candidates:
        failure = prove(name)
        if failure is None:
            return Device(name, dtype_for(name), worker_threads(), "; ".join(failures) or None)
        if wanted != "auto" or _is_present(name):
            failures.append(f"{name}: {failure}")
    raise RuntimeError(f"No device works, not even the processor ({'; '.join(failures)}).")


def prove(name: str) -> str | None:
    """Run a tiny matrix product on a device and check it. None if it is right, else the reason in words."""
    try:
        ones = torch.ones(PROOF_SIZE, PROOF_SIZE, device=name)
        total = float((ones @ ones).sum().cpu())
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        return str(error).strip().splitlines()[0]
    expected = float(PROOF_SIZE**3)
    return None if total == expected else f"a test kernel gave {total} instead of {expected}"


def dtype_for(name: str) -> torch.dtype:
    """The number format of the weights: bfloat16, as released, where the device has units for it, else float32.

    The processor always gets float32: its codes then equal the library's, bit for bit, on every machine.
    """
    if name.startswith("cuda") and torch.cuda.is_bf16_supported(including_emulation=False):
        return torch.bfloat16
    return torch.bfloat16 if name.startswith("xpu") else torch.float32


def _is_present(name: str) -> bool:
    backend = getattr(torch, name, None)
    return backend is not None and bool(backend.is_available())
