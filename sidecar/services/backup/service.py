"""The whole library as one bundle: what it says of itself, and the start of the jobs that write and read it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from sidecar.jobs.runner import JobRunner
from sidecar.services.targets import require_target
from sidecar.store.archive import BundleFormat, FileName, Items, Manifest, Time, bad_bundle, open_bundle
from sidecar.store.files import DATABASE, FOLDERS, FileStore
from sidecar.store.migrate import migrations

SYSTEM_BACKUP = "system_backup"
SYSTEM_RESTORE = "system_restore"
_MOST_FILES = 1_000_000
"""To open a bundle of them takes about 1.8 GB of memory."""


class LibraryManifest(Manifest):
    """A whole library: the database, and beside it the files that it names, each where it lies in the data folder.

    `schema_number` is the migration that the database is at; `missing` are files that it names and that were gone.
    """

    created_at: Time
    schema_number: int = Field(ge=1)
    missing: Items[FileName]

    @model_validator(mode="after")
    def _files_have_their_places(self) -> Self:
        names = {file.name for file in self.files}
        if DATABASE not in names:
            raise ValueError(f"there must be a {DATABASE}")
        for name in (names - {DATABASE}).union(self.missing):
            if name.rpartition("/")[0] not in FOLDERS.values():
                raise ValueError(f"{name} has no place in a library")
        return self


LIBRARY_FORMAT = BundleFormat(
    name="voicebox-library",
    version=1,
    manifest=LibraryManifest,
    most_files=_MOST_FILES,
    most_file_bytes=1 << 40,
    most_manifest_bytes=256 << 20,
    most_values=4_000_000,
)


class BackupService:
    """Starts backups and restores."""

    def __init__(self, files: FileStore, jobs: JobRunner) -> None:
        self._files = files
        self._jobs = jobs

    async def backup(self, path: str) -> str:
        """Start writing the library to a bundle; gives the job."""
        require_target(path, self._files.root)
        return await self._jobs.submit(
            lambda connection: self._jobs.enqueue(connection, SYSTEM_BACKUP, None, {"path": path})
        )

    async def restore(self, path: str) -> str:
        """Start making a backup ready for the next start; gives the job.

        Raises:
            NotFound: there is no such file.
            InvalidParams: it is no backup, a newer program's, damaged, or made to do harm.

        """
        await asyncio.to_thread(_read_manifest, Path(path))
        return await self._jobs.submit(
            lambda connection: self._jobs.enqueue(connection, SYSTEM_RESTORE, None, {"path": path})
        )


def require_known_schema(manifest: LibraryManifest) -> None:
    """Raise `InvalidParams` if a newer program's database is in the backup."""
    newest = migrations()[-1][0]
    if manifest.schema_number > newest:
        raise bad_bundle(
            f"its database is a newer program's (schema {manifest.schema_number}; this one knows {newest}); install "
            "that version first"
        )


def _read_manifest(path: Path) -> None:
    with open_bundle(path, LIBRARY_FORMAT) as bundle:
        require_known_schema(bundle.manifest)
