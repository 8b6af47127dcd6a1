"""The job that speaks one line of a script anew and, once that is done, puts it in its place in one edit."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from sidecar.errors import VoiceboxError, from_payload
from sidecar.jobs.announce import Announcer
from sidecar.jobs.kind import WAITING_WIDTH, JobKind, Outcome
from sidecar.jobs.progress import Progress
from sidecar.services.projects.editing.edit import Edit
from sidecar.services.projects.scripts.layout import Layout
from sidecar.services.projects.scripts.views import line_views
from sidecar.services.projects.views import changes_view, steps_view
from sidecar.store import jobs as queue
from sidecar.store import project_edits as history
from sidecar.store import project_lines, rows
from sidecar.store.database import Database
from sidecar.store.files import FileStore
from sidecar.store.tables import generations, projects
from sidecar.store.tables import project_lines as lines_table
from sidecar.store.values import Row

PROJECT_LINE = "project_line"


class LineJob(JobKind):
    """Its one part speaks. Until that has ended well, the project stays as it is.

    The payload has the line's `line_id` and the `values` of its columns; a new line has `new`, all of its columns, and
    `after_id`, the line that it follows.
    """

    name = PROJECT_LINE
    lane = "project_line"
    width = WAITING_WIDTH

    def __init__(self, database: Database, files: FileStore, announcer: Announcer) -> None:
        self._database = database
        self._files = files
        self._announcer = announcer

    async def run(self, job: Row, progress: Progress) -> Outcome:
        """Wait for the take, then place it.

        Raises:
            NotFound: the project or the line is there no more.
            VoiceboxError: the line could not be spoken.

        """
        progress.report("speaking", 0, 1, "lines")
        (part,) = await self._database.read(lambda connection: queue.children(connection, job["id"]))
        await self._announcer.wait(part["id"])
        part = await self._database.read(lambda connection: queue.get_job(connection, part["id"]))
        if part["error"] is not None:
            raise _unspoken(part)
        # In the order in which they were asked for, so that of two changes of one line the later stays.
        while before := await self._database.read(lambda connection: queue.open_before(connection, job)):
            await self._announcer.wait(before)

        def commit(connection: Connection) -> dict[str, Any]:
            edit = Edit(connection, job["subject"])
            _place(edit, job["payload"], part["subject"])
            _, orphans = edit.finish("Add a line" if "new" in job["payload"] else "Change a line")
            self._files.delete_once_written(connection, orphans)
            return {"line_id": job["payload"]["line_id"], "edit": edit.number}

        return Outcome(commit)

    def result(self, connection: Connection, job: Row) -> dict[str, Any]:
        """The line and what was changed for it, as that is now; nothing if either is gone."""
        project = rows.find(connection, projects, job["subject"])
        line_id, number = job["result"]["line_id"], job["result"]["edit"]
        if project is None or rows.find(connection, lines_table, line_id) is None:
            return {}
        is_known = history.label_of(connection, project["id"], number) is not None
        changes = history.changes_of(connection, project["id"], number) if is_known else []
        return {
            "line": line_views(connection, project, [project_lines.get_line(connection, line_id)])[0],
            "changes": changes_view(connection, self._files, project, changes),
        } | steps_view(connection, project)


def _place(edit: Edit, payload: dict[str, Any], generation_id: str) -> None:
    """Make the change that a payload describes, with the generation that now has audio. Raises `NotFound`."""
    generation = rows.get(edit.connection, generations, generation_id, "generation")
    take = {"generation_id": generation_id, "profile_id": generation["profile_id"]}
    layout = Layout(edit)
    if "new" in payload:
        layout.insert(payload["new"] | take, payload["after_id"])
    else:
        layout.change(payload["line_id"], payload["values"] | take)


def _unspoken(part: Row) -> VoiceboxError:
    fault = from_payload(part["error"])
    message = f"The project stays as it is, for the line could not be spoken: {fault.message}"
    return type(fault)(message, **fault.data | {"generation_id": part["subject"]})
