"""The lines of a project's script: listed, changed, added, removed; only what is changed is spoken anew."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import Connection

from sidecar.jobs.runner import JobRunner
from sidecar.services.projects.editing.edit import Edit
from sidecar.services.projects.editing.editor import Editor
from sidecar.services.projects.scripts.layout import Layout
from sidecar.services.projects.scripts.line_job import PROJECT_LINE
from sidecar.services.projects.scripts.line_plan import LinePlan, plan_line
from sidecar.services.projects.scripts.service import directed
from sidecar.services.projects.scripts.views import line_views
from sidecar.services.projects.views import Made, steps_view
from sidecar.services.speech.generation import GenerationService, SpeechRequest
from sidecar.services.views import View
from sidecar.store import project_lines, rows
from sidecar.store import projects as store
from sidecar.store.database import Database
from sidecar.store.tables import project_lines as lines_table
from sidecar.store.values import Row, new_id


@dataclass(frozen=True)
class LineChange:
    """The line, and either the job that will have changed it or what has been changed; what is not followed."""

    line_id: str
    job_id: str | None
    made: View
    notes: list[str] = field(default_factory=list)


class LineService:
    """What can be done with lines."""

    def __init__(self, database: Database, jobs: JobRunner, generation: GenerationService, editor: Editor) -> None:
        self._database = database
        self._jobs = jobs
        self._generation = generation
        self._editor = editor

    async def list_page(self, project_id: str, limit: int, offset: int) -> tuple[list[View], int]:
        """One page of the lines of a project, and how many there are. Raises `NotFound`."""

        def query(connection: Connection) -> tuple[list[View], int]:
            project = store.project(connection, project_id)
            found, total = project_lines.list_lines(connection, project_id, limit, offset)
            return line_views(connection, project, found), total

        return await self._database.read(query)

    async def find(self, line_id: str) -> View | None:
        """One line as it is now, or None."""

        def query(connection: Connection) -> View | None:
            if rows.find(connection, lines_table, line_id) is None:
                return None
            line = project_lines.get_line(connection, line_id)
            return line_views(connection, store.project(connection, line["project_id"]), [line])[0]

        return await self._database.read(query)

    async def update(self, line_id: str, changes: dict[str, Any], usual: dict[str, Any]) -> LineChange:
        """Change a line: at once, or, where that changes what is heard, when it has been spoken.

        `changes` are columns of the line (`OF_THE_LINE`) and fields of `SpeechRequest`, `usual` those fields where
        nothing else is known. A speaker who has another voice speaks the line in that.

        Raises:
            NotFound: there is no such line, profile, engine or model.
            VoiceboxError: what `plan_line` and `GenerationService.create` raise.

        """

        def query(connection: Connection) -> tuple[Row, LinePlan]:
            line = rows.get(connection, lines_table, line_id, "line")
            return line, plan_line(connection, line, changes, usual)

        line, plan = await self._database.read(query)
        if plan.speech is not None:
            payload = {"line_id": line_id, "values": plan.columns}
            return await self._speak(line["project_id"], plan.speech, plan.directions, payload)

        def change(edit: Edit) -> Made:
            Layout(edit).change(line_id, plan.columns)
            return {}

        return LineChange(line_id, None, await self._editor.edit(lines_table, line_id, "Change a line", change))

    async def add(
        self, project_id: str, position: int | None, changes: dict[str, Any], usual: dict[str, Any]
    ) -> LineChange:
        """Speak a new line and put it at a place among the others, behind all of them if none is given.

        `changes` and `usual` are as for `update`; `speaker` and `text` must be among them. Raises what `update` raises.
        """

        def query(connection: Connection) -> tuple[LinePlan, dict[str, Any]]:
            store.project(connection, project_id)
            there = store.lines_of(connection, project_id)
            place = len(there) if position is None else min(position, len(there))
            own = {"id": new_id(), "project_id": project_id, "position": place}
            empty = dict.fromkeys(column.name for column in lines_table.columns) | own
            plan = plan_line(connection, empty, changes, usual)
            after_id = there[place - 1]["id"] if place else None
            return plan, {"line_id": own["id"], "new": empty | plan.columns, "after_id": after_id}

        plan, payload = await self._database.read(query)
        assert plan.speech is not None, "a text is always spoken"
        return await self._speak(project_id, plan.speech, plan.directions, payload)

    async def remove(self, line_id: str) -> View:
        """Take a line out; what comes after it closes up. Raises `NotFound`."""

        def change(edit: Edit) -> Made:
            Layout(edit).remove(line_id)
            return {}

        return await self._editor.edit(lines_table, line_id, "Remove a line", change)

    async def _speak(
        self, project_id: str, speech: SpeechRequest, directions: tuple[str, ...], payload: dict[str, Any]
    ) -> LineChange:
        change = partial(self._enqueue, project_id=project_id, speech=speech, directions=directions, payload=payload)
        return await self._jobs.submit(change)

    def _enqueue(
        self,
        connection: Connection,
        project_id: str,
        speech: SpeechRequest,
        directions: tuple[str, ...],
        payload: dict[str, Any],
    ) -> LineChange:
        lookups = self._generation.lookups(connection)
        told = directed(self._generation, speech, directions, lookups)
        job_id = self._jobs.enqueue(connection, PROJECT_LINE, project_id, payload)
        self._generation.enqueue(connection, told, lookups, job_id)
        ignored = directions if told is speech else ()
        notes = [f"The voice follows no directions, so {one!r} is neither spoken nor followed." for one in ignored]
        steps = steps_view(connection, store.project(connection, project_id))
        return LineChange(payload["line_id"], job_id, steps, notes)
