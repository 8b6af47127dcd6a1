"""`system.*`."""

from __future__ import annotations

from typing import Any

from sidecar.schema.common import Result


class ResidentModel(Result):
    """A model that an engine process holds in memory."""

    model: str
    memory_bytes: int


class EngineProcessInfo(Result):
    """An engine process that is alive."""

    role: str
    pid: int
    rss_bytes: int


class Health(Result):
    """Whether all is well, from what is known."""

    status: str
    uptime_s: float
    database: str
    disk_free_bytes: int
    writable: bool
    device: str
    engines: list[EngineProcessInfo]
    queue_depth: int
    queue: dict[str, int]
    resident_models: list[ResidentModel]


class Device(Result):
    """A device that can run models; `proven` says that it really ran something."""

    id: str
    name: str
    proven: bool
    memory_bytes: int


class Info(Result):
    """What this program and this machine are."""

    version: str
    protocol_version: int
    platform: str
    python: str
    versions: dict[str, str]
    devices: list[Device]
    paths: dict[str, Any]
