"""Asking for speech: what cannot be done is refused here, before a row or a job exists."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from sidecar.errors import Conflict, InvalidParams
from sidecar.jobs.runner import JobRunner
from sidecar.services.effects.chains import require_packages, whole
from sidecar.services.effects.table import EffectValue
from sidecar.services.equipment import REMOTE_LANE
from sidecar.services.history.service import IMPORT_ENGINE
from sidecar.services.models.catalogue import Catalogue, Choice, Wish
from sidecar.services.profiles.voices import preferred_engine, refuse_strange_voice
from sidecar.services.settings import SettingsService
from sidecar.services.speech.generation_job import GENERATION
from sidecar.services.speech.lookups import Lookups
from sidecar.services.speech.normalising import require_normalising
from sidecar.services.speech.take import Verify, forget_chunks, strictness
from sidecar.services.views import View, generation_view
from sidecar.settings import Settings
from sidecar.store import generations as store
from sidecar.store import jobs as queue
from sidecar.store import profiles, rows
from sidecar.store.database import Database
from sidecar.store.files import FileStore
from sidecar.store.tables import generations
from sidecar.store.values import Row, new_id, new_seed, utc_now
from sidecar.text.chunks import MAX_PAUSE_S, is_sayable, refused_pause, without_marks

AUTO = "auto"


@dataclass(frozen=True)
class SpeechRequest:
    """What to say, in whose voice, and how; None leaves a choice to the product."""

    profile_id: str
    text: str
    title: str | None = None
    language: str = AUTO
    engine: str | None = None
    model: str | None = None
    seed: int | None = None
    instruct: str | None = None
    sampling: dict[str, Any] = field(default_factory=dict)
    speed: float = 1.0
    chunking: dict[str, Any] = field(default_factory=dict)
    loudness_lufs: float | None = None
    effects: list[EffectValue] | None = None
    stream: bool = False
    verify: Verify | None = None
    normalise: bool = False


class GenerationService:
    """Starts generations and takes up again those that did not end well."""

    def __init__(
        self, database: Database, files: FileStore, jobs: JobRunner, catalogue: Catalogue, settings: SettingsService
    ) -> None:
        self._settings = settings
        self._database = database
        self._files = files
        self._jobs = jobs
        self._catalogue = catalogue

    async def create(self, request: SpeechRequest) -> tuple[str, str]:
        """Queue a generation; gives its id and its job's.

        Raises:
            NotFound: no such profile, engine or model.
            Unsupported: the engine cannot do what is asked.
            ModelUnavailable: the model is not installed.
            InvalidParams: there is nothing to say, or nobody to say it.

        """
        require_pauses(request.text)
        return await self._jobs.submit(lambda connection: self.enqueue(connection, request, self.lookups(connection)))

    async def get(self, generation_id: str) -> View:
        """One generation. Raises `NotFound`."""
        row = await self._database.read(lambda connection: store.get_generation(connection, generation_id))
        return generation_view(self._files, row)

    async def retry(self, generation_id: str, verify: Verify | None = None) -> str:
        """Go on with a failed or cancelled generation at its first unspoken chunk; gives the job.

        What is spoken is checked as before, unless `verify` says otherwise.

        Raises:
            Conflict: it is not failed or cancelled, or it was imported.
            ModelUnavailable, Unsupported: it cannot be heard, as `verify` asks.

        """
        return await self._jobs.submit(lambda connection: self.requeue(connection, generation_id, verify))

    def requeue(
        self,
        connection: Connection,
        generation_id: str,
        verify: Verify | None = None,
        parent_id: str | None = None,
    ) -> str:
        """`retry` in the caller's transaction, as a part of another job if one is named; `wake` is for the caller."""
        generation = rows.get(connection, generations, generation_id, "generation")
        _refuse_import(generation)
        if generation["status"] not in ("failed", "cancelled"):
            raise _conflict(generation, f"is {generation['status']}; only a failed or cancelled one can be tried again")
        payload = queue.last_payload(connection, GENERATION, generation_id)
        if verify is not None:
            self._require_hearing(verify, generation["language"])
            payload = payload | {"settings": payload["settings"] | {"verify": verify}}
        rows.change(
            connection, generations, generation_id, status="queued", error=None, stop_reason=None, finished_at=None
        )
        lane = self._lane(generation["engine"])
        return self._jobs.enqueue(connection, GENERATION, generation_id, payload, parent_id, lane)

    async def regenerate(self, generation_id: str, seed: int | None, stream: bool, changes: dict[str, Any]) -> str:
        """Make another take of the same text, with the settings of the last one but for `changes`; gives the job.

        Raises:
            Conflict: something is at work on it, it was imported, or its profile is gone.
            Unsupported: the engine cannot do what the changes ask.
        """

        def change(connection: Connection) -> str:
            generation = rows.get(connection, generations, generation_id, "generation")
            profile = self._profile_for_another_take(connection, generation)
            settings = generation["settings"] | {"verify": strictness(generation["settings"])} | changes
            if "effects" in changes:
                settings["effects"] = whole(changes["effects"] or [])
                require_packages(settings["effects"])
            as_before = generation["language"], generation["engine"], generation["model"]
            manner = settings["instruct"], settings["sampling"], settings["speed"]
            refuse_strange_voice(self._catalogue.engine(generation["engine"]), profile["voice"])
            self._catalogue.choose(_wish(profile, *as_before, *manner))
            self._require_hearing(settings["verify"], generation["language"])
            rows.change(connection, generations, generation_id, status="queued", error=None)
            # Those of a first take that failed: a retry would from now on go on with the new one.
            forget_chunks(connection, self._files, generation_id)
            taken = new_seed() if seed is None else seed
            return self._enqueue_take(connection, generation, taken, settings, stream)

        return await self._jobs.submit(change)

    def _require_hearing(self, verify: Verify | None, language: str) -> None:
        """Raise unless what is spoken can be heard, if that is asked."""
        if verify == "full":
            self._catalogue.transcriber(language, None)

    def _profile_for_another_take(self, connection: Connection, generation: Row) -> Row:
        _refuse_import(generation)
        if generation["profile_id"] is None:
            raise _conflict(generation, "has lost its profile; make a new generation with another one")
        if queue.open_jobs_about(connection, [generation["id"]]):
            raise _conflict(generation, "is being worked on; wait for its job, or cancel it")
        return profiles.resolve(connection, generation["profile_id"])

    def lookups(self, connection: Connection) -> Lookups:
        """For `enqueue`, any number of times in this transaction."""
        return Lookups(connection, self._files, self._catalogue)

    def enqueue(
        self, connection: Connection, request: SpeechRequest, lookups: Lookups, parent_id: str | None = None
    ) -> tuple[str, str]:
        """`create` in the caller's transaction, as a part of another job if one is named; `wake` is for the caller."""
        if not is_sayable(without_marks(request.text)):
            raise InvalidParams.about("text", "There is nothing to say in it: it has no letter and no digit.")
        request = _completed(request, self._settings.values)
        profile, language, choice = self._chosen(request, lookups)
        self._require_hearing(request.verify, language)
        if request.normalise:
            require_normalising(language)
        effects = whole((profile["default_effects"] or []) if request.effects is None else request.effects)
        lookups.require_packages(effects)
        row = _row(new_id(), request, profile, language, choice, effects)
        rows.add(connection, generations, **row)
        take = row["seed"], row["settings"], request.stream
        return row["id"], self._enqueue_take(connection, row, *take, parent_id)

    def follows_instructions(self, request: SpeechRequest, lookups: Lookups) -> bool:
        """Whether the model that would speak this follows an instruction too. Raises what `create` raises of both."""
        _, _, choice = self._chosen(request, lookups)
        return any(model.instruct for model in choice.engine.models if model.id == choice.model.id)

    def _chosen(self, request: SpeechRequest, lookups: Lookups) -> tuple[Row, str, Choice]:
        """The profile, the language, and what serves the request."""
        settings = self._settings.values
        profile = lookups.profile(request.profile_id)
        language = _language(request, profile, settings.default_language)
        asked = language, preferred_engine(profile, request.engine), request.model
        wish = _wish(profile, *asked, request.instruct, request.sampling, request.speed)
        return profile, language, lookups.choice(profile, replace(wish, prefer=settings.default_engine))

    def _enqueue_take(
        self,
        connection: Connection,
        generation: Row,
        seed: int,
        settings: dict[str, Any],
        stream: bool,
        parent_id: str | None = None,
    ) -> str:
        payload = {"version_id": new_id(), "seed": seed, "settings": settings, "stream": stream}
        lane = self._lane(generation["engine"])
        return self._jobs.enqueue(connection, GENERATION, generation["id"], payload, parent_id, lane)

    def _lane(self, engine: str) -> str | None:
        return REMOTE_LANE if self._catalogue.is_remote(engine) else None


def require_pauses(text: str) -> None:
    """Raise `InvalidParams` if a text that is given asks for a pause that cannot be."""
    if mark := refused_pause(text):
        raise InvalidParams.about(
            "text",
            f"{mark!r} is no pause: write its seconds like this, [pause 1.5s], {MAX_PAUSE_S:g} of them at most; such "
            "marks in a row add up.",
        )


def _refuse_import(generation: Row) -> None:
    if generation["engine"] == IMPORT_ENGINE:
        raise _conflict(generation, "was imported, so there is nothing to speak again")


def _conflict(generation: Row, reason: str) -> Conflict:
    return Conflict(f"The generation {reason}.", resource="generation", id=generation["id"])


def _wish(
    profile: Row,
    language: str,
    engine: str | None,
    model: str | None,
    instruct: str | None,
    sampling: dict[str, Any],
    speed: float,
) -> Wish:
    """What a take asks of an engine, the first one and every further one alike."""
    return Wish(
        voice_kind=profile["voice"]["kind"],
        language=language,
        engine=engine,
        model=model,
        instruct=instruct is not None,
        sampling=any(value is not None for value in sampling.values()),
        speed=speed,
    )


def _completed(request: SpeechRequest, settings: Settings) -> SpeechRequest:
    """With the settings' choices where the request leaves them to the product."""
    return replace(
        request,
        verify=request.verify or settings.default_verify,
        loudness_lufs=settings.default_loudness_lufs if request.loudness_lufs is None else request.loudness_lufs,
    )


def _language(request: SpeechRequest, profile: Row, default: str) -> str:
    if request.language != AUTO:
        return request.language
    return profile["language"] or default


def _row(
    generation_id: str,
    request: SpeechRequest,
    profile: Row,
    language: str,
    choice: Choice,
    effects: list[EffectValue],
) -> Row:
    asked_chars = request.chunking.get("max_chars") or choice.engine.max_chunk_chars
    return {
        "id": generation_id,
        "profile_id": profile["id"],
        "profile_name": profile["name"],
        "title": request.title,
        "text": request.text,
        "language": language,
        "engine": choice.engine.id,
        "model": choice.model.id,
        "seed": new_seed() if request.seed is None else request.seed,
        "settings": {
            "instruct": request.instruct,
            "sampling": request.sampling,
            "speed": request.speed,
            "chunking": request.chunking | {"max_chars": min(asked_chars, choice.engine.max_chunk_chars)},
            "loudness_lufs": request.loudness_lufs,
            "effects": effects,
            "verify": request.verify,
            "normalise": request.normalise,
            "model_revision": choice.model.revision,
        },
        "status": "queued",
        "fidelity": choice.engine.fidelity[profile["voice"]["kind"]],
        "created_at": utc_now(),
    }
