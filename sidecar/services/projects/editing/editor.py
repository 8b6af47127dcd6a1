"""Runs the edits of projects, each in one transaction, and tells what each has changed."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, Table

from sidecar.errors import Conflict
from sidecar.services.projects.editing.edit import Edit, project_of
from sidecar.services.projects.views import Made, changes_view, made_view, project_view, steps_view
from sidecar.services.views import View
from sidecar.store import project_edits as history
from sidecar.store import projects as store
from sidecar.store import rows
from sidecar.store.database import Database
from sidecar.store.files import FileStore
from sidecar.store.project_edits import RowChange
from sidecar.store.tables import projects
from sidecar.store.values import Row


class Editor:
    """Every change of a project goes through here."""

    def __init__(self, database: Database, files: FileStore) -> None:
        self._database = database
        self._files = files

    async def edit(self, table: Table, row_id: str, label: str, change: Callable[[Edit], Made]) -> View:
        """Make one edit of the project that a row of an edited table belongs to.

        Gives what it was about, `changes`, and the labels of what can be undone and redone now. If the change raises,
        nothing has happened.

        Raises:
            NotFound: there is no such row.

        """

        def transaction(connection: Connection) -> View:
            edit = Edit(connection, project_of(connection, table, row_id))
            made = change(edit)
            changes, orphans = edit.finish(label)
            self._files.delete_once_written(connection, orphans)
            project = store.project(connection, edit.project["id"])
            shown = made_view(connection, self._files, project, made)
            return shown | self._outcome(connection, project, changes)

        return await self._database.write(transaction)

    async def undo(self, project_id: str, steps: int) -> View:
        """Take back the last edits. Raises `NotFound`, and `Conflict` if there are not so many."""
        return await self._database.write(lambda connection: self._step(connection, project_id, -steps))

    async def redo(self, project_id: str, steps: int) -> View:
        """Make edits again that were undone. Raises `NotFound`, and `Conflict` if there are not so many."""
        return await self._database.write(lambda connection: self._step(connection, project_id, steps))

    def _step(self, connection: Connection, project_id: str, steps: int) -> View:
        number = store.project(connection, project_id)["edit"]
        target = number + steps
        possible = number if steps < 0 else history.last_number(connection, project_id) - number
        if abs(steps) > possible:
            done = "undone" if steps < 0 else "redone"
            raise Conflict(
                f"{abs(steps)} of the project's edits were to be {done}, and {possible} can be; projects.edits lists "
                "them.",
                resource="project",
                id=project_id,
                possible=possible,
            )
        changes: list[RowChange] = []
        for step in range(number, target, -1) if steps < 0 else range(number + 1, target + 1):
            recorded = history.changes_of(connection, project_id, step)
            made = [change.reversed() for change in recorded] if steps < 0 else recorded
            history.apply(connection, made)
            changes += made
        rows.change(connection, projects, project_id, edit=target)
        project = store.project(connection, project_id)
        shown = {"project": project_view(connection, self._files, project)}
        return shown | self._outcome(connection, project, changes)

    def _outcome(self, connection: Connection, project: Row, changes: list[RowChange]) -> View:
        told = changes_view(connection, self._files, project, changes)
        return {"changes": told} | steps_view(connection, project)
