"""Queries on the presets of effects that the user has made."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from sidecar.errors import Conflict
from sidecar.store import rows
from sidecar.store.profiles import name_key
from sidecar.store.tables import effect_presets
from sidecar.store.values import Row, new_id, plain, utc_now


def list_presets(connection: Connection) -> list[Row]:
    """Every preset by name."""
    query = select(effect_presets).order_by(effect_presets.c.name_key)
    return [plain(row) for row in connection.execute(query).mappings()]


def get_preset(connection: Connection, preset_id: str) -> Row:
    """One preset. Raises `NotFound`."""
    return rows.get(connection, effect_presets, preset_id, "preset")


def insert_preset(connection: Connection, name: str, effects: list[dict[str, Any]]) -> str:
    """Insert a preset and give its id. Raises `Conflict` if the name is taken."""
    _refuse_taken_name(connection, name, except_id="")
    preset_id, now = new_id(), utc_now()
    values = {"name": name, "name_key": name_key(name), "effects": effects, "created_at": now, "updated_at": now}
    rows.add(connection, effect_presets, id=preset_id, **values)
    return preset_id


def update_preset(connection: Connection, preset_id: str, **values: Any) -> None:
    """Change the given columns. Raises `NotFound`, and `Conflict` if the new name is taken."""
    get_preset(connection, preset_id)
    if "name" in values:
        _refuse_taken_name(connection, values["name"], except_id=preset_id)
        values["name_key"] = name_key(values["name"])
    rows.change(connection, effect_presets, preset_id, updated_at=utc_now(), **values)


def delete_preset(connection: Connection, preset_id: str) -> None:
    """Delete a preset. Raises `NotFound`."""
    get_preset(connection, preset_id)
    rows.remove(connection, effect_presets, preset_id)


def _refuse_taken_name(connection: Connection, name: str, except_id: str) -> None:
    key = name_key(name)
    query = select(effect_presets.c.id).where(effect_presets.c.name_key == key, effect_presets.c.id != except_id)
    if taken_by := connection.execute(query).scalar():
        raise Conflict(f"There is a preset called {name!r} already.", resource="preset", id=taken_by)
