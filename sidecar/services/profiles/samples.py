"""The recordings of a cloned voice: taken in whole, measured, repaired, transcribed where nobody gave the text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from sidecar.engines.pool import EnginePool
from sidecar.errors import ModelUnavailable, Unsupported
from sidecar.jobs.runner import JobRunner
from sidecar.services.incoming import GivenAudio, as_file
from sidecar.services.models.catalogue import Catalogue
from sidecar.services.new_files import NewFiles
from sidecar.services.profiles.sample_texts import SAMPLE_TRANSCRIPTION
from sidecar.services.views import View, sample_view
from sidecar.store import profiles as store
from sidecar.store import rows
from sidecar.store.database import Database
from sidecar.store.files import FileStore
from sidecar.store.tables import samples
from sidecar.store.values import Row, new_id


@dataclass(frozen=True)
class NewSample:
    """A recording as it is given; `start_s` and `end_s` choose a part of it."""

    audio: GivenAudio
    text: str | None
    start_s: float | None
    end_s: float | None


@dataclass(frozen=True)
class ReadySample:
    """A recording taken in: its repaired audio lies in place, its row is ready to be written."""

    values: dict[str, Any]

    @property
    def audio_path(self) -> str:
        """Where the audio lies, relative to the data folder."""
        return str(self.values["audio_path"])


class SampleService:
    """What can be done with the samples of a profile."""

    def __init__(
        self, database: Database, files: FileStore, audio: EnginePool, jobs: JobRunner, catalogue: Catalogue
    ) -> None:
        self._database = database
        self._files = files
        self._audio = audio
        self._jobs = jobs
        self._catalogue = catalogue

    async def take_in(self, sample: NewSample, new: NewFiles) -> ReadySample:
        """Measure and repair one recording and put it in place. Raises `InvalidAudio` with what is wrong with it."""
        out_path = self._files.temporary(".wav")
        try:
            async with as_file(self._files, sample.audio) as path:
                part = {"start_s": sample.start_s, "end_s": sample.end_s}
                params = {"path": str(path), "out_path": str(out_path)} | part
                measured = await self._audio.call("audio.import_sample", params)
            audio_path = await new.adopt(out_path, "samples", f"{new_id()}.wav")
            return ReadySample(_row(sample, measured, audio_path))
        finally:
            out_path.unlink(missing_ok=True)

    async def take_in_all(self, samples: list[NewSample], new: NewFiles) -> list[ReadySample]:
        """Take in several recordings."""
        return [await self.take_in(sample, new) for sample in samples]

    def append_all(
        self, connection: Connection, profile: Row, ready: list[ReadySample]
    ) -> tuple[list[str], str | None]:
        """Write the rows of taken-in samples; gives their ids and the job that transcribes those without text."""
        ids, textless = [], []
        for sample in ready:
            sample_id = store.append_sample(connection, profile["id"], **self._with_advice(sample, profile["language"]))
            ids.append(sample_id)
            if sample.values["text"] is None:
                textless.append(sample_id)
        if not textless or not self._can_transcribe(profile["language"]):
            return ids, None
        payload = {"sample_ids": textless, "language": profile["language"]}
        subject = ids[0] if len(ids) == 1 else profile["id"]
        return ids, self._jobs.enqueue(connection, SAMPLE_TRANSCRIPTION, subject, payload)

    async def add(self, profile_id: str, sample: NewSample) -> tuple[str, str | None]:
        """Add a recording to a profile; gives the sample's id and its transcription job, if there is one."""
        await self._database.read(lambda connection: store.resolve(connection, profile_id))
        with NewFiles(self._files) as new:
            ready = await self.take_in_all([sample], new)

            def append(connection: Connection) -> tuple[list[str], str | None]:
                return self.append_all(connection, store.resolve(connection, profile_id), ready)

            ids, job_id = await self._jobs.submit(append)
        return ids[0], job_id

    async def get(self, sample_id: str) -> View:
        """One sample. Raises `NotFound`."""
        row = await self._database.read(lambda connection: rows.get(connection, samples, sample_id, "sample"))
        return sample_view(self._files, row)

    async def list_of(self, profile_id: str) -> list[View]:
        """A profile's samples in their order."""

        def query(connection: Connection) -> list[Row]:
            return store.samples_of(connection, store.resolve(connection, profile_id)["id"])

        return [sample_view(self._files, row) for row in await self._database.read(query)]

    async def update(self, sample_id: str, changes: dict[str, Any]) -> View:
        """Change a sample's text or its place in the order."""

        def change(connection: Connection) -> Row:
            sample = rows.get(connection, samples, sample_id, "sample")
            if "text" in changes:
                rows.change(connection, samples, sample_id, text=changes["text"])
            if changes.get("position") is not None:
                store.move_sample(connection, sample, changes["position"])
            store.touch(connection, sample["profile_id"])
            return rows.get(connection, samples, sample_id, "sample")

        return sample_view(self._files, await self._database.write(change))

    async def remove(self, sample_id: str) -> None:
        """Remove a sample and its audio."""

        def change(connection: Connection) -> None:
            sample = rows.get(connection, samples, sample_id, "sample")
            store.remove_sample(connection, sample)
            self._files.delete_once_written(connection, [sample["audio_path"]])

        await self._database.write(change)

    def _can_transcribe(self, language: str | None) -> bool:
        try:
            self._catalogue.transcriber(language, None)
        except (ModelUnavailable, Unsupported):
            return False
        return True

    def _with_advice(self, sample: ReadySample, language: str | None) -> dict[str, Any]:
        if sample.values["text"] is not None or self._can_transcribe(language):
            return sample.values
        advice = "No transcription model is installed: give the text with profiles.update_sample, or install Whisper."
        return sample.values | {"warnings": [*sample.values["warnings"], advice]}


def _row(new: NewSample, measured: dict[str, Any], audio_path: str) -> dict[str, Any]:
    text, warnings = new.text, list(measured["warnings"])
    if measured["trimmed"] and text is not None:
        text = None
        warnings.append("The text given covers more than the part that is used, so that part is transcribed anew.")
    kept = {field: measured[field] for field in ("sha256", "duration_s", "metrics")}
    return kept | {"text": text, "warnings": warnings, "audio_path": audio_path}
