"""The operations that look at the machine."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from typing import Any

import numpy as np
import psutil

from sidecar.device_names import ALL, AUTO, kind_of
from sidecar.engines.base import Control

KERNEL_SIZE = 32


def devices(params: dict[str, Any], control: Control) -> dict[str, Any]:
    """`{wanted}` → `{devices: [{id, name, proven, memory_bytes, reason}], chosen, fallback}`.

    Each device has run a small kernel, or `reason` says why it could not; `chosen` are those that `wanted`, the setting
    `device`, leads to, and `fallback` says why some are others. Without PyTorch the processor is all there is.
    """
    if find_spec("torch") is None:
        fallback = _fallback(
            None if name in (AUTO, ALL) or kind_of(name) == "cpu" else f"{name}: PyTorch is not installed"
            for name in params["wanted"].split(",")
        )
        return {"devices": [_processor()], "chosen": "cpu", "fallback": fallback}
    from sidecar.engines.qwen.device import choose

    found = [_processor(), *_accelerators()]
    cards = [device["id"] for device in found[1:] if device["proven"]]
    wanted = (cards or [AUTO]) if params["wanted"] == ALL else params["wanted"].split(",")
    chosen = [choose(name) for name in wanted]
    names = ",".join(dict.fromkeys(one.name for one in chosen))
    return {"devices": found, "chosen": names, "fallback": _fallback(one.fallback for one in chosen)}


def _fallback(reasons: Iterable[str | None]) -> str | None:
    return "; ".join(filter(None, reasons)) or None


def _processor() -> dict[str, Any]:
    square = np.arange(KERNEL_SIZE * KERNEL_SIZE, dtype=np.float32).reshape(KERNEL_SIZE, KERNEL_SIZE)
    proven = bool(np.allclose(square @ np.eye(KERNEL_SIZE, dtype=np.float32), square))
    return {
        "id": "cpu",
        "name": platform.processor() or platform.machine(),
        "proven": proven,
        "memory_bytes": psutil.virtual_memory().total,
        "reason": None if proven else "it computes wrongly",
    }


def _accelerators() -> Iterator[dict[str, Any]]:
    """What PyTorch finds, whether it works or not."""
    import torch

    for kind, backend in (("cuda", torch.cuda), ("xpu", torch.xpu)):
        for number in range(backend.device_count()):
            properties = backend.get_device_properties(number)
            yield _proven(f"{kind}:{number}", properties.name, properties.total_memory)
    if torch.mps.is_available():
        yield _proven("mps", platform.processor() or platform.machine(), psutil.virtual_memory().total)


def _proven(device: str, name: str, memory_bytes: int) -> dict[str, Any]:
    from sidecar.engines.qwen.device import prove

    reason = prove(device)
    return {"id": device, "name": name, "proven": reason is None, "memory_bytes": memory_bytes, "reason": reason}


OPERATIONS = {"system.devices": devices}
