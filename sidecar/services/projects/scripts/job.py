"""The job behind a script: waits until its lines are spoken, lays them out, and renders if that is asked."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from sidecar.errors import VoiceboxError, from_payload
from sidecar.jobs.announce import Announcer
from sidecar.jobs.kind import WAITING_WIDTH, JobKind, Outcome
from sidecar.jobs.progress import Progress
from sidecar.services.projects.editing.edit import Edit
from sidecar.services.projects.scripts.layout import Layout
from sidecar.store import jobs as queue
from sidecar.store import project_lines, rows
from sidecar.store.database import Database
from sidecar.store.files import FileStore
from sidecar.store.tables import project_lines as lines_table
from sidecar.store.tables import projects
from sidecar.store.values import Row

PROJECT_SCRIPT = "project_script"
MOST_ERRORS = 100
SPEAKING_SHARE = 0.9
"""Of the whole progress, where a render follows, which goes many times as fast as speech is made."""


class ScriptJob(JobKind):
    """Its parts speak; it lays out what they have spoken, though some have failed. All of it may be done twice."""

    name = PROJECT_SCRIPT
    lane = "project_script"
    width = WAITING_WIDTH

    def __init__(self, database: Database, files: FileStore, announcer: Announcer, render: JobKind) -> None:
        self._database = database
        self._files = files
        self._announcer = announcer
        self._render = render
        self._rendering = asyncio.Lock()

    async def run(self, job: Row, progress: Progress) -> Outcome:
        """Wait, lay out, render.

        Raises:
            NotFound: the project has been deleted.
            VoiceboxError: no line could be spoken, or one of them could not and so there is nothing to render.

        """
        asked = job["payload"]["render"]
        await self._speak(job, progress, SPEAKING_SHARE if asked else 1.0)
        summary = await self._database.write(lambda connection: self._laid_out(connection, job))
        if summary["failed"] and (asked or not summary["spoken"]):
            raise _unspoken(summary)
        if not asked:
            return Outcome(lambda connection: summary)
        async with self._rendering:
            rendered = await self._render.run(job | {"payload": asked}, progress)
        return replace(rendered, commit=lambda connection: summary | {"render": rendered.commit(connection)})

    def ended_badly(self, connection: Connection, job: Row, status: str, error: VoiceboxError) -> None:
        """Let the render remove what it has left, if one was asked for."""
        if asked := job["payload"]["render"]:
            self._render.ended_badly(connection, job | {"payload": asked}, status, error)

    async def _speak(self, job: Row, progress: Progress, share: float) -> None:
        """Wait for the parts in their order, then for what else is at work on a line, as after `generation.retry`."""
        lines = await self._database.read(lambda connection: project_lines.spoken_by(connection, job["subject"]))

        def open_jobs(connection: Connection) -> list[str]:
            return queue.open_children(connection, job["id"]) or queue.open_jobs_about(connection, lines)

        while waiting := await self._database.read(open_jobs):
            done = max(0, len(lines) - len(waiting))
            progress.report("speaking", done, len(lines), "lines", share * done / max(1, len(lines)))
            await self._announcer.wait(waiting[0])

    def _laid_out(self, connection: Connection, job: Row) -> dict[str, Any]:
        """Lay out what there is, in one edit; tells how the lines have ended."""
        project_id = rows.get(connection, projects, job["subject"], "project")["id"]
        edit = Edit(connection, project_id)
        Layout(edit).lay_out(job["payload"]["lead_s"])
        _, orphans = edit.finish("Lay out the script")
        self._files.delete_once_written(connection, orphans)
        failed = project_lines.unspoken(connection, project_id)
        total = rows.count(connection, lines_table, lines_table.c.project_id == project_id)
        told = ("id", "number", "speaker", "text", "generation_id", "status", "error")
        return {
            "project_id": project_id,
            "spoken": total - len(failed),
            "failed": len(failed),
            "errors": [{name: line[name] for name in told} for line in failed[:MOST_ERRORS]],
            "render": None,
        }


def _unspoken(summary: dict[str, Any]) -> VoiceboxError:
    first = summary["errors"][0]
    reason = from_payload(first["error"] or {"kind": "conflict", "message": "Its generation is cancelled or deleted."})
    total = summary["spoken"] + summary["failed"]
    message = (
        f"{summary['failed']} of {total} lines could not be spoken; the first is {first['speaker']}'s "
        f"{first['text'][:60]!r}: {reason.message} The project stands without them. Change them with "
        "projects.update_line, or try them again with projects.lay_out and retry."
    )
    return type(reason)(message, **reason.data | summary)
