"""From a script to a project: everything is checked and queued in one transaction, and laid out once it is spoken."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from sidecar.errors import InvalidParams, VoiceboxError
from sidecar.jobs.runner import JobRunner
from sidecar.services.models.catalogue import Catalogue
from sidecar.services.projects.editing.tracks import MOST_TRACKS
from sidecar.services.projects.rendering.service import RenderService, RenderWish, render_payload
from sidecar.services.projects.scripts.casting import Cast, CastLine, cast_lines, notes_of
from sidecar.services.projects.scripts.job import PROJECT_SCRIPT
from sidecar.services.projects.scripts.rows import BETWEEN_DIRECTIONS, write_lines, write_tracks
from sidecar.services.speech.batches import BatchRequest, BatchService
from sidecar.services.speech.generation import GenerationService, SpeechRequest
from sidecar.services.speech.lookups import Lookups
from sidecar.services.speech.script_files import read_text
from sidecar.store import project_lines, rows
from sidecar.store import projects as store
from sidecar.store.tables import project_lines as lines_table
from sidecar.text.dialogue.cues import name_key
from sidecar.text.dialogue.lines import Dialogue
from sidecar.text.dialogue.reading import Format, Manner, format_of, read_dialogue

MOST_LINES = 5_000


@dataclass(frozen=True)
class ScriptRequest:
    """A script, given as `text` or as the `path` of a file, who speaks it, and what becomes of it.

    `project` are the columns of the project, `speech` the fields of `SpeechRequest` that hold for every line, `gap_s`
    is the seconds between two speakers.
    """

    text: str | None
    path: str | None
    written_in: Format | None
    cast: Cast
    speak_headings: bool
    scene_chapters: bool
    gap_s: float
    project: dict[str, Any]
    speech: dict[str, Any]
    render: RenderWish | None


@dataclass(frozen=True)
class QueuedScript:
    """The project and the job that fills it, what the script was read as, and what of it needs to be known."""

    project_id: str
    job_id: str
    lines_count: int
    written_in: Format
    notes: list[str]


class ScriptService:
    """Makes projects of scripts."""

    def __init__(
        self,
        jobs: JobRunner,
        catalogue: Catalogue,
        generation: GenerationService,
        batches: BatchService,
        renders: RenderService,
    ) -> None:
        self._catalogue = catalogue
        self._renders = renders
        self._jobs = jobs
        self._generation = generation
        self._batches = batches

    async def create(self, request: ScriptRequest) -> QueuedScript:
        """Make a project with a track for every speaker, and queue its lines.

        Raises:
            NotFound: there is no such file, or profile, engine or model.
            InvalidParams: the script makes no sense, or somebody in it has no voice; `data.errors` tells of the lines.
            Busy: the queue has no room for all lines.
            ModelUnavailable: nobody could find the words for subtitles.
            VoiceboxError: what `BatchService.create` raises for lines that cannot be spoken.

        """
        written_in, dialogue = await asyncio.to_thread(_read, request)
        lines = cast_lines(dialogue, request.cast)
        _require_few(lines)
        self._require(request.render)

        def change(connection: Connection) -> QueuedScript:
            project_id = store.insert_project(connection, **request.project)
            job_id = self._enqueue(connection, project_id, dialogue.lead_s, request.render)
            unfollowed = self._fill(connection, project_id, job_id, lines, request)
            if request.render is not None and request.render.subtitles:
                for language in project_lines.languages(connection, project_id):
                    self._catalogue.transcriber(language, None)
            notes = notes_of(dialogue, request.cast, unfollowed)
            return QueuedScript(project_id, job_id, len(lines), written_in, notes)

        return await self._jobs.submit(change)

    async def lay_out(self, project_id: str, retry: bool, render: RenderWish | None) -> str:
        """Lay the lines of a project out anew, once those that are being spoken have been; gives the job.

        With `retry`, lines that failed or were cancelled are tried again first.

        Raises:
            NotFound: there is no such project.
            InvalidParams: it was made from no script.

        """

        def change(connection: Connection) -> str:
            store.project(connection, project_id)
            if not rows.count(connection, lines_table, lines_table.c.project_id == project_id):
                raise InvalidParams.about("project_id", "The project has no lines; projects.from_script makes such.")
            job_id = self._enqueue(connection, project_id, None, render)
            for line in project_lines.unspoken(connection, project_id) if retry else ():
                if line["status"] in ("failed", "cancelled"):
                    self._generation.requeue(connection, line["generation_id"], parent_id=job_id)
            return job_id

        self._require(render)
        return await self._jobs.submit(change)

    def _require(self, render: RenderWish | None) -> None:
        if render is not None:
            self._renders.require(render)

    def _enqueue(self, connection: Connection, project_id: str, lead_s: float | None, render: RenderWish | None) -> str:
        project = store.project(connection, project_id)
        payload = {"lead_s": lead_s, "render": render and render_payload(render, project)}
        return self._jobs.enqueue(connection, PROJECT_SCRIPT, project_id, payload)

    def _fill(
        self, connection: Connection, project_id: str, job_id: str, lines: Sequence[CastLine], request: ScriptRequest
    ) -> list[CastLine]:
        """Queue the lines and write them down with tracks and chapters; gives those whose directions go unfollowed."""
        lookups = self._generation.lookups(connection)
        unfollowed, items = [], []
        for one in lines:
            plain = SpeechRequest(profile_id=one.profile_id, text=one.line.text, **request.speech)
            speech = directed(self._generation, plain, one.line.directions, lookups)
            items.append(BatchRequest(speech, one.line.number))
            if one.line.directions and speech is plain:
                unfollowed.append(one)
        queued = self._batches.enqueue_parts(connection, items, job_id)
        write_tracks(connection, project_id, lines)
        write_lines(connection, project_id, lines, [generation_id for generation_id, _ in queued], request.gap_s)
        return unfollowed


def directed(
    generation: GenerationService, request: SpeechRequest, directions: Sequence[str], lookups: Lookups
) -> SpeechRequest:
    """The request with directions to follow, if the voice can; the very same request if it cannot."""
    try:
        if not directions or not generation.follows_instructions(request, lookups):
            return request
    except VoiceboxError:
        # What is wrong with it is said, with its place, where it is queued.
        return request
    instruct = BETWEEN_DIRECTIONS.join([*([request.instruct] if request.instruct else ()), *directions])
    return replace(request, instruct=instruct)


def _read(request: ScriptRequest) -> tuple[Format, Dialogue]:
    text = read_text(Path(request.path)) if request.path is not None else request.text or ""
    written_in = request.written_in or format_of(request.path, text)
    narrated = request.cast.narrator is not None
    manner = Manner(request.cast.names, narrated, request.speak_headings, request.scene_chapters)
    return written_in, read_dialogue(text, written_in, manner)


def _require_few(lines: Sequence[CastLine]) -> None:
    speakers = {name_key(one.speaker) for one in lines}
    for what, count, most in (("lines", len(lines), MOST_LINES), ("speakers", len(speakers), MOST_TRACKS)):
        if count > most:
            message = f"The script has {count:,} {what}; {most:,} are allowed. Divide it."
            raise InvalidParams.about("text", message)
