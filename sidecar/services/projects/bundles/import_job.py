"""The job that takes a project in from a bundle: all of it, or nothing."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, insert

from sidecar.errors import InvalidAudio
from sidecar.jobs.kind import JobKind, Outcome
from sidecar.jobs.progress import Progress
from sidecar.services.effects.chains import whole
from sidecar.services.file_work import BUNDLES, FileWork, require_room
from sidecar.services.new_files import NewFiles
from sidecar.services.projects.arrivals import MEASURED, Arrivals
from sidecar.services.projects.bundles.manifest import PROJECT_FORMAT, BundledSource, ProjectManifest
from sidecar.services.projects.bundles.service import PROJECT_IMPORT
from sidecar.services.projects.views import project_view
from sidecar.store import projects as store
from sidecar.store import rows
from sidecar.store.archive import Form, Moved, open_bundle
from sidecar.store.files import FileStore
from sidecar.store.tables import (
    project_clips,
    project_lines,
    project_markers,
    project_sources,
    project_tracks,
    projects,
)
from sidecar.store.values import Row, new_id

UNPACKED = 0.5
"""The share of the progress that is unpacking; the rest is listening."""
COPIES = 2
"""Of the audio while it is taken in: as the bundle has it, and as we write it."""
Taken = dict[str, Path]
"""The bundle's files by name, each under a temporary name of ours."""


class ProjectImportJob(JobKind):
    """Unpacks to temporary names, has an audio process write every source anew, adopts, then writes all rows at once.

    What is kept is what our own encoder wrote, not the stranger's file.
    """

    name = PROJECT_IMPORT
    lane = BUNDLES

    def __init__(self, files: FileStore, arrivals: Arrivals) -> None:
        self._files = files
        self._arrivals = arrivals

    async def run(self, job: Row, progress: Progress) -> Outcome:
        """Take the bundle in; whatever goes wrong, its files are gone again."""
        path = Path(job["payload"]["path"])
        size = path.stat().st_size
        require_room(self._files.root, COPIES * size)
        taken: Taken = {}
        with NewFiles(self._files) as new:
            try:
                unpack = FileWork(progress, "unpacking", size, until=UNPACKED)
                manifest = await unpack.run(lambda moved: self._unpack(path, taken, moved))
                adopted = await self._listen(manifest, taken, progress, new)
            finally:
                _remove(taken)

        def commit(connection: Connection) -> dict[str, Any]:
            return {"project_id": _insert(connection, manifest, adopted)}

        return Outcome(commit, take_back=new.take_back)

    def result(self, connection: Connection, job: Row) -> dict[str, Any]:
        """The project, if nobody has deleted it since."""
        row = rows.find(connection, projects, job["result"]["project_id"])
        return {} if row is None else {"project": project_view(connection, self._files, row)}

    def _unpack(self, path: Path, taken: Taken, moved: Moved) -> ProjectManifest:
        with open_bundle(path, PROJECT_FORMAT) as bundle:
            for clip in bundle.manifest.clips:
                whole([effect.model_dump() for effect in clip.effects])
            for file in bundle.manifest.files:
                taken[file.name] = self._files.temporary(Path(file.name).suffix)
                bundle.extract(file, taken[file.name], moved)
            return bundle.manifest

    async def _listen(
        self, manifest: ProjectManifest, taken: Taken, progress: Progress, new: NewFiles
    ) -> dict[str, Row]:
        """Have every source decoded to its end and written anew; gives what each is now, by its id."""
        adopted: dict[str, Row] = {}
        count = len(manifest.sources)
        for number, source in enumerate(manifest.sources):
            progress.report("listening", number, count, "sources", UNPACKED + (1 - UNPACKED) * number / count)
            try:
                adopted[source.id] = heard = await self._arrivals.take_in(str(taken[source.file]), new)
            except InvalidAudio as fault:
                raise InvalidAudio(f"In the bundle, {source.file}: {fault.message}", **fault.data) from fault
            _require_the_source(source, heard)
        return adopted


def _require_the_source(source: BundledSource, heard: Row) -> None:
    promised = {name: getattr(source, name) for name in MEASURED}
    if wrong := {name: heard[name] for name in MEASURED if heard[name] != promised[name]}:
        raise InvalidAudio(
            f"In the bundle, {source.file} has {wrong}; its manifest says {promised}. Export the project again.",
            reason="not_the_source",
            measured=wrong,
        )


def _insert(connection: Connection, manifest: ProjectManifest, adopted: dict[str, Row]) -> str:
    """Write the project's rows under new ids, since the same bundle may come twice; gives the project's."""
    ids: defaultdict[str, str] = defaultdict(new_id)
    project_id = store.insert_project(connection, **manifest.project.model_dump())

    def add(table: Table, parts: list[Row]) -> None:
        if parts:
            connection.execute(insert(table), [part | {"project_id": project_id} for part in parts])

    def renamed(part: Form) -> Row:
        values = part.model_dump()
        named = {name: ids[value] for name, value in values.items() if _is_id(name) and value is not None}
        return values | named

    sources = [renamed(source) | adopted[source.id] | {"edit": 0} for source in manifest.sources]
    add(project_sources, [{name: value for name, value in row.items() if name != "file"} for row in sources])
    add(project_tracks, [renamed(track) | {"position": place} for place, track in enumerate(manifest.tracks)])
    add(project_clips, [renamed(clip) for clip in manifest.clips])
    add(project_markers, [renamed(marker) for marker in manifest.markers])
    add(project_lines, [renamed(line) | {"position": place} for place, line in enumerate(manifest.lines)])
    return project_id


def _is_id(name: str) -> bool:
    return name == "id" or name.endswith("_id")


def _remove(taken: Taken) -> None:
    for path in taken.values():
        path.unlink(missing_ok=True)
