"""The settings in force: defaults, what the user has set over them, and over both what the environment says."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection

from sidecar.errors import Conflict, InvalidParams
from sidecar.settings import Settings, variable
from sidecar.store import settings as store
from sidecar.store.database import Database

log = logging.getLogger(__name__)


class SettingsService:
    """Read once with `load`, then known: `values` costs no query. Whatever heeds a setting asks `values` each time."""

    def __init__(self, database: Database, environment: Mapping[str, Any], engines: Sequence[str]) -> None:
        self._database = database
        self._environment = dict(environment)
        self._engines = engines
        self._stored: dict[str, Any] = {}
        self._listeners: list[Callable[[], None]] = []
        self._put_in_force({})

    def on_change(self, tell: Callable[[], None]) -> None:
        """Have `tell` called whenever settings have been read or changed."""
        self._listeners.append(tell)

    @property
    def values(self) -> Settings:
        """The settings in force."""
        return self._values

    async def load(self) -> None:
        """Read what is stored. A value that this version does not allow is left where it is, and its default holds."""
        self._put_in_force(await self._database.read(store.stored))

    async def update(self, changes: dict[str, Any]) -> None:
        """Change settings; they hold when this returns.

        Raises:
            InvalidParams: there is no such engine.
            Conflict: the environment fixes one of them.

        """
        self._refuse_fixed(changes)
        engine = changes.get("default_engine")
        if engine is not None and engine not in self._engines:
            raise InvalidParams.about(
                "default_engine", f"There is no engine {engine!r}; there are: {', '.join(self._engines)}."
            )
        different = {name: value for name, value in changes.items() if value != _default(name)}

        def change(connection: Connection) -> dict[str, Any]:
            store.put(connection, different)
            store.drop(connection, changes.keys() - different.keys())
            return store.stored(connection)

        self._put_in_force(await self._database.write(change))

    async def reset(self, names: Sequence[str] | None) -> None:
        """Put these settings back to their defaults, or all that the environment does not fix.

        Raises:
            InvalidParams: there is no such setting.
            Conflict: the environment fixes one that is named.

        """
        if names is None:
            names = [name for name in Settings.model_fields if name not in self._environment]
        if unknown := [name for name in names if name not in Settings.model_fields]:
            raise InvalidParams.about(
                "names", f"There is no setting {unknown[0]!r}; settings.get lists those there are."
            )
        await self.update({name: _default(name) for name in names})

    def described(self) -> list[dict[str, Any]]:
        """What a form needs to know of each setting."""
        return [self._described(name, self._properties[name]) for name in Settings.model_fields]

    @cached_property
    def _properties(self) -> dict[str, Any]:
        properties: dict[str, Any] = Settings.model_json_schema()["properties"]
        return properties

    def _described(self, name: str, told: dict[str, Any]) -> dict[str, Any]:
        nullable = "anyOf" in told
        # Pydantic tells `T | None` as a choice of two, T first.
        bounds = told["anyOf"][0] if nullable else told
        return {
            "name": name,
            "type": bounds["type"],
            "nullable": nullable,
            "description": told["description"],
            "unit": told.get("unit"),
            "default": told["default"],
            "minimum": bounds.get("minimum"),
            "maximum": bounds.get("maximum"),
            "choices": list(self._engines) if name == "default_engine" else bounds.get("enum"),
            "value": getattr(self._values, name),
            "source": self._source(name),
            "variable": variable(name),
            "needs_restart": False,
        }

    def _source(self, name: str) -> str:
        if name in self._environment:
            return "environment"
        return "setting" if name in self._stored else "default"

    def _refuse_fixed(self, changes: Mapping[str, Any]) -> None:
        for name in changes:
            if name in self._environment:
                raise Conflict(
                    f"The environment variable {variable(name)} fixes {name}; unset it and start again to change that.",
                    resource="setting",
                    id=name,
                )

    def _put_in_force(self, stored: dict[str, Any]) -> None:
        self._stored = {name: value for name, value in stored.items() if _allowed(name, value)}
        # Checked already; building a validator for the defaults alone would slow down every start.
        self._values = Settings.model_construct(**(self._stored | self._environment))
        for tell in self._listeners:
            tell()


def _default(name: str) -> Any:
    return Settings.model_fields[name].default


def _allowed(name: str, value: Any) -> bool:
    if name not in Settings.model_fields:
        return False
    try:
        Settings.model_validate({name: value})
    except ValidationError as fault:
        log.warning("the stored setting %s is not heeded: %s", name, fault.errors()[0]["msg"])
        return False
    return True
