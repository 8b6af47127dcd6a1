"""The job that builds a profile's voice prompt ahead of time."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from sidecar.engines.pool import EnginePool
from sidecar.errors import VoiceboxError
from sidecar.jobs.kind import Outcome
from sidecar.jobs.progress import Progress
from sidecar.services.catalogue import Catalogue, Wish
from sidecar.services.voices import engine_params, preferred_engine
from sidecar.store import profiles as store
from sidecar.store.database import Database
from sidecar.store.files import FileStore
from sidecar.store.values import Row

PROFILE_PREPARE = "profile_prepare"
DEFAULT_LANGUAGE = "en"


class PrepareJob:
    """Builds and caches the voice prompt, so that the first sentence need not wait for it."""

    name = PROFILE_PREPARE
    lane = "engine"

    def __init__(
        self, database: Database, files: FileStore, engine: EnginePool, catalogue: Catalogue, device: str
    ) -> None:
        self._database = database
        self._files = files
        self._engine = engine
        self._catalogue = catalogue
        self._device = device

    async def run(self, job: Row, progress: Progress) -> Outcome:
        """Have the engine build the prompt, or find that it is there."""
        progress.report("preparing voice", 0, 1, "prompts")

        def query(connection: Connection) -> dict[str, Any]:
            profile = store.resolve(connection, job["subject"])
            language = profile["language"] or DEFAULT_LANGUAGE
            wish = Wish(profile["voice"]["kind"], language, preferred_engine(profile, job["payload"]["engine"]))
            return engine_params(connection, self._files, profile, self._catalogue.choose(wish), self._device)

        answer = await self._engine.call("speech.prepare", await self._database.read(query))
        return Outcome(lambda connection: {"prompt_cached": answer["prompt_cached"]})

    def started(self, connection: Connection, job: Row) -> None:
        """A profile has no status."""

    def ended_badly(self, connection: Connection, job: Row, status: str, error: VoiceboxError) -> None:
        """A profile without a prompt is as good as before."""

    def result(self, connection: Connection, job: Row) -> dict[str, Any]:
        """Whether there was a prompt already."""
        return dict(job["result"] or {})
