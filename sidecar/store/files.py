"""The folder of audio: where things lie, and how a file gets there whole or not at all."""

from __future__ import annotations

import logging
import os
import shutil
import threading
import uuid
from collections.abc import AsyncIterator, Callable, Container, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection

from sidecar.durable import half_written, publish
from sidecar.errors import StorageError
from sidecar.operating_system import remove, replace, sync_folder
from sidecar.store.afterwards import once_written
from sidecar.store.disk_cache import DiskCache
from sidecar.uninterrupted import in_thread

log = logging.getLogger(__name__)

Kind = Literal["samples", "generations", "chunks", "recordings", "projects", "avatars"]
FOLDERS: dict[Kind, str] = {
    "samples": "audio/samples",
    "generations": "audio/generations",
    "chunks": "audio/chunks",
    "recordings": "audio/recordings",
    "projects": "audio/projects",
    "avatars": "avatars",
}
DATABASE = "voicebox.db"
MARK = "library"
UNCLAIMED = "unclaimed-"
PROMPTS = "cache/prompts"
PREVIEWS = "cache/previews"
WORDS = "cache/words"
WAVEFORMS = "cache/waveforms"
PREPARED = "cache/prepared"
PREVIEWS_KEPT = 20
NOTE = ".note"
TEMPORARY = "????????-????-????-????-????????????*"
"""What `FileStore.temporary` makes names of; somebody who names a folder of their own finds the rest as it was."""


class FileStore:
    """Paths inside one data folder. Rows hold paths relative to it, the wire carries absolute ones.

    A file is written in `tmp/`, then adopted: fsynced, renamed into place, its folder fsynced. A row that names it is
    written after that; deletion goes the other way. So a kill can leave a file without a row, which `sweep` removes,
    but never a row without a file. That holds of the database that these files belong to: beside another one a file
    without a row is the user's audio, and `sweep` only sets it aside.
    """

    def __init__(self, data_dir: Path) -> None:
        self._root = data_dir
        self._keeping = threading.Lock()
        self._keepers = 0
        self._to_go: set[str] = set()
        self._placing = threading.Lock()
        self._placed: set[str] | None = set()
        self._prepared = DiskCache(data_dir / PREPARED)
        # What an engine process is writing just now has another suffix.
        self._cached_prompts = DiskCache(data_dir / PROMPTS, "*.safetensors")
        names = (*FOLDERS.values(), PROMPTS, WORDS, WAVEFORMS, PREPARED, PREVIEWS, "tmp", "logs")
        folders = [data_dir / name for name in names]
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)
        # A power cut may take a new folder, and with it the files in it that are on the disk, unless its name is too.
        for parent in {folder.parent for folder in folders}:
            sync_folder(parent)

    @property
    def root(self) -> Path:
        """The data folder."""
        return self._root

    @property
    def database(self) -> Path:
        """The one SQLite file."""
        return self._root / DATABASE

    @property
    def mark(self) -> Path:
        """The file that says which database the others belong to."""
        return self._root / MARK

    @property
    def unclaimed(self) -> list[Path]:
        """The folders of what was set aside, oldest first: the user's to look into, to put back or to delete."""
        return sorted(self._root.glob(f"{UNCLAIMED}*"))

    def new_unclaimed(self) -> Path:
        """A folder for what is to be set aside now; there once something is."""
        return self._root / f"{UNCLAIMED}{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"

    @property
    def prompts(self) -> Path:
        """The folder of cached voice prompts."""
        return self._root / PROMPTS

    @property
    def cached_prompts(self) -> DiskCache:
        """What is in that folder: one cache for those who use it and those who empty it."""
        return self._cached_prompts

    @property
    def previews(self) -> Path:
        """The folder of the newest previews."""
        return self._root / PREVIEWS

    @property
    def words(self) -> Path:
        """The folder of word times that were found once."""
        return self._root / WORDS

    @property
    def waveforms(self) -> Path:
        """The folder of outlines of recordings."""
        return self._root / WAVEFORMS

    @property
    def prepared(self) -> Path:
        """The folder of what clips of projects play in place of their sources."""
        return self._root / PREPARED

    @property
    def prepared_clips(self) -> DiskCache:
        """What is in that folder: one cache for those who use it and those who empty it."""
        return self._prepared

    @property
    def logs(self) -> Path:
        """The folder of rotated logs."""
        return self._root / "logs"

    def absolute(self, relative: str) -> Path:
        """Where a stored file is."""
        return self._root / relative

    def temporary(self, suffix: str) -> Path:
        """A new name in the temporary folder, on the same disk as everything else."""
        return self._root / "tmp" / f"{uuid.uuid4()}{suffix}"

    def note(self, part: Path) -> Path:
        """Note, durably, what is about to be written outside of the folder, and give the note.

        As long as that is there, `sweep_temporary` removes both.
        """
        draft, note = self.temporary(".draft"), self.temporary(NOTE)
        try:
            draft.write_bytes(os.fsencode(part))
            publish(draft, note)
        finally:
            draft.unlink(missing_ok=True)
        return note

    def adopt(self, temporary: Path, kind: Kind, name: str) -> str:
        """Move a finished temporary file into place, durably, and give its relative path."""
        relative = _relative(kind, name)
        self._spare(relative)
        publish(temporary, self._root / relative)
        return relative

    def copy_in(self, source: Path, kind: Kind, name: str) -> str:
        """Copy somebody else's file into the folder, durably, and give its relative path."""
        temporary = self.temporary(source.suffix)
        try:
            shutil.copyfile(source, temporary)
            return self.adopt(temporary, kind, name)
        finally:
            temporary.unlink(missing_ok=True)

    def link_in(self, relative: str, kind: Kind, name: str) -> str:
        """Have a stored file in another folder too, durably, and give its relative path there.

        It is a second name for the same bytes, which no file of ours ever changes, or a copy where names cannot be two.
        """
        linked = _relative(kind, name)
        self._spare(linked)
        try:
            os.link(self._root / relative, self._root / linked)
        except OSError:
            return self.copy_in(self._root / relative, kind, name)
        sync_folder((self._root / linked).parent)
        return linked

    def keep_preview(self, temporary: Path) -> Path:
        """Move a finished preview into its folder, where only the newest few stay, and give its path."""
        kept = self._root / PREVIEWS / temporary.name
        replace(temporary, kept)
        newest_first = sorted(kept.parent.glob(TEMPORARY), key=_changed_at, reverse=True)
        for old in newest_first[PREVIEWS_KEPT:]:
            _remove(old)
        return kept

    def delete(self, relatives: Iterable[str | None]) -> None:
        """Remove files that no row names any more; one that is gone already is no fault.

        What cannot go now, since a player on Windows has it open or the disk refuses, goes by the sweep of the next
        start.
        """
        gone = [relative for relative in relatives if relative is not None]
        with self._keeping:
            self._to_go.update(gone)
        self._let_go(gone)

    def delete_once_written(self, connection: Connection, relatives: Iterable[str | None]) -> None:
        """Remove files that no row names any more once the change under way is on the disk, and not if it fails."""
        orphans = list(relatives)
        once_written(connection, lambda: self.delete(orphans))

    @asynccontextmanager
    async def keeping(self) -> AsyncIterator[None]:
        """While this lasts, `delete` only notes what is to go; it goes at the end of the last such block.

        For whoever copies what a picture of the database names, while others delete. After a kill it is the sweep that
        removes what was noted, since no row names it.
        """
        with self._keeping:
            self._keepers += 1
        try:
            yield
        finally:
            with self._keeping:
                self._keepers -= 1
                left = list(self._to_go)
            await in_thread(self._let_go, left)

    def _let_go(self, relatives: Iterable[str]) -> None:
        """Remove those of them that are still to go, as long as nobody keeps any."""
        for relative in relatives:
            # Within the lock, or a file that takes this name by now would go.
            with self._keeping:
                if not self._keepers and relative in self._to_go:
                    self._to_go.remove(relative)
                    _remove(self._root / relative)

    def sweep(
        self, claimed: Container[str], is_enough: Callable[[], bool] = lambda: False, aside: Path | None = None
    ) -> list[str]:
        """Remove every file that no row claims, until told that it is enough; give what was removed.

        What was put in place since the start stays, whatever its row: others may do so while this lasts, once.

        With `aside` nothing is removed, but moved into that folder. Raises `OSError` if something cannot be moved.
        """
        removed: list[str] = []
        for folder in FOLDERS.values():
            for entry in os.scandir(self._root / folder):
                relative = f"{folder}/{entry.name}"
                if is_enough():
                    return removed
                if relative not in claimed and entry.is_file() and self._sweep_away(relative, aside):
                    removed.append(relative)
        if aside is not None and removed:
            for moved_to, _, _ in os.walk(aside):
                sync_folder(Path(moved_to))
            sync_folder(self._root)
        with self._placing:
            self._placed = None
        return removed

    def _spare(self, relative: str) -> None:
        """Keep the sweep, and a deletion that is put off, from what is about to be put in place."""
        with self._keeping:
            self._to_go.discard(relative)
        with self._placing:
            if self._placed is not None:
                self._placed.add(relative)

    def _sweep_away(self, relative: str, aside: Path | None) -> bool:
        with self._placing:
            if self._placed is not None and relative in self._placed:
                return False
            if aside is None:
                return _remove(self._root / relative)
            (aside / relative).parent.mkdir(parents=True, exist_ok=True)
            replace(self._root / relative, aside / relative)
            return True

    def sweep_temporary(self) -> list[str]:
        """Remove every temporary file of ours, while nobody writes one, and what they note; give what was removed."""
        found = [path for path in (self._root / "tmp").glob(TEMPORARY) if path.is_file() and _is_without_part(path)]
        removed = [path for path in dict.fromkeys([*found, *self._half_written()]) if _remove(path)]
        return [str(path.relative_to(self._root)) for path in removed]

    def sweep_after(self, pid: int) -> None:
        """Remove what an engine process that is gone was still making of a file, in a cache or of a temporary one."""
        for path in self._half_written(pid):
            _remove(path)

    def _half_written(self, pid: int | str = "*") -> list[Path]:
        pattern = half_written(Path("*"), pid).name
        folders = (self.prompts, self.waveforms, self._root / "tmp")
        return [path for folder in folders for path in folder.glob(pattern)]

    def sweep_previews(self) -> None:
        """Remove every preview."""
        for path in self.previews.glob(TEMPORARY):
            _remove(path)

    def writable(self) -> bool:
        """Whether a file can be written in the data folder right now."""
        probe = self.temporary(".probe")
        try:
            probe.write_bytes(b"1")
        except OSError:
            return False
        finally:
            _remove(probe)
        return True


def _relative(kind: Kind, name: str) -> str:
    """The relative path of a file. Raises `StorageError` if its name leads out of its folder.

    Some names are made of ids, and those of a library that was restored from a backup are a stranger's to choose.
    """
    if Path(name).name != name:
        raise StorageError(
            f"{name[:200]!r}, made of an id of this library, leads out of the folder of such files; do not try this "
            "again, but make it anew.",
            reason="name",
        )
    return f"{FOLDERS[kind]}/{name}"


def _changed_at(path: Path) -> int:
    """When a file was changed last (ns); before all others if somebody has removed it meanwhile."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _is_without_part(temporary: Path) -> bool:
    """Whether what a note names is gone, removed if it must be; other files name nothing."""
    return temporary.suffix != NOTE or _remove(Path(os.fsdecode(temporary.read_bytes())))


def _remove(path: Path) -> bool:
    """Remove a file and tell whether it is gone; what cannot go is no fault of whoever needs it no longer."""
    try:
        return remove(path)
    except OSError as fault:
        log.warning("%s stays until the next start: %s", path, fault)
        return False
