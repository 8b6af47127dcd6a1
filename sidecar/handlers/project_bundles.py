"""The part of `projects.*` that carries projects from one machine to another."""

from __future__ import annotations

from sidecar.schema.project_bundles import (
    ProjectExported,
    ProjectImported,
    ProjectsExportParams,
    ProjectsImportParams,
)
from sidecar.schema.projects import Project
from sidecar.services.jobs import JobService
from sidecar.services.projects.bundles.service import ProjectBundleService


class ProjectBundleHandlers:
    """Projects as files."""

    def __init__(self, bundles: ProjectBundleService, jobs: JobService) -> None:
        self._bundles = bundles
        self._jobs = jobs

    async def export(self, params: ProjectsExportParams) -> ProjectExported:
        """Write a project with all the audio in it to one file."""
        job_id = await self._bundles.export(params.project_id, params.path)
        written = await self._jobs.outcome(job_id) if params.wait else {}
        return ProjectExported(job_id=job_id, path=params.path, size_bytes=written.get("size_bytes"))

    async def import_(self, params: ProjectsImportParams) -> ProjectImported:
        """Take in a project that was exported, as a new one, whole or not at all."""
        job_id = await self._bundles.import_(params.path)
        taken = await self._jobs.outcome(job_id) if params.wait else {}
        return ProjectImported(job_id=job_id, project=Project(**taken["project"]) if "project" in taken else None)
