"""The job that moves the models to another folder: copy, verify, switch, and only then delete."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection

from sidecar.engines.model_files import BLOCK_BYTES, FileFact, differs
from sidecar.errors import StorageError, VoiceboxError
from sidecar.jobs.kind import JobKind, Outcome
from sidecar.jobs.progress import Progress
from sidecar.operating_system import sync_folder
from sidecar.services.file_work import FileWork, require_room
from sidecar.services.models.catalogue import Catalogue
from sidecar.services.models.jobs import MODEL_JOBS, MODEL_MOVE, MODELS
from sidecar.services.models.places import HUB, ModelPlaces
from sidecar.store import models as store
from sidecar.store.archive import Moved
from sidecar.store.database import Database
from sidecar.store.values import Row

POLL_S = 0.2


class MoveJob(JobKind):
    """Moves what is ours in the models folder, and nothing else that lies there."""

    name = MODEL_MOVE
    lane = MODELS

    def __init__(self, database: Database, catalogue: Catalogue, places: ModelPlaces) -> None:
        self._database = database
        self._catalogue = catalogue
        self._places = places

    async def run(self, job: Row, progress: Progress) -> Outcome:
        """Copy and compare, make the new folder the home, wait until nobody reads the old one, delete it."""
        source, target = _folders(job)
        if self._places.home != target:
            await self._copy(source, target, progress)
            await self._database.write(lambda connection: store.set_models_dir(connection, target))
            self._places.settle(target)
        await self._unused(progress)
        await asyncio.to_thread(_remove, source, self._names(source))
        return Outcome(lambda connection: {"models_dir": str(target)})

    def ended_badly(self, connection: Connection, job: Row, status: str, error: VoiceboxError) -> None:
        """Remove the copy, unless it is the home already."""
        _, target = _folders(job)
        if self._places.home != target:
            for name in self._names(target):
                shutil.rmtree(target / name, ignore_errors=True)

    async def _copy(self, source: Path, target: Path, progress: Progress) -> None:
        names = self._names(source)
        files = [path for name in names for path in _files(source / name)]
        total = sum(path.stat().st_size for path in files if not path.is_symlink())
        await asyncio.to_thread(target.mkdir, parents=True, exist_ok=True)
        require_room(target, total)

        def copy(moved: Moved) -> None:
            for path in files:
                _copy_file(path, target / path.relative_to(source), moved)

        # Every byte is read twice: once to be copied, once more to be compared.
        await FileWork(progress, "copying", 2 * total).run(copy)

    async def _unused(self, progress: Progress) -> None:
        """Wait for the work that began with the old folder."""
        progress.report("waiting", 0, None, "jobs")
        began = set(await self._database.read(lambda connection: store.running_beside(connection, MODEL_JOBS)))
        while began & set(await self._database.read(lambda connection: store.running_beside(connection, MODEL_JOBS))):
            await asyncio.sleep(POLL_S)

    def _names(self, folder: Path) -> list[str]:
        """What of a folder is ours: models and the cache of downloads."""
        return [name for name in (*(entry.id for entry in self._catalogue.models), HUB) if (folder / name).is_dir()]


def _folders(job: Row) -> tuple[Path, Path]:
    return Path(job["payload"]["from"]), Path(job["payload"]["to"])


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_symlink() or path.is_file())


def _copy_file(source: Path, target: Path, moved: Moved) -> None:
    """Copy a file or a link, over what a copy that was cut short has left. Raises `StorageError` if it differs."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    if source.is_symlink():
        os.symlink(os.readlink(source), target)
        return
    digest = hashlib.sha256()
    with source.open("rb") as original, target.open("wb") as copy:
        while block := original.read(BLOCK_BYTES):
            digest.update(block)
            copy.write(block)
            moved(len(block))
        copy.flush()
        os.fsync(copy.fileno())
    if differs(target, FileFact(None, checksums=(digest.hexdigest(),)), moved):
        raise StorageError(
            f"{target} differs from {source} after it was copied; the models stay where they are. Check the disk.",
            reason="checksum",
            path=str(target),
        )
    sync_folder(target.parent)


def _remove(source: Path, names: list[str]) -> None:
    try:
        for name in names:
            folder = source / name
            if folder.is_symlink():
                # What it leads to is not ours.
                folder.unlink()
            else:
                shutil.rmtree(folder)
    except OSError as fault:
        reason = fault.strerror or str(fault)
        raise StorageError(
            f"The models are in their new folder, but the old copy in {source} could not be removed ({reason}); remove "
            "it by hand.",
            reason=reason,
            path=str(source),
        ) from fault
