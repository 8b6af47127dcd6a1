"""What a user may set: every setting's name, type, bounds, default and meaning, told once.

The wire's parameters, the form that a user interface draws, the table in the database and the environment variables
(`VOICEBOX_` and the name in capitals) all follow from this model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from sidecar.device_names import AUTO, SEVERAL_DEVICES, parse_devices
from sidecar.server_urls import parse_servers

PREFIX = "VOICEBOX_"
YEAR_S = 365 * 86_400


def _devices(text: str) -> str:
    parse_devices(text)
    return text


def _servers(text: str) -> str:
    parse_servers(text)
    return text


class Settings(BaseModel):
    """The settings in force. Each is looked at when it is needed: a change counts from the next request or job on."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        allow_inf_nan=False,
        json_schema_serialization_defaults_required=True,
        defer_build=True,
    )

    device: Annotated[str, AfterValidator(_devices)] = Field(
        default=AUTO,
        description="What models compute on: auto, cpu, cuda, mps or xpu; a card may be numbered, as in cuda:1. With "
        "several, separated by commas, as many calls run at once, each device in a process of its own; all takes every "
        "card. cpu:0,cpu:1 are two processes that share the processor's cores.",
        json_schema_extra={"pattern": SEVERAL_DEVICES},
    )
    force_cpu: bool = Field(default=False, description="Compute on the processor, whatever the device says.")
    int8: bool = Field(
        default=False, description="On a processor, trade exact weights for speed in engines that can do so."
    )
    engine_idle_s: float = Field(
        default=300.0,
        ge=0.1,
        le=YEAR_S,
        description="How long the idle engine process of the models stays, with all that it holds.",
        json_schema_extra={"unit": "s"},
    )
    keep_alive_s: float | None = Field(
        default=None,
        ge=0,
        le=YEAR_S,
        description="How long a model that nobody uses stays in memory; null: as long as its engine process.",
        json_schema_extra={"unit": "s"},
    )
    memory_budget_bytes: int | None = Field(
        default=None,
        ge=256 << 20,
        le=1 << 50,
        description="What all loaded models may cost in each memory together; null measures the machine.",
        json_schema_extra={"unit": "bytes"},
    )
    prompt_cache_bytes: int = Field(
        default=1 << 30,
        ge=0,
        le=1 << 50,
        description="What cached voice prompts may take on the disk; those used longest ago go first.",
        json_schema_extra={"unit": "bytes"},
    )
    default_engine: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="The engine that speaks where neither request nor profile names one and it can do what is asked.",
    )
    default_language: str = Field(
        default="en",
        pattern="^[a-z]{2}$",
        description="The language, ISO 639-1, where neither request nor profile names one.",
    )
    default_verify: Literal["off", "length", "full"] = Field(
        default="length", description="How strictly a take is checked where the request does not say."
    )
    default_loudness_lufs: float | None = Field(
        default=None,
        ge=-40,
        le=-12,
        description="The loudness of a take where the request names none; null leaves it as the engine speaks.",
        json_schema_extra={"unit": "LUFS"},
    )
    vllm_omni_servers: Annotated[str, AfterValidator(_servers)] | None = Field(
        default=None,
        max_length=2000,
        description="The vLLM-Omni servers that the engine vllm-omni speaks on, their addresses separated by commas; "
        "null turns it off. What it speaks leaves this machine: the texts, and the recordings of cloned voices. Plain "
        "http is taken for this machine and for private addresses in numbers, and without a key; else use https.",
    )
    requests_per_second: float | None = Field(
        default=None,
        ge=0.1,
        le=100_000,
        description="More requests than this a second are refused as busy; null sets no limit.",
        json_schema_extra={"unit": "1/s"},
    )
    queue_limit: int | None = Field(
        default=None,
        ge=1,
        le=1_000_000,
        description="With so many jobs waiting a further one is refused as busy; null sets no limit.",
        json_schema_extra={"unit": "jobs"},
    )

    @property
    def device_wanted(self) -> str:
        """The device to try, with `force_cpu` heeded."""
        return "cpu" if self.force_cpu else self.device

    @property
    def devices_wanted(self) -> tuple[str, ...]:
        """The devices to use, each with a process of its own, by `device_wanted`; ("all",) for every card."""
        return parse_devices(self.device_wanted)

    @property
    def model_stays_s(self) -> float:
        """How long a model that nobody uses stays: never longer than its process would."""
        return self.engine_idle_s if self.keep_alive_s is None else min(self.keep_alive_s, self.engine_idle_s)


TRAVELLING = frozenset(Settings.model_fields) - {"default_engine", "vllm_omni_servers"}
"""The settings that a backup, which may be a stranger's, brings along. Those that decide where anything is sent stay as
they are where it is restored, and so does all else that is stored among the settings."""


def variable(name: str) -> str:
    """The environment variable that overrides a setting."""
    return f"{PREFIX}{name.upper()}"


def from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    """The settings that the environment fixes, sparse. An empty variable counts as absent.

    Raises:
        ValueError: a variable's value is of the wrong type or out of bounds; the message names the variable.

    """
    given = {name: text for name in Settings.model_fields if (text := environment.get(variable(name)))}
    if not given:
        # Most starts end here, without building a validator.
        return {}
    try:
        return Settings.model_validate_strings(given, strict=False).model_dump(exclude_unset=True)
    except ValidationError as fault:
        first = fault.errors()[0]
        raise ValueError(f"{variable(str(first['loc'][0]))}: {first['msg'].removeprefix('Value error, ')}") from None
