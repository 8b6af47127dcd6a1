"""`projects.render`."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sidecar.schema.common import WAIT, WHOLE, AbsolutePath, Id, Params, Result
from sidecar.schema.projects import Channels
from sidecar.timeline import LONGEST_S

RenderFormat = Literal["wav", "flac", "mp3", "ogg", "opus", "m4a", "m4b"]
RenderPreset = Literal["podcast", "audiobook"]
SubtitleFormat = Literal["srt", "vtt", "json"]


class RenderSettings(Params):
    """How a project is mixed and where the file goes.

    Beside it lie, named after it, one file for each track that is heard (`stems`) and the subtitles. Where nothing is
    given the preset decides, else the file is as the project is, and the mix is neither turned nor limited.
    """

    format: RenderFormat
    path: AbsolutePath
    preset: RenderPreset | None = Field(
        default=None,
        description="podcast: -16 LUFS, -1 dBTP. audiobook: ACX's requirements, each of them checked.",
    )
    loudness_lufs: float | None = Field(default=None, ge=-40, le=-8)
    true_peak_db: float | None = Field(
        default=None, ge=-20, le=0, description="Higher peaks are turned down; -1 where a loudness is asked for."
    )
    sample_rate: int | None = Field(
        default=None,
        ge=8_000,
        le=192_000,
        description="The preset's or the project's, if null. A format that knows only some rates takes the nearest, "
        "which is told.",
    )
    channels: Channels | None = None
    bit_depth: Annotated[Literal[16, 24], WHOLE] | None = Field(
        default=None, description="Of wav and flac; 16, if null."
    )
    dither: bool | None = Field(default=None, description="Of wav and flac with 16 bits; off, if null.")
    stems: bool = Field(
        default=False,
        description="One file a track, with the gain of the mix, neither limited nor dithered: together they are it.",
    )
    subtitles: bool | list[SubtitleFormat] = Field(default=False, description="True is all of them.")
    start_s: float = Field(default=0.0, ge=0, le=LONGEST_S)
    end_s: float | None = Field(default=None, gt=0, le=LONGEST_S)
    chapters: bool | None = Field(default=None, description="The project's markers; in m4b, if null.")
    per_chapter: bool = Field(
        default=False, description='A file for each of the project\'s chapters, called like "book.01 Title.mp3".'
    )
    cover_path: AbsolutePath | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.end_s is not None and self.end_s <= self.start_s:
            raise ValueError("end_s must lie after start_s")
        return self


class ProjectRenderParams(RenderSettings):
    """Which project is rendered, and how."""

    project_id: Id
    wait: bool = WAIT


class RenderCheck(Result):
    """One of the preset's requirements, in dB."""

    name: str
    measured: float | None
    minimum: float | None
    maximum: float | None
    passed: bool


class RenderedFile(Result):
    """A file that was written.

    Levels are the file's own, of a lossy format as it is decoded again. `notes` say what the arrangement did not allow.
    """

    path: str
    duration_s: float | None = None
    sample_rate: int | None = None
    channels: int | None = None
    size_bytes: int | None = None
    loudness_lufs: float | None = None
    true_peak_db: float | None = None
    peak_db: float | None = None
    rms_db: float | None = None
    noise_floor_db: float | None = None
    gain_db: float | None = None
    clipped_samples: int | None = None
    stems: list[str] = Field(default_factory=list)
    subtitles: list[str] = Field(default_factory=list)
    checks: list[RenderCheck] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)


class ChapterFile(RenderedFile):
    """The file of one chapter."""

    title: str


class ProjectRendered(RenderedFile):
    """The job that writes the file, and, with `wait`, what it wrote.

    With `per_chapter`, `files` are what it wrote; then `path` is what their names begin with, and the rest is of all of
    them together, but for the levels.
    """

    job_id: str
    files: list[ChapterFile] = Field(default_factory=list)
