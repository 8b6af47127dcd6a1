"""What the engine processes hold in memory, as their heartbeats tell it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from sidecar.engines.fleet import EngineFleet
from sidecar.engines.pool import EnginePool
from sidecar.engines.process import EngineProcess
from sidecar.store.values import timestamp

ELSEWHERE = "remote"
"""The device of what holds connections to servers, and no model."""


class Residents:
    """The processes of every pool and the models in them."""

    def __init__(self, pools: Mapping[str, EnginePool | EngineFleet]) -> None:
        self._pools = pools

    def processes(self) -> list[tuple[str, EngineProcess]]:
        """Every engine process that is alive, with its role."""
        return [(role, process) for role, pool in self._pools.items() for process in pool.processes()]

    def models(self) -> list[dict[str, Any]]:
        """Every loaded model, where it is and what it costs, who uses it and how long it stays."""
        held = [model for _, process in self.processes() for model in process.resident]
        return [_told(model) for model in held if model["device"] != ELSEWHERE]

    def model_ids(self) -> set[str]:
        """The ids of the loaded models."""
        return {str(model["model"]) for model in self.models()}


def _told(model: dict[str, Any]) -> dict[str, Any]:
    told = {field: model[field] for field in ("model", "device", "fallback", "memory_bytes", "in_use")}
    expires_at = model["expires_at"]
    return told | {
        "last_used_at": timestamp(model["last_used_at"]),
        "expires_in_s": None if expires_at is None else round(max(0.0, expires_at - time.time()), 1),
    }
