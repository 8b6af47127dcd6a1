"""`audio.*`."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from sidecar.schema.common import AbsolutePath, AudioIn, Id, Params, Result
from sidecar.schema.profiles import Metrics

READ_BYTES = 1 << 20


class AudioInfo(Result):
    """What a file says of itself."""

    container: str
    codec: str
    sample_rate: int
    channels: int
    duration_s: float
    size_bytes: int


class Check(Result):
    """One measure of a reference sample beside its limits."""

    name: str
    measured: float | None
    minimum: float | None
    maximum: float | None
    unit: str
    passed: bool
    severity: Literal["error", "warning"]
    message: str


class Validation(Result):
    """Whether a recording serves as a reference sample, measure by measure."""

    valid: bool
    duration_s: float
    metrics: Metrics
    checks: list[Check]
    message: str | None


class StoredAudio(Params):
    """Audio that is here already, or a file: exactly one of them."""

    path: AbsolutePath | None = None
    generation_id: Id | None = None
    sample_id: Id | None = None
    transcription_id: Id | None = None
    version_id: Id | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if sum(getattr(self, source, None) is not None for source in _SOURCES) != 1:
            raise ValueError(f"give exactly one of {', '.join(sorted(_SOURCES))}")
        return self


_SOURCES = frozenset({"path", "data", "generation_id", "sample_id", "transcription_id", "version_id"})


class AudioWaveformParams(StoredAudio):
    """What to draw, in how many columns."""

    data: str | None = Field(default=None, description="The file's bytes in base64.")
    buckets: int = Field(default=1_000, ge=1, le=100_000)


class Waveform(Result):
    """The lowest and highest sample of each column, from -1 to 1."""

    sample_rate: int
    duration_s: float
    minimum: list[float]
    maximum: list[float]


class AudioReadParams(StoredAudio):
    """Which bytes of a file."""

    offset: int = Field(default=0, ge=0)
    length: int = Field(default=READ_BYTES, ge=1, le=16 * READ_BYTES)


class AudioBytes(Result):
    """A part of a file in base64; `next_offset` is null at its end."""

    data: str
    offset: int
    length: int
    size_bytes: int
    next_offset: int | None


class AudioConvertParams(Params):
    """A file to write again in another format."""

    path: AbsolutePath
    path_out: AbsolutePath
    format: Literal["wav", "flac", "mp3", "ogg", "m4a"]
    sample_rate: int | None = Field(
        default=None,
        ge=8_000,
        le=96_000,
        description="The given file's, if null. A format that knows only some rates takes the nearest, which is told.",
    )


class Converted(Result):
    """The file that was written."""

    path: str
    size_bytes: int
    duration_s: float
    sample_rate: int


class AudioProbeParams(AudioIn):
    """Which audio."""
