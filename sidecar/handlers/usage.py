"""`usage.*`."""

from __future__ import annotations

from sidecar.schema.usage import Usage, UsageGetParams
from sidecar.services.usage import UsageService


class UsageHandlers:
    """What was made so far."""

    def __init__(self, usage: UsageService) -> None:
        self._usage = usage

    async def get(self, params: UsageGetParams) -> Usage:
        """Tell how much was spoken and heard, and how fast."""
        return Usage(**await self._usage.get(params.since, params.until, params.group_by))
