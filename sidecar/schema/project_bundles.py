"""`projects.export` and `projects.import`."""

from __future__ import annotations

from sidecar.schema.common import WAIT, AbsolutePath, Params, Result
from sidecar.schema.projects import Project, ProjectIdParams


class ProjectsExportParams(ProjectIdParams):
    """Which project, and the bundle to write; one that is there already is replaced."""

    path: AbsolutePath
    wait: bool = WAIT


class ProjectExported(Result):
    """The job that writes the bundle, and, with `wait`, what it wrote."""

    job_id: str
    path: str
    size_bytes: int | None = None


class ProjectsImportParams(Params):
    """The bundle to take in."""

    path: AbsolutePath
    wait: bool = WAIT


class ProjectImported(Result):
    """The job that takes the bundle in, and, with `wait`, the project."""

    job_id: str
    project: Project | None = None
