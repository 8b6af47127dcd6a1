"""The job that makes a backup ready to take the library's place at the next start."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select, update
from sqlalchemy.exc import DatabaseError

from sidecar.errors import Cancelled, StorageError
from sidecar.jobs.kind import JobKind, Outcome
from sidecar.jobs.progress import Progress
from sidecar.services.backup.service import LIBRARY_FORMAT, SYSTEM_RESTORE, LibraryManifest, require_known_schema
from sidecar.services.file_work import BUNDLES, FileWork, require_room
from sidecar.store import jobs as queue
from sidecar.store.archive import Moved, bad_bundle, open_bundle
from sidecar.store.files import DATABASE, FileStore
from sidecar.store.migrate import migrate
from sidecar.store.restoring import begin_staging, complete_staging, discard_staging
from sidecar.store.snapshot import Unsound, opened, require_sound
from sidecar.store.sweep import claimed_files
from sidecar.store.tables import jobs
from sidecar.store.values import Row, plain


class RestoreJob(JobKind):
    """Puts the backup's library together beside the one in use and checks all of it; the switch is the next start's.

    What the backup's queue had still to do is cancelled in it, as its kind of job would be, and can be retried: nobody
    expects work of another day to begin by itself, nor should a stranger's backup be able to start any.
    """

    name = SYSTEM_RESTORE
    lane = BUNDLES

    def __init__(self, files: FileStore, kinds: Iterable[JobKind]) -> None:
        self._files = files
        self._kinds = {kind.name: kind for kind in kinds}

    async def run(self, job: Row, progress: Progress) -> Outcome:
        """Stage the library; the end of the job, which a cancel no longer reaches, makes it the next start's."""
        path, root = Path(job["payload"]["path"]), self._files.root
        progress.report("unpacking", 0, None, "bytes")
        total = path.stat().st_size
        require_room(root, total)
        work = FileWork(progress, "unpacking", total)
        manifest = await work.run(lambda moved: self._stage(path, root, moved))

        def commit(connection: Connection) -> dict[str, Any]:
            return {
                "restart_required": True,
                "previous_library": str(complete_staging(root)),
                "created_at": manifest.created_at,
                "files": len(manifest.files),
            }

        return Outcome(commit)

    def _stage(self, path: Path, root: Path, moved: Moved) -> LibraryManifest:
        try:
            with open_bundle(path, LIBRARY_FORMAT) as bundle:
                manifest = bundle.manifest
                require_known_schema(manifest)
                library = begin_staging(root)
                for file in manifest.files:
                    bundle.extract(file, library / file.name, moved)
            self._make_ready(library / DATABASE, manifest)
            return manifest
        except BaseException:
            discard_staging(root)
            raise

    def _make_ready(self, database: Path, manifest: LibraryManifest) -> None:
        """Bring the backup's database up to date, find it sound and in step with the files, and empty its queue."""
        try:
            migrate(database)
            for backup in database.parent.glob(f"{DATABASE}.before-*"):
                backup.unlink()
            with opened(database) as connection:
                require_sound(connection)
                promised = {file.name for file in manifest.files} - {DATABASE} | set(manifest.missing)
                if strange := sorted(claimed_files(connection) ^ promised):
                    raise bad_bundle(f"its database and its files disagree about {strange[0][:200]!r}")
                self._cancel_open_jobs(connection)
        except Unsound as fault:
            raise bad_bundle(f"its database is not sound: {fault}") from None
        except (StorageError, DatabaseError) as fault:
            raise bad_bundle(f"its database cannot be used: {fault}") from fault

    def _cancel_open_jobs(self, connection: Connection) -> None:
        fault = Cancelled("The library was restored from a backup that was made while this was waiting or at work.")
        for row in connection.execute(select(jobs).where(jobs.c.status.in_(queue.OPEN))).mappings().all():
            job = plain(row)
            if kind := self._kinds.get(job["kind"]):
                kind.ended_badly(connection, job, "cancelled", fault)
            queue.finish(connection, job["id"], "cancelled", error=fault.payload())
        connection.execute(update(jobs).values(announced=True))
