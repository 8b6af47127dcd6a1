"""The jobs that carry generations out of the data folder: one as a file, several as a zip with a table of them."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from sidecar import __version__
from sidecar.engines.pool import EnginePool
from sidecar.jobs.kind import Outcome
from sidecar.jobs.progress import Progress
from sidecar.services.file_work import WritingJob, part_of
from sidecar.services.history.export_zip import GrowingZip
from sidecar.services.history.transfers import write_beside
from sidecar.store import rows
from sidecar.store.database import Database
from sidecar.store.files import FileStore
from sidecar.store.tables import generations, versions
from sidecar.store.values import Row
from sidecar.text.file_names import numbered_name
from sidecar.text.shortening import shortened

HISTORY_EXPORT = "history_export"
HISTORY_EXPORT_ZIP = "history_export_zip"
TITLE_CHARS = 80
TAG_TEXT_CHARS = 10_000
"""Of the words that go into a file's tags: players show a song's lyrics, and some read no more than 64 KB of them."""
TABLE = "contents.csv"
TABLE_COLUMNS = ("file", "title", "voice", "text", "duration_s")


@dataclass(frozen=True)
class Exported:
    """A version that is carried out, and the generation that it is of."""

    generation: Row
    version: Row

    @property
    def title(self) -> str:
        """What it is called: its title, or else how its text begins, in one line."""
        return self.generation["title"] or shortened(" ".join(self.generation["text"].split()), TITLE_CHARS)

    @property
    def tags(self) -> dict[str, str]:
        """What the file says of itself, as `audio.convert` takes it."""
        return {
            "title": self.title,
            "artist": self.generation["profile_name"],
            "text": shortened(self.generation["text"], TAG_TEXT_CHARS),
            "date": self.version["created_at"][:10],
            "software": f"voicebox-sidecar {__version__}",
        }


class _CarryingOut(WritingJob):
    """Writes to a place of the user's, whole or not at all."""

    lane = "audio"

    def __init__(self, database: Database, files: FileStore, audio: EnginePool) -> None:
        self._database = database
        self._files = files
        self._audio = audio


class ExportJob(_CarryingOut):
    """Writes a version's audio."""

    name = HISTORY_EXPORT

    async def write(self, job: Row, progress: Progress) -> Outcome:
        """Encode into a temporary file beside the target, then rename it."""
        wanted = job["payload"]
        progress.report("encoding", 0, 1, "files")
        target, format = Path(wanted["path"]), wanted["format"]
        part = part_of(target, job["id"])
        async with self._files.keeping():
            found = await self._database.read(partial(_exported, version_id=wanted["version_id"]))
            source = self._files.absolute(found.version["audio_path"])
            written = await write_beside(self._audio, source, part, target, format, tags=found.tags)
        return Outcome(lambda connection: {"path": wanted["path"], "file_count": 1} | written)


class ExportZipJob(_CarryingOut):
    """Writes several versions into one zip."""

    name = HISTORY_EXPORT_ZIP

    async def write(self, job: Row, progress: Progress) -> Outcome:
        """Encode one after the other into a zip beside the target, add the table, then rename it."""
        wanted = job["payload"]
        target = Path(wanted["path"])
        table = self._files.temporary(".csv")
        try:
            with GrowingZip(part_of(target, job["id"])) as archive:
                duration_s = await self._fill(archive, table, wanted["version_ids"], wanted["format"], progress)
                await archive.add(TABLE, table, job["created_at"])
                size_bytes = await archive.finish(target)
        finally:
            table.unlink(missing_ok=True)
        told = {"size_bytes": size_bytes, "duration_s": duration_s, "file_count": len(wanted["version_ids"])}
        return Outcome(lambda connection: {"path": wanted["path"]} | told)

    async def _fill(
        self, archive: GrowingZip, table: Path, version_ids: Sequence[str], format: str, progress: Progress
    ) -> float:
        """Add every version, and a line for each to the table; gives their seconds."""
        total, duration_s = len(version_ids), 0.0
        # Excel takes a table for UTF-8 only where it begins with the mark.
        with table.open("w", encoding="utf-8-sig", newline="") as file:
            lines = csv.writer(file)
            lines.writerow(TABLE_COLUMNS)
            for done, version_id in enumerate(version_ids):
                progress.report("encoding", done, total, "files", done / total)
                async with self._files.keeping():
                    found = await self._database.read(partial(_exported, version_id=version_id))
                    name = numbered_name(done + 1, total, found.title, f".{format}")
                    written = await self._add(archive, name, found, format)
                lines.writerow((name, found.title, found.generation["profile_name"], found.generation["text"], written))
                duration_s += written
        progress.report("encoding", total, total, "files")
        return duration_s

    async def _add(self, archive: GrowingZip, name: str, found: Exported, format: str) -> float:
        encoded = self._files.temporary(f".{format}")
        try:
            params = {
                "path": str(self._files.absolute(found.version["audio_path"])),
                "out_path": str(encoded),
                "format": format,
                "tags": found.tags,
            }
            written = await self._audio.call("audio.convert", params)
            await archive.add(name, encoded, found.version["created_at"])
        finally:
            encoded.unlink(missing_ok=True)
        return float(written["duration_s"])


def _exported(connection: Connection, version_id: str) -> Exported:
    """A version with its generation. Raises `NotFound` if it was deleted since it was asked for."""
    version = rows.get(connection, versions, version_id, "version")
    return Exported(rows.get(connection, generations, version["generation_id"], "generation"), version)
