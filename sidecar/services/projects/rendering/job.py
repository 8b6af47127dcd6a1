"""The job that writes a project as one file, with its stems and its subtitles beside it."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

from sidecar.errors import from_os_error
from sidecar.jobs.kind import Outcome
from sidecar.jobs.progress import Progress
from sidecar.operating_system import replace, sync, sync_folder
from sidecar.services.equipment import Equipment
from sidecar.services.file_work import WritingJob, remove_parts
from sidecar.services.projects.rendering.chapter_files import chapter_renders, told_together
from sidecar.services.projects.rendering.delivering import Outputs, delivery, results
from sidecar.services.projects.rendering.plan import as_plan, read_arrangement
from sidecar.services.projects.rendering.preparing import keeping_prepared, prepare_clips
from sidecar.services.projects.spoken import Spoken
from sidecar.services.projects.words import ProjectWordService
from sidecar.store.values import Row
from sidecar.uninterrupted import in_thread

PROJECT_RENDER = "project_render"
SHARES = {"words": 0.1, "preparing": 0.15, "measuring": 0.25, "writing": 0.35, "stems": 0.1, "checking": 0.05}
"""Of the whole work, by stage, in their order."""


class RenderJob(WritingJob):
    """Mixes a project into a place of the user's: all of its files, or none of them."""

    name = PROJECT_RENDER
    lane = "render"

    def __init__(self, equipment: Equipment, words: ProjectWordService) -> None:
        self._database = equipment.database
        self._files = equipment.files
        self._audio = equipment.audio
        self._words = words

    async def write(self, job: Row, progress: Progress) -> Outcome:
        """Write every file beside its place, one chapter after another if each is to have a file of its own; then give
        each its name, that of a mix after those of what goes with it.
        """
        wanted, target = job["payload"], Path(job["payload"]["path"])
        renders = [wanted]
        if wanted["per_chapter"]:
            renders = await self._database.read(lambda connection: chapter_renders(connection, wanted))
        made = []
        try:
            for place, each in enumerate(renders):
                async with self._files.keeping():
                    made.append(await self._written(each, job["id"], _Stages(progress, place, len(renders))))
            # Here a cancel takes effect, and not once the first of them has its name.
            await asyncio.sleep(0)
            await in_thread(_put_in_place, target, [outputs for outputs, _ in made])
        finally:
            await in_thread(remove_parts, target, job["id"])
        told = [file | {"title": each["title"]} for each, (_, file) in zip(renders, made, strict=True)]
        result = told_together(wanted, told) if wanted["per_chapter"] else made[0][1]
        return Outcome(lambda connection: result)

    async def _written(self, wanted: Row, job_id: str, stages: _Stages) -> tuple[Outputs, dict[str, Any]]:
        asked = wanted["project_id"], wanted["start_s"], wanted["end_s"]
        arrangement = await self._database.read(lambda connection: read_arrangement(connection, *asked))
        spoken = await self._spoken(wanted, stages)
        with keeping_prepared(self._files, arrangement.clips):
            report = partial(stages.report, "preparing", unit="clips")
            prepared = await prepare_clips(self._files, self._audio, arrangement, report)
            plan = as_plan(self._files, arrangement, prepared)
            outputs = Outputs.of(wanted, plan, job_id)
            params = {
                "plan": plan.model_dump(mode="json"),
                "delivery": delivery(wanted, arrangement, outputs).model_dump(mode="json"),
            }
            measured = await self._audio.call("timeline.render", params, stages.hear)
        for format, path in outputs.subtitles.items():
            await in_thread(_write_text, outputs.part(path), spoken.written(format))
        return outputs, results(wanted, outputs, measured, spoken.notes)

    async def _spoken(self, wanted: Row, stages: _Stages) -> Spoken:
        if not wanted["subtitles"]:
            return Spoken([], [])
        return await self._words.spoken(
            wanted["project_id"],
            wanted["start_s"],
            wanted["end_s"],
            lambda done, total: stages.report("words", done, total, "clips"),
        )


class _Stages:
    """Tells how far each stage is, and what that is of the whole, of which the file at `place` is one of `count`."""

    def __init__(self, progress: Progress, place: int = 0, count: int = 1) -> None:
        self._progress = progress
        self._place = place
        self._count = count

    def report(self, stage: str, completed: float, total: float, unit: str) -> None:
        """So much of a stage is done."""
        stages = list(SHARES)
        before = sum(SHARES[each] for each in stages[: stages.index(stage)])
        share = min(1.0, completed / total) if total else 1.0
        of_the_file = before + SHARES[stage] * share
        self._progress.report(stage, completed, total, unit, (self._place + of_the_file) / self._count)

    def hear(self, news: dict[str, Any]) -> None:
        """The engine process tells so."""
        self.report(news["stage"], news["completed"], news["total"], news["unit"])


def _write_text(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
        sync(path)
    except OSError as fault:
        raise from_os_error(fault, f"Writing {path.name!r}") from fault


def _put_in_place(target: Path, made: list[Outputs]) -> None:
    try:
        for outputs in made:
            for path in outputs.paths:
                replace(outputs.part(path), path)
        sync_folder(target.parent)
    except OSError as fault:
        raise from_os_error(fault, f"Writing beside {target}") from fault
