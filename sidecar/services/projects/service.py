"""Projects as a whole: made, found, copied, deleted, and their history gone through."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from sidecar.jobs.runner import JobRunner
from sidecar.services.deletion import delete_unworked
from sidecar.services.projects.copying import copy_project
from sidecar.services.projects.editing.edit import Edit
from sidecar.services.projects.editing.editor import Editor
from sidecar.services.projects.editing.rates import change_rate
from sidecar.services.projects.views import Made, project_view, steps_view, summaries
from sidecar.services.views import View
from sidecar.store import jobs as queue
from sidecar.store import project_edits as history
from sidecar.store import project_sources, rows
from sidecar.store import projects as store
from sidecar.store.database import Database
from sidecar.store.files import FileStore
from sidecar.store.tables import projects
from sidecar.store.values import Row


class ProjectService:
    """What can be done with projects."""

    def __init__(self, database: Database, files: FileStore, jobs: JobRunner, editor: Editor) -> None:
        self._database = database
        self._files = files
        self._jobs = jobs
        self._editor = editor

    async def create(self, values: dict[str, Any]) -> View:
        """Make an empty project of `name`, `description`, `sample_rate` and `channels`; gives it."""

        def change(connection: Connection) -> View:
            return self._shown(connection, store.insert_project(connection, **values))

        return await self._database.write(change)

    async def get(self, project_id: str) -> View:
        """All of a project, and what can be undone and redone in it. Raises `NotFound`."""
        return await self._database.read(lambda connection: self._shown(connection, project_id))

    async def list_page(self, search: str | None, sort: store.Sort, limit: int, offset: int) -> tuple[list[View], int]:
        """One page of projects without what is in them, and how many there are."""

        def query(connection: Connection) -> tuple[list[View], int]:
            found, total = store.list_projects(connection, search, sort, limit, offset)
            return summaries(connection, found), total

        return await self._database.browse(query)

    async def update(self, project_id: str, changes: dict[str, Any]) -> View:
        """Change the given fields; None clears. With another sample rate, all times are rounded to its samples."""

        def change(edit: Edit) -> Made:
            if "sample_rate" in changes:
                change_rate(edit, changes["sample_rate"])
            edit.put(projects, edit.project | changes)
            return {"project": project_id}

        return await self._editor.edit(projects, project_id, "Change the project", change)

    async def delete(self, project_id: str) -> None:
        """Delete a project with the files that were copied into it, cancelling what is at work on it."""

        def at_work(connection: Connection) -> list[str]:
            return queue.open_jobs_about(connection, [store.project(connection, project_id)["id"]])

        def delete(connection: Connection) -> None:
            sources = project_sources.sources_of(connection, project_id)
            rows.remove(connection, projects, project_id)
            orphans = project_sources.unnamed(connection, [source["audio_path"] for source in sources])
            self._files.delete_once_written(connection, orphans)

        await delete_unworked(self._database, self._jobs, at_work, delete)

    async def duplicate(self, project_id: str, name: str | None) -> View:
        """Copy a project without its history; neither depends on the other from then on. Raises `NotFound`."""

        def change(connection: Connection) -> View:
            original = store.project(connection, project_id)
            called = name or store.free_name(connection, original["name"])
            return self._shown(connection, copy_project(connection, original, called))

        return await self._database.write(change)

    async def edits(self, project_id: str, limit: int, offset: int) -> tuple[list[View], int]:
        """One page of a project's history, newest first, and how many edits there are. Raises `NotFound`."""

        def query(connection: Connection) -> tuple[list[View], int]:
            done = store.project(connection, project_id)["edit"]
            found, total = history.list_edits(connection, project_id, limit, offset)
            return [row | {"undone": row["number"] > done} for row in found], total

        return await self._database.read(query)

    def _shown(self, connection: Connection, project_id: str) -> View:
        project: Row = store.project(connection, project_id)
        return {"project": project_view(connection, self._files, project)} | steps_view(connection, project)
