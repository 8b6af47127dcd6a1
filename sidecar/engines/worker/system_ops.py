"""The operations that look at the machine."""

from __future__ import annotations

import platform
from typing import Any

import numpy as np
import psutil

from sidecar.engines.base import Control

KERNEL_SIZE = 32


def devices(params: dict[str, Any], control: Control) -> dict[str, Any]:
    """The devices of this machine, each proven by really running a small kernel on it."""
    return {"devices": [_cpu()]}


def _cpu() -> dict[str, Any]:
    square = np.arange(KERNEL_SIZE * KERNEL_SIZE, dtype=np.float32).reshape(KERNEL_SIZE, KERNEL_SIZE)
    proven = bool(np.allclose(square @ np.eye(KERNEL_SIZE, dtype=np.float32), square))
    return {
        "id": "cpu",
        "name": platform.processor() or platform.machine(),
        "proven": proven,
        "memory_bytes": psutil.virtual_memory().total,
    }


OPERATIONS = {"system.devices": devices}
