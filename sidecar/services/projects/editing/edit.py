"""One edit of a project: a unit of work that notes every row before and after, so that it can be undone."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table

from sidecar.errors import Conflict, NotFound
from sidecar.store import project_edits as history
from sidecar.store import project_sources, rows
from sidecar.store import projects as store
from sidecar.store.project_edits import RowChange
from sidecar.store.tables import generations, project_clips, project_lines, project_markers, project_tracks, projects
from sidecar.store.values import Row, utc_now
from sidecar.store.versions import get_version
from sidecar.timeline import LONGEST_S

RESOURCES = {
    projects.name: "project",
    project_tracks.name: "track",
    project_clips.name: "clip",
    project_markers.name: "marker",
    project_lines.name: "line",
}


class Edit:
    """Rows are read through it, then put or removed; `finish` writes them down, with the edit's entry in the history.

    What is read is as it was before the edit, but for tracks. A row that is put is changed if it was read, else new;
    it may carry the additional columns of `clips_of`.
    """

    def __init__(self, connection: Connection, project_id: str) -> None:
        """Begin an edit within a write transaction. Raises `NotFound`."""
        self.connection = connection
        self._read: dict[tuple[str, str], Row] = {}
        self._put: dict[tuple[str, str], Row | None] = {}
        self._sources: set[str] = set()
        self._project = self._note(projects, store.project(connection, project_id))

    @property
    def project(self) -> Row:
        """The project's own row."""
        return self._put.get((projects.name, self._project["id"])) or self._project

    @property
    def rate(self) -> int:
        """The project's sample rate in Hz."""
        return int(self.project["sample_rate"])

    @property
    def number(self) -> int:
        """The number that the edit will have in the history."""
        return int(self._project["edit"]) + 1

    def samples(self, seconds: float) -> int:
        """Seconds as whole samples."""
        return round(seconds * self.rate)

    def clip(self, clip_id: str) -> Row:
        """A clip of the project, as `clips_of`. Raises `NotFound`."""
        return self.clips_named([clip_id])[0]

    def clips_named(self, clip_ids: Collection[str]) -> list[Row]:
        """The project's clips with these ids, in the order of their starts. Raises `NotFound`."""
        found = store.clips_named(self.connection, self._project["id"], clip_ids)
        if missing := set(clip_ids) - {clip["id"] for clip in found}:
            raise _unknown(project_clips, min(missing))
        return [self._note(project_clips, clip) for clip in found]

    def clips(self, *conditions: ColumnElement[bool]) -> list[Row]:
        """The project's clips, as `clips_of`."""
        found = store.clips_of(self.connection, self._project["id"], *conditions)
        return [self._note(project_clips, clip) for clip in found]

    def track(self, track_id: str) -> Row:
        """A track of the project, be it one that this edit has put. Raises `NotFound`."""
        if put := self._put.get((project_tracks.name, track_id)):
            return put
        return self._one(project_tracks, track_id)

    def tracks(self) -> list[Row]:
        """The project's tracks in their order, with those that this edit has put and without those it removes."""
        stored = store.tracks_of(self.connection, self._project["id"])
        found: dict[str, Row | None] = {row["id"]: self._note(project_tracks, row) for row in stored}
        for (table, row_id), row in self._put.items():
            if table == project_tracks.name:
                found[row_id] = row
        return sorted((row for row in found.values() if row), key=lambda row: int(row["position"]))

    def marker(self, marker_id: str) -> Row:
        """A marker of the project. Raises `NotFound`."""
        return self._one(project_markers, marker_id)

    def markers(self) -> list[Row]:
        """The project's markers."""
        return [self._note(project_markers, row) for row in store.markers_of(self.connection, self._project["id"])]

    def line(self, line_id: str) -> Row:
        """A line of the project's script. Raises `NotFound`."""
        return self._one(project_lines, line_id)

    def lines(self) -> list[Row]:
        """The lines of the project's script."""
        return [self._note(project_lines, row) for row in store.lines_of(self.connection, self._project["id"])]

    def put(self, table: Table, row: Row) -> None:
        """Make or change a row of an edited table."""
        self._put[table.name, row["id"]] = _own(table, row)

    def remove(self, table: Table, row_id: str) -> None:
        """Remove a row that was read."""
        self._put[table.name, row_id] = None

    def generation_source(self, generation_id: str, version_id: str | None) -> str:
        """What plays a generation in this version, or in the one that is its default (None); gives the source's id.

        Raises:
            NotFound: there is no such generation, or it has no such version.

        """
        generation = rows.get(self.connection, generations, generation_id, "generation")
        if version_id is not None:
            get_version(self.connection, generation_id, version_id)
        found = project_sources.generation_source(self.connection, self._project, generation, version_id, self.number)
        self._sources.add(found)
        return found

    def file_source(self, **values: Any) -> str:
        """What plays a file that lies in its place already: `name`, `audio_path`, `frames`, `sample_rate`, `channels`.

        Gives the source's id.
        """
        source_id = project_sources.add_source(self.connection, self._project["id"], self.number, **values)
        self._sources.add(source_id)
        return source_id

    def finish(self, label: str) -> tuple[list[RowChange], list[str]]:
        """Write everything down; gives what changed, and the files that nothing names any more.

        An edit that changes nothing leaves the history as it is. Raises `Conflict` if something would then
        begin after `LONGEST_S`.
        """
        if not self._changes():
            return [], []
        self._require_in_time()
        self.put(projects, self.project | {"updated_at": utc_now()})
        changes = self._changes()
        history.record(self.connection, self._project, label, changes)
        history.apply(self.connection, changes)
        project_sources.brought_by(self.connection, self._sources, self.number)
        return changes, project_sources.remove_sources(self.connection, self._project, self._sources)

    def _require_in_time(self) -> None:
        put = {project_clips.name: "start", project_markers.name: "at"}
        begins = (int(row[put[table]]) for (table, _), row in self._put.items() if row and table in put)
        if (latest := max(begins, default=0)) > self.samples(LONGEST_S):
            raise Conflict(
                f"Something in this project would begin at {latest / self.rate:.10g} s, and nothing may after "
                f"{LONGEST_S:.0f} s; make what comes before it, or its gaps, shorter.",
                resource="project",
                id=self._project["id"],
            )

    def _changes(self) -> list[RowChange]:
        changes = (_change(*key, self._read.get(key), after) for key, after in self._put.items())
        return [change for change in changes if change is not None]

    def _one(self, table: Table, row_id: str) -> Row:
        row = rows.find(self.connection, table, row_id)
        if row is None or row["project_id"] != self._project["id"]:
            raise _unknown(table, row_id)
        return self._note(table, row)

    def _note(self, table: Table, row: Row) -> Row:
        self._read.setdefault((table.name, row["id"]), _own(table, row))
        return row


def project_of(connection: Connection, table: Table, row_id: str) -> str:
    """The project that a row of an edited table belongs to. Raises `NotFound`."""
    row = rows.find(connection, table, row_id)
    if row is None:
        raise _unknown(table, row_id)
    return str(row["id"] if table is projects else row["project_id"])


def _own(table: Table, row: Row) -> Row:
    return {column.name: row[column.name] for column in table.columns}


def _unknown(table: Table, row_id: str) -> NotFound:
    resource = RESOURCES[table.name]
    where = "projects.list says which there are" if table is projects else "projects.get shows those of the project"
    return NotFound(f"There is no {resource} {row_id!r}; {where}.", resource=resource, id=row_id)


def _change(table: str, row_id: str, before: Row | None, after: Row | None) -> RowChange | None:
    if before is None or after is None:
        return None if before is after else RowChange(table, row_id, before, after)
    differing = [column for column in before if before[column] != after[column]]
    if not differing:
        return None
    return RowChange(
        table, row_id, {name: before[name] for name in differing}, {name: after[name] for name in differing}
    )
