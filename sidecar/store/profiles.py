"""Queries on profiles and their samples."""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, func, select, update

from sidecar.errors import Conflict, NotFound
from sidecar.store import rows
from sidecar.store.search import holds
from sidecar.store.tables import generations, profiles, samples
from sidecar.store.values import Row, new_id, numbered, plain, utc_now

Sort = Literal["name", "-name", "created_at", "-created_at", "updated_at", "-updated_at"]


def name_key(name: str) -> str:
    """What makes two names the same: their letters, whatever the case and the spaces around them."""
    return name.strip().casefold()


def resolve(connection: Connection, id_or_name: str) -> Row:
    """The profile with this id, or with this name in any case. Raises `NotFound`."""
    query = select(profiles).where((profiles.c.id == id_or_name) | (profiles.c.name_key == name_key(id_or_name)))
    found = [plain(row) for row in connection.execute(query).mappings()]
    if not found:
        raise NotFound(
            f"There is no profile {id_or_name!r}; profiles.list says which there are.",
            resource="profile",
            id=id_or_name,
        )
    return min(found, key=lambda row: row["id"] != id_or_name)


def find_by_name(connection: Connection, name: str) -> Row | None:
    """The profile with this name in any case, or None."""
    row = connection.execute(select(profiles).where(profiles.c.name_key == name_key(name))).mappings().first()
    return plain(row) if row else None


def insert_profile(connection: Connection, **values: Any) -> str:
    """Insert a profile and give its id, a new one unless given. Raises `Conflict` if the name is taken."""
    refuse_taken_name(connection, values["name"])
    now = utc_now()
    row = {"id": new_id(), "created_at": now} | values
    rows.add(connection, profiles, name_key=name_key(values["name"]), updated_at=now, **row)
    return str(row["id"])


def refuse_taken_name(connection: Connection, name: str, except_id: str | None = None) -> None:
    """Raise `Conflict` if another profile has this name."""
    query = select(profiles.c.id).where(profiles.c.name_key == name_key(name), profiles.c.id != (except_id or ""))
    if taken_by := connection.execute(query).scalar():
        raise Conflict(
            f"There is a profile called {name!r} already; choose another name, or update that one.",
            resource="profile",
            id=taken_by,
        )


def free_name(connection: Connection, name: str) -> str:
    """The name itself, or the first of "name (2)", "name (3)" … that is free."""
    taken = set(connection.execute(select(profiles.c.name_key)).scalars())
    candidate, number = name, 1
    while name_key(candidate) in taken:
        number += 1
        candidate = numbered(name, number)
    return candidate


def update_profile(connection: Connection, profile_id: str, **values: Any) -> None:
    """Change the given columns. Raises `Conflict` if the new name is taken."""
    if "name" in values:
        refuse_taken_name(connection, values["name"], except_id=profile_id)
        values["name_key"] = name_key(values["name"])
    rows.change(connection, profiles, profile_id, updated_at=utc_now(), **values)


def list_profiles(
    connection: Connection, search: str | None, sort: Sort, limit: int, offset: int
) -> tuple[list[Row], int]:
    """One page of profiles and how many there are in all."""
    conditions: list[ColumnElement[bool]] = []
    if search:
        conditions.append(
            profiles.c.name_key.contains(name_key(search), autoescape=True) | holds(profiles.c.description, search)
        )
    column = profiles.c["name_key" if sort.lstrip("-") == "name" else sort.lstrip("-")]
    order = column.desc() if sort.startswith("-") else column.asc()
    query = select(profiles).where(*conditions).order_by(order, profiles.c.id)
    return rows.page(connection, query, limit, offset), rows.count(connection, profiles, *conditions)


def samples_of(connection: Connection, profile_id: str) -> list[Row]:
    """A profile's samples in their order."""
    query = select(samples).where(samples.c.profile_id == profile_id).order_by(samples.c.position, samples.c.created_at)
    return [plain(row) for row in connection.execute(query).mappings()]


def sample_counts(connection: Connection, profile_ids: list[str]) -> dict[str, int]:
    """How many samples each of these profiles has."""
    query = (
        select(samples.c.profile_id, func.count())
        .where(samples.c.profile_id.in_(profile_ids))
        .group_by(samples.c.profile_id)
    )
    return dict(connection.execute(query).all())


def append_sample(connection: Connection, profile_id: str, **values: Any) -> str:
    """Insert a sample behind the others and give its id, a new one unless given."""
    last = select(func.coalesce(func.max(samples.c.position), -1)).where(samples.c.profile_id == profile_id)
    row = {"id": new_id(), "created_at": utc_now()} | values
    position = connection.execute(last).scalar_one() + 1
    rows.add(connection, samples, profile_id=profile_id, position=position, **row)
    touch(connection, profile_id)
    return str(row["id"])


def move_sample(connection: Connection, sample: Row, position: int) -> None:
    """Put a sample at a place in its profile's order; the others close up."""
    order = [row["id"] for row in samples_of(connection, sample["profile_id"]) if row["id"] != sample["id"]]
    order.insert(position, sample["id"])
    for place, sample_id in enumerate(order):
        rows.change(connection, samples, sample_id, position=place)


def remove_sample(connection: Connection, sample: Row) -> None:
    """Delete a sample; those behind it move up."""
    rows.remove(connection, samples, sample["id"])
    behind = (samples.c.profile_id == sample["profile_id"]) & (samples.c.position > sample["position"])
    connection.execute(update(samples).where(behind).values(position=samples.c.position - 1))
    touch(connection, sample["profile_id"])


def touch(connection: Connection, profile_id: str) -> None:
    """Note that a profile has changed."""
    rows.change(connection, profiles, profile_id, updated_at=utc_now())


def generation_ids(connection: Connection, profile_id: str) -> list[str]:
    """The generations made with a profile."""
    return list(connection.execute(select(generations.c.id).where(generations.c.profile_id == profile_id)).scalars())
