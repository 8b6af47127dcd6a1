"""`settings.*`."""

from __future__ import annotations

from sidecar.schema.common import Empty
from sidecar.schema.settings import SettingInfo, SettingsResetParams, SettingsResult, SettingsUpdateParams
from sidecar.services.settings import SettingsService


class SettingsHandlers:
    """What a user may set."""

    def __init__(self, settings: SettingsService) -> None:
        self._settings = settings

    async def get(self, params: Empty) -> SettingsResult:
        """Tell every setting in force, with its bounds, its meaning and where its value comes from."""
        return self._result()

    async def update(self, params: SettingsUpdateParams) -> SettingsResult:
        """Change settings, from the next request or job on."""
        await self._settings.update(params.model_dump(exclude_unset=True))
        return self._result()

    async def reset(self, params: SettingsResetParams) -> SettingsResult:
        """Put settings back to their defaults."""
        await self._settings.reset(params.names)
        return self._result()

    def _result(self) -> SettingsResult:
        form = [SettingInfo(**setting) for setting in self._settings.described()]
        return SettingsResult(settings=self._settings.values, schema=form)
