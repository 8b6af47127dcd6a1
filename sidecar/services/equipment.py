"""What the jobs that use engines work with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sidecar.engines.fleet import EngineFleet
from sidecar.engines.pool import EnginePool
from sidecar.services.listener import Listener
from sidecar.services.models.catalogue import Catalogue, Choice
from sidecar.services.models.table import ModelEntry
from sidecar.services.settings import SettingsService
from sidecar.store.database import Database
from sidecar.store.files import FileStore

REMOTE_LANE = "remote"
"""Where jobs wait that speak on servers elsewhere, beside those that wait for a device here."""


@dataclass(frozen=True)
class Equipment:
    """The database and files, the processes for models, for audio and for servers elsewhere, the models there are, and
    the client.
    """

    database: Database
    files: FileStore
    models: EngineFleet
    audio: EnginePool
    remote: EnginePool
    catalogue: Catalogue
    listener: Listener
    settings: SettingsService

    @property
    def device(self) -> str:
        """The device that models are to be tried on now."""
        return self.settings.values.device_wanted

    @property
    def int8(self) -> bool:
        """Whether a processor may compute with weights of eight bits now."""
        return self.settings.values.int8

    def pool_of(self, choice: Choice) -> EnginePool | EngineFleet:
        """The processes in which a choice speaks: what speaks elsewhere keeps no device here waiting."""
        return self.remote if choice.engine.remote else self.models

    def whisper(self, language: str | None, model: str | None = None) -> dict[str, Any]:
        """The parameters that name a Whisper model to the engine's operations. Raises as `Catalogue.transcriber`."""
        entry, here = self.catalogue.transcriber(language, model)
        return {
            "whisper": entry.id,
            "whisper_dir": str(here),
            "whisper_bytes": memory_estimates(entry),
            "device": self.device,
        }


def memory_estimates(entry: ModelEntry) -> dict[str, int]:
    """What a model takes loaded, in bytes, by kind of device: "cpu" always, others where they differ from it."""
    return {"cpu": entry.memory_bytes} | {place.partition("/")[0]: size for place, size in entry.memory.items()}
