"""`models.load` and `models.unload`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from sidecar.device_names import ONE_DEVICE
from sidecar.schema.common import WAIT, Id, Params, Result

LONGEST_S = 86_400.0


class ModelLoadParams(Params):
    """Which model, and where and for how long if not as the settings say."""

    model: Id
    device: Annotated[str, StringConstraints(pattern=ONE_DEVICE)] | None = None
    keep_alive_s: float | None = Field(
        default=None,
        ge=0,
        le=LONGEST_S,
        description="How long it stays after each use, in seconds: 0 unloads it at once, null keeps it for ever. If "
        "left out, what was asked for last holds, else the settings.",
    )
    wait: bool = WAIT

    @property
    def wishes(self) -> dict[str, Any]:
        """What is asked for beyond the settings."""
        device = {"device": self.device} if self.device is not None else {}
        return device | self.model_dump(include={"keep_alive_s"} & self.model_fields_set)


class ModelUnloadParams(Params):
    """Which model; all of them if none is named."""

    model: Id | None = None


class UnloadedModel(Result):
    """A model that was in memory."""

    model: str
    device: str
    memory_bytes: int


class ModelsUnloaded(Result):
    """What was unloaded, and what it cost."""

    unloaded: list[UnloadedModel]
    freed_bytes: int
