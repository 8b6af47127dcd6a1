"""`projects.render`."""

from __future__ import annotations

from typing import get_args

from sidecar.schema.project_render import ProjectRendered, ProjectRenderParams, RenderSettings, SubtitleFormat
from sidecar.services.jobs import JobService
from sidecar.services.projects.rendering.service import RenderService, RenderWish


class ProjectRenderHandlers:
    """Projects as finished files."""

    def __init__(self, renders: RenderService, jobs: JobService) -> None:
        self._renders = renders
        self._jobs = jobs

    async def render(self, params: ProjectRenderParams) -> ProjectRendered:
        """Mix a project into one file, levelled and limited as asked, with stems and subtitles beside it."""
        job_id = await self._renders.render(params.project_id, wish_of(params))
        outcome = await self._jobs.outcome(job_id) if params.wait else {}
        return ProjectRendered.model_validate({"job_id": job_id, "path": params.path} | outcome)


def wish_of(settings: RenderSettings) -> RenderWish:
    """What is asked of a render, with all of its subtitles by name."""
    fields = settings.model_dump(exclude={"project_id", "wait", "subtitles"})
    every: list[SubtitleFormat] = list(get_args(SubtitleFormat))
    subtitles = settings.subtitles if isinstance(settings.subtitles, list) else every if settings.subtitles else []
    return RenderWish(**fields, subtitles=list(dict.fromkeys(subtitles)))
