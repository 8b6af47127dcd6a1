"""The history of a project: each edit as the rows that it changed, and which of the edits are undone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Table, bindparam, delete, insert, select, update

from sidecar.store import rows
from sidecar.store.tables import (
    project_clips,
    project_edits,
    project_lines,
    project_markers,
    project_tracks,
    projects,
)
from sidecar.store.values import Row, plain, utc_now

EDITED: Mapping[str, Table] = {
    table.name: table for table in (projects, project_tracks, project_clips, project_markers, project_lines)
}
"""The tables whose rows an edit may change."""


@dataclass(frozen=True)
class RowChange:
    """One row before and after: all of it where it was made or removed (None: it was not there), else what differs."""

    table: str
    id: str
    before: Row | None
    after: Row | None

    def reversed(self) -> RowChange:
        """The change that takes this one back."""
        return RowChange(self.table, self.id, self.after, self.before)


def apply(connection: Connection, changes: Iterable[RowChange]) -> None:
    """Make the rows as they are after the changes, each of which is about another row."""
    made: defaultdict[str, list[Row]] = defaultdict(list)
    changed: defaultdict[tuple[str, ...], list[Row]] = defaultdict(list)
    removed: defaultdict[str, list[Row]] = defaultdict(list)
    for change in changes:
        if change.after is None:
            removed[change.table].append({"row_id": change.id})
        elif change.before is None:
            made[change.table].append(change.after)
        else:
            changed[change.table, *change.after].append({"row_id": change.id} | change.after)
    for name, new in made.items():
        connection.execute(insert(EDITED[name]), new)
    for (name, *_), values in changed.items():
        table = EDITED[name]
        connection.execute(update(table).where(table.c.id == bindparam("row_id")), values)
    # Rows leave a track before it goes, since it would take them along.
    for name, gone in removed.items():
        table = EDITED[name]
        connection.execute(delete(table).where(table.c.id == bindparam("row_id")), gone)


def record(connection: Connection, project: Row, label: str, changes: list[RowChange]) -> None:
    """Write down an edit that has just been made; those that were undone before it can be redone no more."""
    forget_undone(connection, project)
    number = project["edit"] + 1
    rows.add(
        connection,
        project_edits,
        project_id=project["id"],
        number=number,
        label=label,
        changes=[vars(change) for change in changes],
        created_at=utc_now(),
    )
    rows.change(connection, projects, project["id"], edit=number)


def forget_undone(connection: Connection, project: Row) -> None:
    """Forget the edits that are undone."""
    undone = (project_edits.c.project_id == project["id"]) & (project_edits.c.number > project["edit"])
    connection.execute(delete(project_edits).where(undone))


def changes_of(connection: Connection, project_id: str, number: int) -> list[RowChange]:
    """The rows that an edit changed."""
    edit = (project_edits.c.project_id == project_id) & (project_edits.c.number == number)
    changes = connection.execute(select(project_edits.c.changes).where(edit)).scalar_one()
    return [RowChange(**change) for change in changes]


def last_number(connection: Connection, project_id: str) -> int:
    """The number of the newest edit, undone or not; 0 if there is none."""
    numbers = select(project_edits.c.number).where(project_edits.c.project_id == project_id)
    return connection.execute(numbers.order_by(project_edits.c.number.desc()).limit(1)).scalar() or 0


def label_of(connection: Connection, project_id: str, number: int) -> str | None:
    """What an edit is called; None if there is no such edit."""
    edit = (project_edits.c.project_id == project_id) & (project_edits.c.number == number)
    return connection.execute(select(project_edits.c.label).where(edit)).scalar()


def list_edits(connection: Connection, project_id: str, limit: int, offset: int) -> tuple[list[Row], int]:
    """One page of the history, newest first, and how many edits there are."""
    here = project_edits.c.project_id == project_id
    columns = (project_edits.c.number, project_edits.c.label, project_edits.c.created_at)
    query = select(*columns).where(here).order_by(project_edits.c.number.desc()).limit(limit).offset(offset)
    found = [plain(row) for row in connection.execute(query).mappings()]
    return found, rows.count(connection, project_edits, here)
