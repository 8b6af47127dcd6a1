"""The notifications that the sidecar sends."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from sidecar.schema.common import ErrorBody, JobStatus, Result


class Ready(Result):
    """The first line: the sidecar takes requests."""

    version: str
    protocol_version: int
    pid: int
    data_dir: str


class JobProgress(Result):
    """How far a job is: at the start of every stage, then at most ten times a second, at least every two seconds."""

    job_id: str
    kind: str
    stage: str
    completed: float
    total: float | None
    unit: str
    fraction: float
    eta_s: float | None
    message: str


class JobFinished(Result):
    """The end of a job, told once: its result if it completed, its error otherwise."""

    # The one that does not apply is absent, not null.
    model_config = ConfigDict(json_schema_serialization_defaults_required=False)

    job_id: str
    kind: str
    status: JobStatus
    result: dict[str, Any] | None = None
    error: ErrorBody | None = None


class GenerationAudio(Result):
    """A piece of a take as it is made; put together in order they are the unprocessed take, sample for sample.

    `data` is 16-bit little-endian mono in base64. After a restart a take is sent again from its beginning.
    """

    generation_id: str
    sequence: int
    start_s: float
    sample_rate: int
    data: str
    last: bool


EVENTS: dict[str, type[BaseModel]] = {
    "sidecar.ready": Ready,
    "job.progress": JobProgress,
    "job.finished": JobFinished,
    "generation.audio": GenerationAudio,
}
