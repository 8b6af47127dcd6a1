"""What the jobs that use engines work with."""

from __future__ import annotations

from dataclasses import dataclass

from sidecar.engines.pool import EnginePool
from sidecar.services.catalogue import Catalogue
from sidecar.services.streaming import Listener
from sidecar.store.database import Database
from sidecar.store.files import FileStore


@dataclass(frozen=True)
class Equipment:
    """The database and files, the processes for models and for audio, the models there are, and the client."""

    database: Database
    files: FileStore
    models: EnginePool
    audio: EnginePool
    catalogue: Catalogue
    listener: Listener
    device: str
    int8: bool = False
