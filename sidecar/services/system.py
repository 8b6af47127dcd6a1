"""How the program and its machine are: from what is known, never by looking around while somebody waits."""

from __future__ import annotations

import asyncio
import platform
import shutil
import sys
import time
from importlib import metadata
from typing import Any

from sidecar import PROTOCOL_VERSION, __version__
from sidecar.config import Config
from sidecar.engines.pool import EnginePool
from sidecar.services.residents import Residents
from sidecar.store import jobs as queue
from sidecar.store.database import Database
from sidecar.store.files import FileStore

PROBE_EVERY_S = 10.0
PACKAGES = ("jsonrpcserver", "pydantic", "sqlalchemy", "numpy", "onnxruntime", "faster-whisper", "torch", "qwen-tts")


class SystemService:
    """Health and facts. `watch` keeps the slow half of health fresh in the background."""

    def __init__(
        self, config: Config, database: Database, files: FileStore, residents: Residents, audio: EnginePool
    ) -> None:
        self._config = config
        self._database = database
        self._files = files
        self._residents = residents
        self._audio = audio
        self._started = time.monotonic()
        self._disk_free_bytes = 0
        self._writable = True

    async def watch(self) -> None:
        """Look at the disk now and then, for ever."""
        while True:
            await asyncio.to_thread(self._look)
            await asyncio.sleep(PROBE_EVERY_S)

    async def health(self) -> dict[str, Any]:
        """Whether all is well."""
        depth = await self._database.read(queue.queue_depth)
        processes = self._residents.processes()
        return {
            "status": "ok" if self._writable else "degraded",
            "uptime_s": round(time.monotonic() - self._started, 3),
            "database": "ok",
            "disk_free_bytes": self._disk_free_bytes,
            "writable": self._writable,
            "device": self._config.device,
            "engines": [{"role": role, "pid": p.pid, "rss_bytes": p.rss_bytes} for role, p in processes],
            "queue_depth": sum(depth.values()),
            "queue": depth,
            "resident_models": self._residents.models(),
        }

    async def info(self) -> dict[str, Any]:
        """Versions, platform, devices proven by running a kernel, and paths."""
        devices = await self._audio.call("system.devices", {})
        return {
            "version": __version__,
            "protocol_version": PROTOCOL_VERSION,
            "platform": platform.platform(),
            "python": sys.version.split()[0],
            "versions": {name: version for name in PACKAGES if (version := _version(name))},
            "devices": devices["devices"],
            "paths": {
                "data_dir": str(self._config.data_dir),
                "models_dirs": [str(folder) for folder in self._config.models_dirs],
                "database": str(self._files.database),
                "logs": str(self._files.logs),
            },
        }

    def _look(self) -> None:
        try:
            self._disk_free_bytes = shutil.disk_usage(self._config.data_dir).free
        except OSError:
            self._disk_free_bytes = 0
        self._writable = self._files.writable()


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
