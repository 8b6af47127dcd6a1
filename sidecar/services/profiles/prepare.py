"""The job that builds a profile's voice prompt ahead of time."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from sidecar.jobs.kind import JobKind, Outcome
from sidecar.jobs.progress import Progress
from sidecar.services.equipment import Equipment
from sidecar.services.models.catalogue import Choice, Wish
from sidecar.services.profiles.voices import engine_params, preferred_engine
from sidecar.store import profiles as store
from sidecar.store.values import Row

PROFILE_PREPARE = "profile_prepare"


class PrepareJob(JobKind):
    """Builds and caches the voice prompt, so that the first sentence need not wait for it."""

    name = PROFILE_PREPARE
    lane = "engine"

    def __init__(self, equipment: Equipment) -> None:
        self._on = equipment

    async def run(self, job: Row, progress: Progress) -> Outcome:
        """Have the engine build the prompt, or find that it is there."""
        progress.report("preparing voice", 0, 1, "prompts")

        def query(connection: Connection) -> tuple[Choice, dict[str, Any]]:
            profile = store.resolve(connection, job["subject"])
            settings = self._on.settings.values
            language = profile["language"] or settings.default_language
            engine = preferred_engine(profile, job["payload"]["engine"])
            wish = Wish(profile["voice"]["kind"], language, engine, prefer=settings.default_engine)
            choice = self._on.catalogue.choose(wish)
            return choice, engine_params(connection, self._on, profile, choice)

        choice, params = await self._on.database.read(query)
        answer = await self._on.pool_of(choice).call("speech.prepare", params)
        return Outcome(lambda connection: {"prompt_cached": answer["prompt_cached"]})
