"""The job that writes a project to a bundle."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

from sidecar.errors import Conflict
from sidecar.jobs.kind import Outcome
from sidecar.jobs.progress import Progress
from sidecar.services.file_work import BUNDLES, FileWork, WritingJob, part_of
from sidecar.services.projects.bundles.manifest import PROJECT_FORMAT, BundledSource, describe_project, described
from sidecar.services.projects.bundles.service import PROJECT_EXPORT
from sidecar.services.projects.playable import name_of
from sidecar.store import projects as store
from sidecar.store.archive import Moved, write_bundle
from sidecar.store.database import Database
from sidecar.store.files import FileStore
from sidecar.store.values import Row

Parts = dict[str, list[Row]]


class ProjectExportJob(WritingJob):
    """Writes the project as it is when the job runs, whole or not at all."""

    name = PROJECT_EXPORT
    lane = BUNDLES

    def __init__(self, database: Database, files: FileStore) -> None:
        self._database = database
        self._files = files

    async def write(self, job: Row, progress: Progress) -> Outcome:
        """Copy every file into a temporary neighbour of the target, then rename it."""
        target = Path(job["payload"]["path"])
        async with self._files.keeping():
            project, parts = await self._database.read(lambda connection: _found(connection, job["subject"]))
            played = _played(parts["clips"])
            sources = [(source["file"], self._files.absolute(path)) for source, path in played]
            total = sum(path.stat().st_size for _, path in sources)

            def write(moved: Moved) -> int:
                described_sources = [source for source, _ in played]
                return write_bundle(
                    part_of(target, job["id"]),
                    target,
                    PROJECT_FORMAT,
                    sources,
                    lambda files: describe_project(project, parts, described_sources, files),
                    moved,
                )

            size_bytes = await FileWork(progress, "writing", total).finish(write)
        return Outcome(lambda connection: {"path": str(target), "size_bytes": size_bytes})


def _found(connection: Connection, project_id: str) -> tuple[Row, Parts]:
    project = store.project(connection, project_id)
    clips = store.clips_of(connection, project_id)
    markers = store.markers_of(connection, project_id)
    # An edit may have removed what a line has led to.
    there = {part["id"] for part in (*clips, *markers)}
    lines = [
        line | {place: line[place] if line[place] in there else None for place in ("clip_id", "marker_id")}
        for line in store.lines_of(connection, project_id)
    ]
    return project, {
        "tracks": store.tracks_of(connection, project_id),
        "clips": clips,
        "markers": markers,
        "lines": lines,
    }


def _played(clips: list[Row]) -> list[tuple[Row, str]]:
    """The sources of the clips as the manifest tells them, and where each lies."""
    by_source = {clip["source_id"]: clip for clip in clips if clip["source_id"] is not None}
    return [_source(clip, position) for position, clip in enumerate(by_source.values())]


def _source(clip: Row, position: int) -> tuple[Row, str]:
    if clip["audio_path"] is None:
        raise Conflict(
            f"The clip {name_of(clip)!r} ({clip['id']}) has no audio, its generation is "
            f"{clip['status']}; wait for it or remove the clip, then export again.",
            resource="clip",
            id=clip["id"],
        )
    file = f"sources/{position:05}{Path(clip['audio_path']).suffix}"
    told = described(BundledSource, clip, id=clip["source_id"], name=clip["source_name"], file=file)
    return told, clip["audio_path"]
