"""The job that writes the whole library to a bundle while work goes on."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy.exc import DatabaseError

from sidecar import __version__
from sidecar.errors import StorageError
from sidecar.jobs.kind import Outcome
from sidecar.jobs.progress import Progress
from sidecar.services.backup.service import LIBRARY_FORMAT, SYSTEM_BACKUP, LibraryManifest
from sidecar.services.file_work import BUNDLES, FileWork, WritingJob, part_of, require_room
from sidecar.store.archive import BundledFile, Moved, write_bundle
from sidecar.store.files import DATABASE, FileStore
from sidecar.store.snapshot import opened, schema_number, snapshot
from sidecar.store.sweep import claimed_files
from sidecar.store.values import Row, utc_now


class BackupJob(WritingJob):
    """Copies the database as it is at one moment, then every file that this copy names.

    What the user deletes meanwhile is kept until the last of it is written: the copy still names it.
    """

    name = SYSTEM_BACKUP
    lane = BUNDLES

    def __init__(self, files: FileStore) -> None:
        self._files = files

    async def write(self, job: Row, progress: Progress) -> Outcome:
        """Write the bundle into a temporary neighbour of the target, then rename it."""
        target, copy = Path(job["payload"]["path"]), self._files.temporary(".db")
        async with self._files.keeping():
            try:
                copying = FileWork(progress, "copying the database", 0)
                manifest, sources = await copying.run(lambda moved: self._picture(copy, moved))
                total = sum(source.stat().st_size for _, source in sources)
                require_room(target.parent, total)
                writing = FileWork(progress, "writing", total)
                written = await writing.finish(
                    lambda moved: write_bundle(
                        part_of(target, job["id"]),
                        target,
                        LIBRARY_FORMAT,
                        sources,
                        lambda files: _manifest(manifest, files),
                        moved,
                    )
                )
            finally:
                copy.unlink(missing_ok=True)
        result = {"size_bytes": written, "files": len(sources), "missing": manifest["missing"]}
        return Outcome(lambda connection: result)

    def _picture(self, copy: Path, moved: Moved) -> tuple[dict[str, Any], list[tuple[str, Path]]]:
        """Copy the database; gives what the manifest says of it, and every file of the bundle under its name."""
        created_at = utc_now()
        try:
            snapshot(self._files.database, copy, lambda: moved(0))
            with opened(copy) as connection:
                claimed, number = sorted(claimed_files(connection)), schema_number(connection)
        except (sqlite3.Error, DatabaseError) as fault:
            raise StorageError(
                f"The database could not be copied: {fault}. Check the free space and the permissions of the data "
                "folder, then try again."
            ) from fault
        there = [(name, path) for name in claimed if (path := self._files.absolute(name)).is_file()]
        missing = sorted(set(claimed) - {name for name, _ in there})
        described = {"created_at": created_at, "schema_number": number, "missing": missing}
        return described, [(DATABASE, copy), *there]


def _manifest(described: dict[str, Any], files: list[BundledFile]) -> LibraryManifest:
    return LibraryManifest(
        format=LIBRARY_FORMAT.name,
        format_version=LIBRARY_FORMAT.version,
        program_version=__version__,
        files=files,
        **described,
    )
