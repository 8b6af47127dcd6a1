"""The part of `system.*` that backs up the library and brings it back."""

from __future__ import annotations

from sidecar.schema.bundles import BackedUp, BackupParams, Restored, RestoreParams
from sidecar.services.backup.service import BackupService
from sidecar.services.jobs import JobService


class BackupHandlers:
    """The whole library as one file."""

    def __init__(self, backup: BackupService, jobs: JobService) -> None:
        self._backup = backup
        self._jobs = jobs

    async def backup(self, params: BackupParams) -> BackedUp:
        """Write the whole library, as it is at one moment, to one file; work goes on meanwhile."""
        job_id = await self._backup.backup(params.path)
        written = await self._jobs.outcome(job_id) if params.wait else {}
        return BackedUp(job_id=job_id, path=params.path, **written)

    async def restore(self, params: RestoreParams) -> Restored:
        """Make a backup ready to take the library's place, which it does at the next start."""
        job_id = await self._backup.restore(params.path)
        ready = await self._jobs.outcome(job_id) if params.wait else {}
        return Restored(job_id=job_id, **ready)
