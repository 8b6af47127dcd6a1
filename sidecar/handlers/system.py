"""`system.*`."""

from __future__ import annotations

from collections.abc import Callable

from sidecar.schema.common import Done, Empty
from sidecar.schema.system import Health, Info
from sidecar.services.system import SystemService


class SystemHandlers:
    """The program itself."""

    def __init__(self, system: SystemService, stop: Callable[[], None]) -> None:
        self._system = system
        self._stop = stop

    async def health(self, params: Empty) -> Health:
        """Tell whether all is well, from what is known."""
        return Health(**self._system.health())

    async def info(self, params: Empty) -> Info:
        """Tell versions, platform, devices and paths."""
        return Info(**await self._system.info())

    async def shutdown(self, params: Empty) -> Done:
        """End the program cleanly; what is at work goes on at the next start."""
        self._stop()
        return Done()
