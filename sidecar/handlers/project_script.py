"""The part of `projects.*` that is about scripts and their lines."""

from __future__ import annotations

from typing import Any

from sidecar.handlers.project_render import wish_of
from sidecar.schema.common import next_offset
from sidecar.schema.generation import SpeechSettings
from sidecar.schema.project_script import (
    AddLineParams,
    FromScriptParams,
    LaidOut,
    LayOutParams,
    LineChanged,
    LineIdParams,
    LineList,
    ListLinesParams,
    ScriptOutcome,
    ScriptStarted,
    UpdateLineParams,
)
from sidecar.schema.projects import EditResult, Project
from sidecar.services.jobs import JobService
from sidecar.services.projects.scripts.casting import Cast
from sidecar.services.projects.scripts.lines import LineChange, LineService
from sidecar.services.projects.scripts.service import ScriptRequest, ScriptService
from sidecar.services.projects.service import ProjectService

OF_THE_PROJECT = {"name", "description", "sample_rate", "channels"}


class ProjectScriptHandlers:
    """Projects that are made of scripts."""

    def __init__(self, scripts: ScriptService, lines: LineService, projects: ProjectService, jobs: JobService) -> None:
        self._scripts = scripts
        self._lines = lines
        self._projects = projects
        self._jobs = jobs

    async def from_script(self, params: FromScriptParams) -> ScriptStarted:
        """Make a project of a script: every line spoken, laid out with natural gaps, a track a speaker, and rendered
        if that is asked.

        Everything is checked first: that every speaker has a voice, and that every line can be spoken. Lines that fail
        later are left out and named in the result; only with a render, which would not be whole, does the job fail.
        """
        queued = await self._scripts.create(_script(params))
        outcome = await self._outcome(queued.job_id) if params.wait else None
        return ScriptStarted(
            project=await self._project(queued.project_id),
            job_id=queued.job_id,
            lines_count=queued.lines_count,
            format=queued.written_in,
            notes=queued.notes,
            result=outcome,
        )

    async def lay_out(self, params: LayOutParams) -> LaidOut:
        """Put the lines of a script's project one after another again, with those that have audio by now.

        For lines that failed, and for what was moved by hand.
        """
        render = wish_of(params.render) if params.render else None
        job_id = await self._scripts.lay_out(params.project_id, params.retry, render)
        outcome = await self._outcome(job_id) if params.wait else None
        return LaidOut(project=await self._project(params.project_id), job_id=job_id, result=outcome)

    async def list_lines(self, params: ListLinesParams) -> LineList:
        """The lines of the script that a project was made of."""
        items, total = await self._lines.list_page(params.project_id, params.limit, params.offset)
        following = next_offset(params.offset, len(items), total)
        return LineList.model_validate({"items": items, "total": total, "next_offset": following})

    async def update_line(self, params: UpdateLineParams) -> LineChanged:
        """Change a line. Only it is spoken again; when it is, what comes after it moves by as much as it has grown.

        All of it is one edit, which can be undone.
        """
        changes = params.model_dump(exclude={"line_id", "wait"}, exclude_unset=True)
        return await self._changed(await self._lines.update(params.line_id, changes, _usual()), params.wait)

    async def add_line(self, params: AddLineParams) -> LineChanged:
        """Speak a new line and put it among the others, which make room for it."""
        changes = params.model_dump(exclude={"project_id", "position", "wait"}, exclude_unset=True)
        return await self._changed(
            await self._lines.add(params.project_id, params.position, changes, _usual()), params.wait
        )

    async def remove_line(self, params: LineIdParams) -> EditResult:
        """Take a line out with its clip; what comes after it closes up."""
        return EditResult.model_validate(await self._lines.remove(params.line_id))

    async def _changed(self, change: LineChange, wait: bool) -> LineChanged:
        made: dict[str, Any] = {"changes": None} | change.made
        if change.job_id is not None and wait:
            made |= await self._jobs.outcome(change.job_id)
        line = made.get("line") or await self._lines.find(change.line_id)
        return LineChanged.model_validate(made | {"line": line, "job_id": change.job_id, "notes": change.notes})

    async def _outcome(self, job_id: str) -> ScriptOutcome:
        outcome = await self._jobs.outcome(job_id)
        if outcome["render"] is not None:
            outcome["render"] |= {"job_id": job_id}
        return ScriptOutcome.model_validate(outcome)

    async def _project(self, project_id: str) -> Project:
        return Project.model_validate((await self._projects.get(project_id))["project"])


def _usual() -> dict[str, Any]:
    """How a line is spoken of which nothing is said."""
    return SpeechSettings().model_dump()


def _script(params: FromScriptParams) -> ScriptRequest:
    return ScriptRequest(
        text=params.text,
        path=params.path,
        written_in=None if params.format == "auto" else params.format,
        cast=Cast(params.speakers, params.narrator, params.default_profile),
        speak_headings=params.speak_headings,
        scene_chapters=params.scene_chapters,
        gap_s=params.gap_s,
        project=params.model_dump(include=OF_THE_PROJECT),
        speech=params.model_dump(include=set(SpeechSettings.model_fields)),
        render=wish_of(params.render) if params.render else None,
    )
