"""Projects that travel: what can be refused at once is, the rest is a job's."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sqlalchemy import Connection

from sidecar.jobs.runner import JobRunner
from sidecar.services.projects.bundles.manifest import PROJECT_FORMAT
from sidecar.services.targets import require_target
from sidecar.store import projects as store
from sidecar.store.archive import open_bundle
from sidecar.store.files import FileStore

PROJECT_EXPORT = "project_export"
PROJECT_IMPORT = "project_import"


class ProjectBundleService:
    """Starts exports and imports."""

    def __init__(self, files: FileStore, jobs: JobRunner) -> None:
        self._files = files
        self._jobs = jobs

    async def export(self, project_id: str, path: str) -> str:
        """Start writing a project to a bundle; gives the job. Raises `NotFound`."""
        require_target(path, self._files.root)

        def change(connection: Connection) -> str:
            project = store.project(connection, project_id)
            return self._jobs.enqueue(connection, PROJECT_EXPORT, project["id"], {"path": path})

        return await self._jobs.submit(change)

    async def import_(self, path: str) -> str:
        """Start taking a bundle in as a new project; gives the job, whose result is the project.

        Raises:
            InvalidParams: it is no bundle of a project, is damaged, or was made to do harm.
            NotFound: no such file.

        """
        await asyncio.to_thread(_require_sound, Path(path))

        def change(connection: Connection) -> str:
            return self._jobs.enqueue(connection, PROJECT_IMPORT, None, {"path": path})

        return await self._jobs.submit(change)


def _require_sound(path: Path) -> None:
    with open_bundle(path, PROJECT_FORMAT):
        return
