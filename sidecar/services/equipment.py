"""What the jobs that use engines work with."""

from __future__ import annotations

from dataclasses import dataclass

from sidecar.engines.pool import EnginePool
from sidecar.services.catalogue import Catalogue
from sidecar.store.database import Database
from sidecar.store.files import FileStore


@dataclass(frozen=True)
class Equipment:
    """The database and files, the processes that run models and those that handle audio, and which models there are."""

    database: Database
    files: FileStore
    models: EnginePool
    audio: EnginePool
    catalogue: Catalogue
    device: str
    int8: bool = False
