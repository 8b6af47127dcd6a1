"""The devices of this machine, as an engine process has proven them."""

from __future__ import annotations

import asyncio
from typing import Any

from sidecar.device_names import ALL, AUTO, kind_of
from sidecar.engines.pool import EnginePool
from sidecar.services.settings import SettingsService


class Devices:
    """Asked once for each device that is wanted, in a process that ends at once: PyTorch alone takes 220 MB."""

    def __init__(self, probe: EnginePool, settings: SettingsService) -> None:
        self._probe = probe
        self._settings = settings
        self._asking = asyncio.Lock()
        self._answers: dict[str, dict[str, Any]] = {}

    async def known(self) -> dict[str, Any]:
        """What the engine process's `system.devices` says, the device in the settings being wanted."""
        async with self._asking:
            wanted = self._settings.values.device_wanted
            if wanted not in self._answers:
                self._answers[wanted] = await self._probe.call("system.devices", {"wanted": wanted})
            return self._answers[wanted]

    async def in_use(self) -> tuple[str, ...]:
        """The devices to compute on now; "all" leads to every card that works, and where none does to "auto"."""
        wanted = self._settings.values.devices_wanted
        if wanted != (ALL,):
            return wanted
        proven = [device["id"] for device in (await self.known())["devices"] if device["proven"]]
        return tuple(device for device in proven if kind_of(device) != "cpu") or (AUTO,)
