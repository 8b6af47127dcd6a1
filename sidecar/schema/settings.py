"""`settings.*`. The settings themselves are told in `sidecar.settings`."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field

from sidecar.schema.common import Params, Result, without_defaults
from sidecar.settings import Settings


class SettingsUpdateParams(Settings):
    """What changes; a setting that is absent stays as it is."""

    model_config = ConfigDict(json_schema_extra=without_defaults)


class SettingsResetParams(Params):
    """Which settings go back to their defaults; all of them, if null."""

    names: list[str] | None = Field(default=None, max_length=200)


class SettingInfo(Result):
    """All that a form needs to draw one setting.

    `source` says where the value in force comes from; one from the environment cannot be changed here.
    """

    name: str
    type: Literal["boolean", "integer", "number", "string"]
    nullable: bool
    description: str
    unit: str | None
    default: Any
    minimum: float | None
    maximum: float | None
    choices: list[str] | None
    value: Any
    source: Literal["default", "setting", "environment"]
    variable: str = Field(description="The environment variable that overrides it.")
    needs_restart: bool


class SettingsResult(Result):
    """The settings in force, and what is to be known of each."""

    model_config = ConfigDict(serialize_by_alias=True)

    settings: Settings
    form: list[SettingInfo] = Field(alias="schema")
