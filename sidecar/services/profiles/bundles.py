"""Profiles that travel: what can be refused at once is, the rest is a job's."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection

from sidecar.errors import Conflict
from sidecar.jobs.runner import JobRunner
from sidecar.services.effects.chains import whole
from sidecar.services.models.catalogue import Catalogue
from sidecar.services.profiles.manifest import PROFILE_FORMAT, ProfileManifest
from sidecar.services.targets import require_target
from sidecar.store import jobs as queue
from sidecar.store import profiles as store
from sidecar.store import rows
from sidecar.store.archive import open_bundle
from sidecar.store.files import FileStore
from sidecar.store.tables import profiles
from sidecar.store.values import Row, new_id

PROFILE_EXPORT = "profile_export"
PROFILE_IMPORT = "profile_import"
OnConflict = Literal["fail", "rename", "replace"]


class ProfileBundleService:
    """Starts exports and imports."""

    def __init__(self, files: FileStore, jobs: JobRunner, catalogue: Catalogue) -> None:
        self._files = files
        self._jobs = jobs
        self._catalogue = catalogue

    async def export(self, profile_id: str, path: str, include_prompts: bool) -> str:
        """Start writing a profile to a bundle; gives the job."""
        require_target(path, self._files.root)

        def change(connection: Connection) -> str:
            profile = store.resolve(connection, profile_id)
            payload = {"path": path, "include_prompts": include_prompts}
            return self._jobs.enqueue(connection, PROFILE_EXPORT, profile["id"], payload)

        return await self._jobs.submit(change)

    async def import_(self, path: str, on_conflict: OnConflict) -> str:
        """Start taking a bundle in; gives the job, whose result is the profile.

        Raises:
            InvalidParams: it is no bundle of a profile, is damaged, or was made to do harm.
            NotFound: no such file; or the profile wants an engine or a preset voice that is not here.
            Conflict: its name is taken and `on_conflict` says to fail, or the profile to replace is in use.

        """
        manifest = await asyncio.to_thread(_read_manifest, Path(path))
        require_usable(manifest, self._catalogue)

        def change(connection: Connection) -> str:
            taken_by = place_of(connection, manifest, on_conflict)
            subject = taken_by["id"] if taken_by else free_id(connection, manifest)
            return self._jobs.enqueue(connection, PROFILE_IMPORT, subject, {"path": path, "on_conflict": on_conflict})

        return await self._jobs.submit(change)


def require_usable(manifest: ProfileManifest, catalogue: Catalogue) -> None:
    """Raise unless the profile could have been made here: its engines, its preset voice and its effects exist."""
    voice = manifest.profile.voice
    if voice.kind == "preset":
        catalogue.require_voice(voice.engine, voice.voice_id)
    if manifest.profile.default_engine:
        catalogue.engine(manifest.profile.default_engine)
    whole([effect.model_dump() for effect in manifest.profile.default_effects], "default_effects")


def place_of(
    connection: Connection, manifest: ProfileManifest, on_conflict: OnConflict, job_id: str | None = None
) -> Row | None:
    """The profile whose place the bundle's one takes, or None if it becomes a new one. `job_id` is the import's own.

    Raises:
        Conflict: the name is taken and may not be replaced, or something is at work with that profile.

    """
    name = manifest.profile.name
    taken_by = store.find_by_name(connection, name)
    if taken_by is None or on_conflict == "rename":
        return None
    if on_conflict == "fail":
        raise Conflict(
            f"There is a profile called {name!r} already; import with on_conflict rename or replace, or rename that "
            "one first.",
            resource="profile",
            id=taken_by["id"],
        )
    about = [taken_by["id"], *store.generation_ids(connection, taken_by["id"])]
    if at_work := [found for found in queue.open_jobs_about(connection, about) if found != job_id]:
        raise Conflict(
            f"{len(at_work)} jobs still use the profile {name!r}; wait for them or cancel them, then import again.",
            resource="profile",
            id=taken_by["id"],
            jobs=at_work,
        )
    return taken_by


def free_id(connection: Connection, manifest: ProfileManifest) -> str:
    """The profile's own id if no profile here has it, else a new one."""
    own = manifest.profile.id
    return own if rows.find(connection, profiles, own) is None else new_id()


def _read_manifest(path: Path) -> ProfileManifest:
    with open_bundle(path, PROFILE_FORMAT) as bundle:
        return bundle.manifest
