"""How the program and its machine are: from what is known, never by looking around while somebody waits."""

from __future__ import annotations

import asyncio
import logging
import platform
import shutil
import sys
import time
from importlib import metadata
from typing import Any

from sidecar import PROTOCOL_VERSION, __version__
from sidecar.config import Config
from sidecar.engines.fleet import EngineFleet
from sidecar.errors import StorageError
from sidecar.services.models.devices import Devices
from sidecar.services.models.residents import Residents
from sidecar.services.settings import SettingsService
from sidecar.store import jobs as queue
from sidecar.store.database import Database
from sidecar.store.files import FileStore
from sidecar.store.values import utc_now

log = logging.getLogger(__name__)

PROBE_EVERY_S = 10.0
PACKAGES = ("jsonrpcserver", "pydantic", "sqlalchemy", "numpy", "onnxruntime", "faster-whisper", "torch", "qwen-tts")


class SystemService:
    """Health and facts. `watch` keeps in the background what `health` tells, so that telling it looks at nothing."""

    def __init__(
        self,
        config: Config,
        database: Database,
        files: FileStore,
        residents: Residents,
        devices: Devices,
        fleet: EngineFleet,
        settings: SettingsService,
    ) -> None:
        self._config = config
        self._database = database
        self._files = files
        self._residents = residents
        self._devices = devices
        self._fleet = fleet
        self._settings = settings
        self._started = time.monotonic()
        self._disk_free_bytes = 0
        self._writable = True
        self._unclaimed: list[str] = []
        self._database_fault: str | None = None
        self._checked_at = utc_now()
        self._queue = {"queued": 0, "running": 0}
        self._queue_changed = asyncio.Event()
        database.on_write(self._queue_changed.set)

    async def watch(self) -> None:
        """Probe now and then, and count the queue after each change of the database, for ever."""
        await asyncio.gather(self._watch_disk(), self._watch_queue())

    async def probe(self) -> None:
        """Look at the disk and at the database."""
        await asyncio.to_thread(self._look)
        await self._count()
        self._checked_at = utc_now()

    def health(self) -> dict[str, Any]:
        """Whether all is well, as it was at `checked_at`; engines and queue as they are now."""
        well = self._writable and self._database_fault is None
        return {
            "status": "ok" if well else "degraded",
            "uptime_s": round(time.monotonic() - self._started, 3),
            "checked_at": self._checked_at,
            "database": self._database_fault or "ok",
            "disk_free_bytes": self._disk_free_bytes,
            "writable": self._writable,
            "unclaimed": self._unclaimed,
            "device": self._settings.values.device_wanted,
            "devices": self._fleet.described(),
            "engines": [
                {
                    "role": role,
                    "pid": process.pid,
                    "state": "working" if process.working else "idle",
                    "rss_bytes": process.rss_bytes,
                }
                for role, process in self._residents.processes()
            ],
            "queue_depth": sum(self._queue.values()),
            "queue": self._queue,
            "resident_models": self._residents.models(),
        }

    async def info(self) -> dict[str, Any]:
        """Versions, platform, devices proven by running a kernel, and paths."""
        devices = await self._devices.known()
        return {
            "version": __version__,
            "protocol_version": PROTOCOL_VERSION,
            "platform": platform.platform(),
            "python": sys.version.split()[0],
            "versions": {name: version for name in PACKAGES if (version := _version(name))},
            "devices": devices["devices"],
            "device": {"wanted": self._settings.values.device_wanted, "chosen": devices["chosen"]}
            | {"fallback": devices["fallback"]},
            "paths": {
                "data_dir": str(self._config.data_dir),
                "models_dirs": [str(folder) for folder in self._config.models_dirs],
                "database": str(self._files.database),
                "logs": str(self._files.logs),
            },
        }

    async def _watch_disk(self) -> None:
        while True:
            await asyncio.sleep(PROBE_EVERY_S)
            await self.probe()

    async def _watch_queue(self) -> None:
        while True:
            await self._queue_changed.wait()
            self._queue_changed.clear()
            await self._count()

    async def _count(self) -> None:
        try:
            self._queue = await self._database.read(queue.queue_depth)
            self._database_fault = None
        except StorageError as fault:
            log.error("the database cannot be read: %s", fault.message)
            self._database_fault = fault.message

    def _look(self) -> None:
        try:
            self._disk_free_bytes = shutil.disk_usage(self._config.data_dir).free
        except OSError:
            self._disk_free_bytes = 0
        self._writable = self._files.writable()
        self._unclaimed = [str(folder) for folder in self._files.unclaimed]


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
