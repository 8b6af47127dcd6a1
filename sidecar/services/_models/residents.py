"""What the engine processes hold in memory, as their heartbeats tell it."""

from __future__ import annotations

from typing import Any

from sidecar.engines.pool import EnginePool
from sidecar.engines.process import EngineProcess


class Residents:
    """The processes of every pool and the models in them."""

    def __init__(self, pools: dict[str, EnginePool]) -> None:
        self._pools = pools

    def processes(self) -> list[tuple[str, EngineProcess]]:
        """Every engine process that is alive, with its role."""
        return [(role, process) for role, pool in self._pools.items() for process in pool.processes()]

    def models(self) -> list[dict[str, Any]]:
        """Every loaded model and what it costs."""
        return [model for _, process in self.processes() for model in process.resident]

    def model_ids(self) -> set[str]:
        """The ids of the loaded models."""
        return {str(model["model"]).partition("@")[0] for model in self.models()}
