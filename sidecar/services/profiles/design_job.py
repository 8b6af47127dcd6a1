"""Design once, then clone: a designed voice speaks a text, which becomes the sample of a cloned profile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from sidecar.errors import EngineFailed, VoiceboxError
from sidecar.jobs.kind import JobKind, Outcome
from sidecar.jobs.progress import Progress
from sidecar.services.equipment import Equipment
from sidecar.services.models.catalogue import Choice, Wish
from sidecar.services.new_files import NewFiles
from sidecar.services.profiles.voices import engine_params, preferred_engine
from sidecar.services.views import profile_view
from sidecar.store import profiles as store
from sidecar.store import rows
from sidecar.store.tables import profiles
from sidecar.store.values import Row, new_id

VOICE_DESIGN = "voice_design"


class DesignJob(JobKind):
    """Fills a new cloned profile with a sample that a designed voice speaks; if that fails, it goes if still empty."""

    name = VOICE_DESIGN
    lane = "engine"

    def __init__(self, equipment: Equipment) -> None:
        self._on = equipment

    async def run(self, job: Row, progress: Progress) -> Outcome:
        """Speak the reference, then take it in as it is."""
        wanted = job["payload"]
        progress.report("designing", 0, 2, "steps")
        spoken, sample = self._on.files.temporary(".wav"), self._on.files.temporary(".wav")
        try:
            with NewFiles(self._on.files) as new:
                choice, params = await self._on.database.read(lambda connection: self._chosen(connection, wanted))
                told = await self._on.pool_of(choice).call("speech.speak", params | _one_utterance(wanted, spoken))
                if not told["spoken"][0]["sounding"]:
                    raise EngineFailed(
                        "The engine made silence. Describe the voice otherwise, or try again with another seed."
                    )
                progress.report("measuring", 1, 2, "steps")
                measured = await self._on.audio.call(
                    "audio.import_designed", {"path": str(spoken), "out_path": str(sample)}
                )
                audio_path = await new.adopt(sample, "samples", f"{new_id()}.wav")
        finally:
            spoken.unlink(missing_ok=True)
            sample.unlink(missing_ok=True)
        kept = {field: measured[field] for field in ("sha256", "duration_s", "metrics", "warnings")}

        def commit(connection: Connection) -> dict[str, Any]:
            store.append_sample(connection, job["subject"], text=wanted["text"], audio_path=audio_path, **kept)
            return {}

        return Outcome(commit, take_back=new.take_back)

    def ended_badly(self, connection: Connection, job: Row, status: str, error: VoiceboxError) -> None:
        """Take the profile away if it is still empty; what its user has given it meanwhile is the user's."""
        profile = rows.find(connection, profiles, job["subject"])
        if profile and not profile["avatar_path"] and not store.sample_counts(connection, [profile["id"]]):
            rows.remove(connection, profiles, profile["id"])

    def result(self, connection: Connection, job: Row) -> dict[str, Any]:
        """The cloned profile, if nobody has deleted it since."""
        row = rows.find(connection, profiles, job["subject"])
        counts = store.sample_counts(connection, [job["subject"]])
        return {} if row is None else {"profile": profile_view(self._on.files, row, counts.get(row["id"], 0))}

    def _chosen(self, connection: Connection, wanted: dict[str, Any]) -> tuple[Choice, dict[str, Any]]:
        designed = store.resolve(connection, wanted["profile_id"])
        choice = self._on.catalogue.choose(design_wish(designed, wanted["language"]))
        return choice, engine_params(connection, self._on, designed, choice)


def design_wish(designed: Row, language: str) -> Wish:
    """What speaking the reference asks of an engine."""
    return Wish("designed", language, preferred_engine(designed, None))


def _one_utterance(wanted: dict[str, Any], path: Path) -> dict[str, Any]:
    utterance = {field: wanted[field] for field in ("text", "language", "seed")} | {"sampling": {}}
    return {"utterances": [utterance], "out_paths": [str(path)]}
