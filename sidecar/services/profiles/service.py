"""Voice profiles: made whole or not at all, found by id or name, deleted with all that is theirs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from sidecar.errors import Conflict, InvalidParams, NotFound, Unsupported
from sidecar.jobs.runner import JobRunner
from sidecar.services.deletion import delete_unworked
from sidecar.services.effects.chains import whole
from sidecar.services.equipment import REMOTE_LANE
from sidecar.services.models.catalogue import Catalogue
from sidecar.services.new_files import NewFiles
from sidecar.services.profiles.design_job import VOICE_DESIGN, design_wish
from sidecar.services.profiles.prepare import PROFILE_PREPARE
from sidecar.services.profiles.samples import NewSample, SampleService
from sidecar.services.profiles.voices import refuse_strange_voice
from sidecar.services.settings import SettingsService
from sidecar.services.views import View, profile_view
from sidecar.store import generations, project_sources, rows
from sidecar.store import jobs as queue
from sidecar.store import profiles as store
from sidecar.store.database import Database
from sidecar.store.files import FileStore
from sidecar.store.project_sources import OnUse
from sidecar.store.tables import profiles
from sidecar.store.values import Row, new_id, new_seed

PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".gif"}
MAX_PICTURE_BYTES = 10 << 20


class ProfileService:
    """What can be done with profiles."""

    def __init__(
        self,
        database: Database,
        files: FileStore,
        samples: SampleService,
        jobs: JobRunner,
        catalogue: Catalogue,
        settings: SettingsService,
    ) -> None:
        self._database = database
        self._files = files
        self._samples = samples
        self._jobs = jobs
        self._catalogue = catalogue
        self._settings = settings

    async def create(self, values: dict[str, Any], samples: list[NewSample]) -> tuple[str, str | None]:
        """Make a profile with its samples; gives its id and the job that transcribes them, if one was started."""
        values = self._checked(values)
        await self._database.read(lambda connection: store.refuse_taken_name(connection, values["name"]))
        with NewFiles(self._files) as new:
            ready = await self._samples.take_in_all(samples, new)

            def change(connection: Connection) -> tuple[str, str | None]:
                profile_id = store.insert_profile(connection, **values)
                profile = store.resolve(connection, profile_id)
                _, job_id = self._samples.append_all(connection, profile, ready)
                return profile_id, job_id

            return await self._jobs.submit(change)

    async def get(self, profile_id: str) -> View:
        """A profile by id or name. Raises `NotFound`."""
        return await self._database.read(
            lambda connection: self._view(connection, store.resolve(connection, profile_id))
        )

    async def list_page(self, search: str | None, sort: store.Sort, limit: int, offset: int) -> tuple[list[View], int]:
        """One page of profiles and how many there are."""

        def query(connection: Connection) -> tuple[list[View], int]:
            found, total = store.list_profiles(connection, search, sort, limit, offset)
            counts = store.sample_counts(connection, [row["id"] for row in found])
            return [profile_view(self._files, row, counts.get(row["id"], 0)) for row in found], total

        return await self._database.browse(query)

    async def update(self, profile_id: str, changes: dict[str, Any]) -> View:
        """Change the given fields; None clears."""
        changes = self._checked(changes)

        def change(connection: Connection) -> View:
            row = store.resolve(connection, profile_id)
            self._require_default(changes.get("default_engine"), row["voice"])
            store.update_profile(connection, row["id"], **changes)
            return self._view(connection, store.resolve(connection, row["id"]))

        return await self._database.write(change)

    async def delete(self, profile_id: str, delete_generations: bool, on_use: OnUse) -> None:
        """Delete a profile with its samples, and what was spoken with it if asked.

        Raises:
            Conflict: something is being spoken with it and is not to be deleted, or it is and a project's clips play
                it, and `on_use` does not leave the audio to them.

        """
        profile = await self._database.read(lambda connection: store.resolve(connection, profile_id))

        def at_work(connection: Connection) -> list[str]:
            spoken = store.generation_ids(connection, profile["id"])
            if delete_generations and on_use == "refuse":
                project_sources.refuse_used(connection, spoken)
            open_now = queue.open_jobs_about(connection, [profile["id"], *spoken])
            if open_now and not delete_generations:
                raise Conflict(
                    f"{len(open_now)} jobs still use the profile {profile['name']!r}; wait for them, cancel them, or "
                    "set delete_generations.",
                    resource="profile",
                    id=profile["id"],
                    jobs=open_now,
                )
            return open_now

        def delete(connection: Connection) -> None:
            orphans = [row["audio_path"] for row in store.samples_of(connection, profile["id"])]
            if delete_generations:
                spoken = store.generation_ids(connection, profile["id"])
                with project_sources.released(connection, self._files, on_use, spoken):
                    orphans += generations.delete_generations(connection, spoken)
            rows.remove(connection, profiles, profile["id"])
            self._files.delete_once_written(connection, [*orphans, profile["avatar_path"]])

        await delete_unworked(self._database, self._jobs, at_work, delete)

    async def duplicate(self, profile_id: str, name: str | None) -> View:
        """Copy a profile with its samples; their audio is copied too, so that neither depends on the other."""
        async with self._files.keeping():
            original = await self._database.read(lambda connection: store.resolve(connection, profile_id))
            originals = await self._database.read(lambda connection: store.samples_of(connection, original["id"]))
            with NewFiles(self._files) as new:
                copies = [await self._copied(new, row) for row in originals]

                def change(connection: Connection) -> View:
                    fields = ("description", "language", "voice", "default_engine", "default_effects")
                    called = name or store.free_name(connection, original["name"])
                    values = {field: original[field] for field in fields}
                    copy_id = store.insert_profile(connection, name=called, **values)
                    for copied in copies:
                        store.append_sample(connection, copy_id, **copied)
                    return self._view(connection, store.resolve(connection, copy_id))

                return await self._database.write(change)

    async def _copied(self, new: NewFiles, sample: Row) -> Row:
        """A sample's row, but for what makes it this one, with a copy of its file."""
        path = await new.copy_in(self._files.absolute(sample["audio_path"]), "samples", f"{new_id()}.wav")
        kept = ("text", "sha256", "duration_s", "metrics", "warnings")
        return {field: sample[field] for field in kept} | {"audio_path": path}

    async def clone_design(self, profile_id: str, text: str, name: str | None, seed: int | None) -> tuple[str, str]:
        """Start turning a designed voice into a cloned profile; gives the new profile's id and the job's.

        Raises:
            InvalidParams: the profile's voice is not designed.
            Unsupported, ModelUnavailable: no installed engine designs voices.
        """

        def change(connection: Connection) -> tuple[str, str]:
            designed = store.resolve(connection, profile_id)
            if designed["voice"]["kind"] != "designed":
                kind = designed["voice"]["kind"]
                raise InvalidParams.about("profile_id", f"Only a designed voice can be cloned so; this one is {kind}.")
            language = designed["language"] or self._settings.values.default_language
            choice = self._catalogue.choose(design_wish(designed, language))
            called = name or store.free_name(connection, designed["name"])
            kept = {field: designed[field] for field in ("description", "language")}
            cloned_id = store.insert_profile(connection, name=called, voice={"kind": "cloned"}, **kept)
            payload = {
                "profile_id": designed["id"],
                "text": text,
                "language": language,
                "seed": new_seed() if seed is None else seed,
            }
            lane = REMOTE_LANE if choice.engine.remote else None
            return cloned_id, self._jobs.enqueue(connection, VOICE_DESIGN, cloned_id, payload, lane=lane)

        return await self._jobs.submit(change)

    async def prepare(self, profile_id: str, engine: str | None) -> str:
        """Start building the voice prompt ahead of time; gives the job."""

        def change(connection: Connection) -> str:
            profile = store.resolve(connection, profile_id)
            if engine is not None:
                refuse_strange_voice(self._catalogue.engine(engine), profile["voice"])
            return self._jobs.enqueue(connection, PROFILE_PREPARE, profile["id"], {"engine": engine})

        return await self._jobs.submit(change)

    async def set_avatar(self, profile_id: str, path: str | None) -> View:
        """Give a profile a picture, copied into the data folder, or take it away."""
        stored = self._store_picture(Path(path)) if path is not None else None

        def change(connection: Connection) -> View:
            before = store.resolve(connection, profile_id)
            store.update_profile(connection, before["id"], avatar_path=stored)
            self._files.delete_once_written(connection, [before["avatar_path"]])
            return self._view(connection, store.resolve(connection, before["id"]))

        try:
            return await self._database.write(change)
        except BaseException:
            self._files.delete([stored])
            raise

    def _store_picture(self, source: Path) -> str:
        if not source.is_file():
            raise NotFound(f"There is no file {source}.", resource="file", id=str(source))
        size = source.stat().st_size
        if source.suffix.lower() not in PICTURES or size > MAX_PICTURE_BYTES:
            raise InvalidParams.about(
                "path",
                f"{source.name} does not serve as a picture: {', '.join(sorted(PICTURES))} of at most "
                f"{MAX_PICTURE_BYTES >> 20} MB are allowed; it has {size} bytes.",
            )
        return self._files.copy_in(source, "avatars", f"{new_id()}{source.suffix.lower()}")

    def _checked(self, values: dict[str, Any]) -> dict[str, Any]:
        """The values, if they make sense, with the effects made whole."""
        if voice := values.get("voice"):
            if voice["kind"] == "preset":
                self._catalogue.require_voice(voice["engine"], voice["voice_id"])
            self._require_default(values.get("default_engine"), voice)
        if values.get("default_effects"):
            return values | {"default_effects": whole(values["default_effects"], "default_effects")}
        return values

    def _require_default(self, engine: str | None, voice: dict[str, Any]) -> None:
        """Raise if the engine that is to speak for a profile is none, or its stock voice is another engine's."""
        if engine is not None and self._catalogue.engine(engine).id != voice.get("engine", engine):
            raise Unsupported(
                f"A stock voice of {voice['engine']} is spoken by that engine unless a request names another that has "
                "it; leave out default_engine.",
                engine=engine,
                voice_id=voice["voice_id"],
            )

    def _view(self, connection: Connection, row: Row) -> View:
        counts = store.sample_counts(connection, [row["id"]])
        return profile_view(self._files, row, counts.get(row["id"], 0))
