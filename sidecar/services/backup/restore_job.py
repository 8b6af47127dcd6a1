"""The job that makes a backup ready to take the library's place at the next start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.exc import DatabaseError

from sidecar.errors import Cancelled, StorageError
from sidecar.jobs.kind import JobKind, Outcome
from sidecar.jobs.progress import Progress
from sidecar.services.backup.service import LIBRARY_FORMAT, SYSTEM_RESTORE, LibraryManifest, require_known_schema
from sidecar.services.file_work import BUNDLES, FileWork, require_room
from sidecar.services.profiles.design_job import VOICE_DESIGN
from sidecar.settings import TRAVELLING
from sidecar.store import settings
from sidecar.store.afterwards import once_written
from sidecar.store.archive import Moved, bad_bundle, open_bundle
from sidecar.store.database import Database
from sidecar.store.files import DATABASE, FileStore
from sidecar.store.jobs import OPEN
from sidecar.store.migrate import migrate
from sidecar.store.restoring import begin_staging, complete_staging, discard_staging, forget_replaced, withdraw
from sidecar.store.snapshot import Unsound, is_the_disks, opened, require_readable, require_sound, stoppable
from sidecar.store.sweep import claimed_files
from sidecar.store.tables import chunks, generations, jobs, profiles, samples, transcriptions
from sidecar.store.values import Row, utc_now
from sidecar.uninterrupted import in_thread


class RestoreJob(JobKind):
    """Puts the backup's library together beside the one in use and checks all of it; the switch is the next start's.

    What the backup's queue had still to do is cancelled in it and can be retried: nobody expects work of another day to
    begin by itself, nor should a stranger's backup be able to start any. For the same reason it brings no settings that
    decide where anything goes.
    """

    name = SYSTEM_RESTORE
    lane = BUNDLES

    def __init__(self, database: Database, files: FileStore) -> None:
        self._database = database
        self._files = files

    async def run(self, job: Row, progress: Progress) -> Outcome:
        """Stage the library; the end of the job, which a cancel no longer reaches, makes it the next start's."""
        path, root = Path(job["payload"]["path"]), self._files.root
        progress.report("unpacking", 0, None, "bytes")
        total = path.stat().st_size
        require_room(root, total)
        stored = await self._database.read(settings.stored)
        staying = {name: value for name, value in stored.items() if name not in TRAVELLING}
        work = FileWork(progress, "unpacking", total)
        try:
            manifest = await work.run(lambda moved: _stage(path, root, staying, moved))
        except BaseException:
            await in_thread(discard_staging, root)
            raise

        def commit(connection: Connection) -> dict[str, Any]:
            once_written(connection, lambda: forget_replaced(root))
            return {
                "restart_required": True,
                "previous_library": str(complete_staging(root)),
                "created_at": manifest.created_at,
                "files": len(manifest.files),
            }

        return Outcome(commit, take_back=lambda: withdraw(root))


def _stage(path: Path, root: Path, staying: dict[str, Any], moved: Moved) -> LibraryManifest:
    with open_bundle(path, LIBRARY_FORMAT) as bundle:
        manifest = bundle.manifest
        require_known_schema(manifest)
        library = begin_staging(root)
        for file in manifest.files:
            bundle.extract(file, library / file.name, moved)
    _make_ready(library / DATABASE, manifest, staying, moved)
    return manifest


def _make_ready(database: Path, manifest: LibraryManifest, staying: dict[str, Any], moved: Moved) -> None:
    """Find the backup's database sound, up to date and in step with the files; empty its queue; settle its settings."""
    try:
        with opened(database) as connection, stoppable(connection, lambda: moved(0)):
            require_sound(connection)
        migrate(database)
        for backup in database.parent.glob(f"{DATABASE}.before-*"):
            backup.unlink()
        with opened(database) as connection, stoppable(connection, lambda: moved(0)):
            require_readable(connection)
            promised = {file.name for file in manifest.files} - {DATABASE} | set(manifest.missing)
            if strange := sorted(claimed_files(connection) ^ promised):
                raise bad_bundle(f"its database and its files disagree about {strange[0][:200]!r}")
            _cancel_unfinished(connection)
            for unneeded in promised - claimed_files(connection):
                (database.parent / unneeded).unlink(missing_ok=True)
            settings.drop_others(connection, TRAVELLING)
            settings.put(connection, staying)
    except Unsound as fault:
        raise bad_bundle(f"its database is not sound: {fault}") from None
    except (StorageError, DatabaseError) as fault:
        if is_the_disks(fault):
            raise StorageError(f"The backup could not be made ready: {fault}. Make room, then try again.") from fault
        raise bad_bundle(f"its database cannot be used: {fault}") from fault


def _cancel_unfinished(connection: Connection) -> None:
    """Cancel what waits or runs, by its rows alone.

    The kinds of jobs are not asked to clear away what theirs have left: where that lies, a stranger would tell them.
    """
    fault = Cancelled("The library was restored from a backup that was made while this was waiting or at work.")
    cancelled = {"status": "cancelled", "error": fault.payload()}
    ended = cancelled | {"finished_at": utc_now()}
    # A profile that is being designed is made whole or not at all, unless it holds something of the user's already.
    designed = select(jobs.c.subject).where(jobs.c.kind == VOICE_DESIGN, jobs.c.status.in_(OPEN))
    is_empty = profiles.c.avatar_path.is_(None), profiles.c.id.not_in(select(samples.c.profile_id))
    connection.execute(delete(profiles).where(profiles.c.id.in_(designed), *is_empty))
    # Of a generation that another take was made of, what there was before is as good as ever.
    has_take = generations.c.status.in_(OPEN), generations.c.default_version_id.is_not(None)
    connection.execute(delete(chunks).where(chunks.c.generation_id.in_(select(generations.c.id).where(*has_take))))
    connection.execute(update(generations).where(*has_take).values(status="completed"))
    unfinished = update(generations).where(generations.c.status.in_(OPEN))
    connection.execute(unfinished, ended | {"stop_reason": "cancelled"})
    connection.execute(update(transcriptions).where(transcriptions.c.status.in_(OPEN)), cancelled)
    connection.execute(update(jobs).where(jobs.c.status.in_(OPEN)), ended)
    connection.execute(update(jobs).values(announced=True))
