"""`system.*`."""

from __future__ import annotations

from typing import Any, Literal

from sidecar.schema.common import Result


class ResidentModel(Result):
    """A model that an engine process holds in memory.

    `fallback` says why it is not on the device asked for. When nobody has used it for its time it is unloaded, in
    `expires_in_s`; null while it is in use, and if it is kept for ever.
    """

    model: str
    device: str
    fallback: str | None
    memory_bytes: int
    in_use: bool
    last_used_at: str
    expires_in_s: float | None


class EngineProcessInfo(Result):
    """An engine process that is alive."""

    role: str
    pid: int
    state: Literal["working", "idle"]
    rss_bytes: int


class DeviceInUse(Result):
    """A device that models compute on now: its engine process, if one is there, and what that holds.

    `waiting` calls are queued for it; an idle device takes over what is queued for another.
    """

    device: str
    pid: int | None
    state: Literal["working", "idle"]
    waiting: int
    models: list[str]


class Health(Result):
    """Whether all is well, from what is known; disk and database as they were at `checked_at`.

    `status` is "degraded" while the folder cannot be written or the database cannot be read; `database` then says why.
    `unclaimed` are folders of audio that was set aside at a start because the database, new or an older copy, did not
    know it; they stay until the user deletes them.
    """

    status: Literal["ok", "degraded"]
    uptime_s: float
    checked_at: str
    database: str
    disk_free_bytes: int
    writable: bool
    unclaimed: list[str]
    device: str
    devices: list[DeviceInUse]
    engines: list[EngineProcessInfo]
    queue_depth: int
    queue: dict[str, int]
    resident_models: list[ResidentModel]


class Device(Result):
    """A device that can run models; `proven` says that it really ran something, else `reason` why it did not."""

    id: str
    name: str
    proven: bool
    memory_bytes: int
    reason: str | None


class DeviceChoice(Result):
    """The device that was asked for, the one that is used, and why that is another one."""

    wanted: str
    chosen: str
    fallback: str | None


class Info(Result):
    """What this program and this machine are."""

    version: str
    protocol_version: int
    platform: str
    python: str
    versions: dict[str, str]
    devices: list[Device]
    device: DeviceChoice
    paths: dict[str, Any]
