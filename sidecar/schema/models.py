"""`models.list`, `models.download`, `models.install`, `models.verify`, `models.delete` and `models.move`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sidecar.schema.common import WAIT, AbsolutePath, Id, Params, Result


class Model(Result):
    """A model that this program knows, and how it is on this machine."""

    id: str
    engine: str
    name: str
    state: Literal["absent", "partial", "installed", "loaded"] = Field(
        description="Partial: a download has begun and can be gone on with, or damage was found."
    )
    bytes: int = Field(description="What of it is on the disk now.")
    size_bytes: int = Field(description="What all of its files take.")
    memory_bytes: int = Field(description="What it takes loaded on a processor, about.")
    memory: dict[str, int] = Field(description="The same by device and type of number, in bytes.")
    fits: bool | None = Field(description="Whether this machine's memory takes it; null where a card's is not known.")
    recommended: bool = Field(description="Whether it is the one to have on this machine for what it is for.")
    recommended_for: str
    capabilities: list[str]
    licence: str
    languages: list[str]
    source: str = Field(description="Where its files come from.")
    repository: str | None = Field(description="What a download fetches; null if it can only be installed.")
    revision: str
    path: str | None = Field(description="The folder that it lies in.")
    shared: bool = Field(description="Whether that folder is one that other programs use too.")


class ModelList(Result):
    """Every model of the catalogue."""

    items: list[Model]
    total: int
    next_offset: int | None = None


class ModelsDownloadParams(Params):
    """What to fetch."""

    model: Id
    wait: bool = WAIT


class ModelsInstallParams(Params):
    """What to take from where."""

    model: Id
    path: AbsolutePath = Field(description="A folder, or a zip or tar archive, that holds the model's files.")
    wait: bool = WAIT


class ModelsVerifyParams(Params):
    """What to check."""

    model: Id
    wait: bool = WAIT


class ModelsDeleteParams(Params):
    """What to remove."""

    model: Id
    also_shared: bool = Field(
        default=False, description="Remove it also where other programs use it, as in the cache of huggingface_hub."
    )


class ModelsMoveParams(Params):
    """Where to."""

    path: AbsolutePath = Field(description="An empty folder, or one that does not exist.")
    wait: bool = WAIT


class ModelResult(Result):
    """A model as it is now, and the job that is at it."""

    model: Model
    job_id: str | None = None


class ModelsMoveResult(Result):
    """The folder that models are in now, and the job that moves them."""

    models_dir: str
    job_id: str
