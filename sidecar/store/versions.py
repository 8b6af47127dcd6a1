"""Queries on the versions of a generation: which there are, which one is heard, which goes."""

from __future__ import annotations

from sqlalchemy import Connection

from sidecar.errors import NotFound
from sidecar.store import generations as store
from sidecar.store import rows
from sidecar.store.tables import generations, versions
from sidecar.store.values import Row


def versions_shown(connection: Connection, generation_id: str) -> list[Row]:
    """A generation's versions, oldest first, each with `is_default`. Raises `NotFound`."""
    generation = rows.get(connection, generations, generation_id, "generation")
    return [
        row | {"is_default": row["id"] == generation["default_version_id"]}
        for row in store.versions_of(connection, generation_id)
    ]


def get_version(connection: Connection, generation_id: str, version_id: str) -> Row:
    """One version of a generation, with `is_default`. Raises `NotFound`."""
    for row in versions_shown(connection, generation_id):
        if row["id"] == version_id:
            return row
    raise NotFound(
        f"The generation has no version {version_id!r}; generation.list_versions says which there are.",
        resource="version",
        id=version_id,
    )


def make_default(connection: Connection, generation_id: str, version_id: str) -> None:
    """Let a generation be heard in this version."""
    rows.change(connection, generations, generation_id, default_version_id=version_id)


def delete_version(connection: Connection, version: Row) -> None:
    """Delete a version; if it was the default one, the newest that is left takes its place."""
    rows.remove(connection, versions, version["id"])
    if version["is_default"]:
        make_default(
            connection, version["generation_id"], store.versions_of(connection, version["generation_id"])[-1]["id"]
        )
