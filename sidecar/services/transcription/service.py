"""Recordings and what is said in them: the recording is kept whatever happens to the transcription."""

from __future__ import annotations

import json
import re
from pathlib import Path

from sqlalchemy import Connection

from sidecar.engines.pool import EnginePool
from sidecar.errors import Conflict
from sidecar.jobs.runner import JobRunner
from sidecar.services.deletion import delete_unworked
from sidecar.services.incoming import GivenAudio, as_file
from sidecar.services.models.catalogue import Catalogue
from sidecar.services.new_files import NewFiles
from sidecar.services.targets import require_target, write_target
from sidecar.services.transcription.job import TRANSCRIPTION
from sidecar.services.views import View, transcription_view
from sidecar.store import jobs as queue
from sidecar.store import rows
from sidecar.store import transcriptions as store
from sidecar.store.database import Database
from sidecar.store.files import FileStore
from sidecar.store.tables import transcriptions
from sidecar.store.values import Row, new_id
from sidecar.text.subtitles import Cue, srt, vtt

UPLOAD_SUFFIX = ".audio"
USUAL_SUFFIX = re.compile(r"\.[a-z0-9]{1,10}")
"""What is a name everywhere, in a backup too."""


class TranscriptionService:
    """What can be done with transcriptions."""

    def __init__(
        self, database: Database, files: FileStore, audio: EnginePool, jobs: JobRunner, catalogue: Catalogue
    ) -> None:
        self._database = database
        self._files = files
        self._audio = audio
        self._jobs = jobs
        self._catalogue = catalogue

    async def create(
        self, given: GivenAudio, language: str | None, model: str | None, words: bool, vad: bool
    ) -> tuple[str, str]:
        """Keep the recording and queue its transcription; gives its id and the job's.

        Raises:
            InvalidAudio: it is no audio.
            Unsupported, ModelUnavailable: no installed model understands the language.

        """
        entry, _ = self._catalogue.transcriber(language, model)
        with NewFiles(self._files) as new:
            async with as_file(self._files, given) as path:
                info = await self._audio.call("audio.probe", {"path": str(path)})
                audio_path = await new.copy_in(path, "recordings", f"{new_id()}{_suffix(given)}")

            def change(connection: Connection) -> tuple[str, str]:
                settings = {"language": language, "words": words, "vad": vad}
                transcription_id = store.insert_transcription(
                    connection,
                    model=entry.id,
                    language=language,
                    duration_s=info["duration_s"],
                    audio_path=audio_path,
                    settings=settings,
                )
                return transcription_id, self._jobs.enqueue(connection, TRANSCRIPTION, transcription_id, {})

            return await self._jobs.submit(change)

    async def get(self, transcription_id: str) -> View:
        """One transcription. Raises `NotFound`."""
        row = await self._database.read(lambda connection: store.get_transcription(connection, transcription_id))
        return transcription_view(self._files, row)

    async def list_page(
        self, status: str | None, search: str | None, limit: int, offset: int
    ) -> tuple[list[View], int]:
        """One page of transcriptions, newest first, and how many match."""
        found, total = await self._database.browse(
            lambda connection: store.list_transcriptions(connection, status, search, limit, offset)
        )
        return [transcription_view(self._files, row) for row in found], total

    async def delete(self, transcription_id: str) -> None:
        """Delete a transcription and its recording, cancelling what is at work on it."""

        def at_work(connection: Connection) -> list[str]:
            return queue.open_jobs_about(connection, [transcription_id])

        def delete(connection: Connection) -> None:
            row = store.get_transcription(connection, transcription_id)
            rows.remove(connection, transcriptions, transcription_id)
            self._files.delete_once_written(connection, [row["audio_path"]])

        await delete_unworked(self._database, self._jobs, at_work, delete)

    async def export(self, transcription_id: str, format: str, path: str | None) -> str:
        """The transcription as txt, srt, vtt or json; also written to a path if one is given."""
        row = await self._database.read(lambda connection: store.get_transcription(connection, transcription_id))
        if row["status"] != "completed":
            raise Conflict(
                f"The transcription is {row['status']}; wait for its job.",
                resource="transcription",
                id=transcription_id,
            )
        text = _written(row, format)
        if path is not None:
            require_target(path, self._files.root)
            await write_target(self._files, path, text)
        return text


def _written(row: Row, format: str) -> str:
    segments = row["segments"] or []
    cues = [Cue(segment["start_s"], segment["end_s"], segment["text"].strip()) for segment in segments]
    if format == "srt":
        return srt(cues)
    if format == "vtt":
        return vtt(cues)
    if format == "json":
        kept = ("text", "language", "model", "duration_s", "segments", "words")
        return json.dumps({field: row[field] for field in kept}, ensure_ascii=False, indent=2)
    return f"{row['text']}\n"


def _suffix(given: GivenAudio) -> str:
    suffix = Path(given.path or "").suffix.lower()
    return suffix if USUAL_SUFFIX.fullmatch(suffix) else UPLOAD_SUFFIX
