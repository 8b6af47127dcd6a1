"""The job that writes a profile to a bundle."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

from sidecar.jobs.kind import Outcome
from sidecar.jobs.progress import Progress
from sidecar.services.file_work import BUNDLES, FileWork, WritingJob, part_of
from sidecar.services.models.catalogue import Catalogue
from sidecar.services.profiles.bundles import PROFILE_EXPORT
from sidecar.services.profiles.manifest import (
    PROFILE_FORMAT,
    avatar_name,
    describe_profile,
    prompt_name,
    sample_name,
)
from sidecar.services.profiles.prompts import prompt_paths
from sidecar.store import profiles as store
from sidecar.store.archive import Moved, write_bundle
from sidecar.store.database import Database
from sidecar.store.files import FileStore
from sidecar.store.values import Row


class ProfileExportJob(WritingJob):
    """Writes the profile as it is when the job runs, whole or not at all."""

    name = PROFILE_EXPORT
    lane = BUNDLES

    def __init__(self, database: Database, files: FileStore, catalogue: Catalogue) -> None:
        self._database = database
        self._files = files
        self._catalogue = catalogue

    async def write(self, job: Row, progress: Progress) -> Outcome:
        """Copy every file into a temporary neighbour of the target, then rename it."""
        target = Path(job["payload"]["path"])
        async with self._files.keeping():
            profile, samples, prompts = await self._database.read(lambda connection: self._found(connection, job))
            # Held before they are looked for: a cache may be emptied at any moment.
            with self._files.cached_prompts.using([path.name for path in prompts.values()]):
                there = {key: path for key, path in prompts.items() if path.is_file()}
                sources = self._sources(profile, samples, there)
                total = sum(source.stat().st_size for _, source in sources)

                def write(moved: Moved) -> int:
                    return write_bundle(
                        part_of(target, job["id"]),
                        target,
                        PROFILE_FORMAT,
                        sources,
                        lambda files: describe_profile(profile, samples, list(there), files),
                        moved,
                    )

                size_bytes = await FileWork(progress, "writing", total).finish(write)
        return Outcome(lambda connection: {"path": str(target), "size_bytes": size_bytes})

    def _found(self, connection: Connection, job: Row) -> tuple[Row, list[Row], dict[str, Path]]:
        profile = store.resolve(connection, job["subject"])
        prompts: dict[str, Path] = {}
        if job["payload"]["include_prompts"]:
            prompts = prompt_paths(connection, self._files, profile, self._catalogue)
        return profile, store.samples_of(connection, profile["id"]), prompts

    def _sources(self, profile: Row, samples: list[Row], prompts: dict[str, Path]) -> list[tuple[str, Path]]:
        found = [(sample_name(at), self._files.absolute(row["audio_path"])) for at, row in enumerate(samples)]
        if profile["avatar_path"]:
            found.append((avatar_name(profile["avatar_path"]), self._files.absolute(profile["avatar_path"])))
        return found + [(prompt_name(key), path) for key, path in prompts.items()]
