"""`projects.*`: what is said in a project, what it looks like, and its timeline for other programs."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from sidecar.schema.common import AbsolutePath, Id, Result
from sidecar.schema.projects import Moment, ProjectIdParams


class ProjectsSubtitlesParams(ProjectIdParams):
    """As what to write the words of a project, and where; without a path the text is answered."""

    format: Literal["srt", "vtt", "json"]
    path: AbsolutePath | None = None


class ProjectSubtitles(Result):
    """The text, or the path that it was written to, and notes on what is heard but has no text.

    As json it is an object of `words`: `{word, start_s, end_s, probability, speaker, clip_id}` each.
    """

    text: str | None
    path: str | None
    notes: list[str]


class ProjectsWaveformParams(ProjectIdParams):
    """Which tracks (all, if none is named), between which times (to the end, if null), in how many columns."""

    track_id: Id | None = None
    start_s: Moment = 0.0
    end_s: Moment | None = None
    buckets: int = Field(default=1_000, ge=1, le=10_000)


class TrackWaveform(Result):
    """The lowest and highest sample of each column, before the track's own gain; 1 is full scale."""

    track_id: str
    minimum: list[float]
    maximum: list[float]


class ProjectWaveform(Result):
    """The outlines of tracks: clips where they stand, with their gains and fades, without what is muted."""

    sample_rate: int
    start_s: float
    end_s: float
    tracks: list[TrackWaveform]


class ProjectsPictureParams(ProjectIdParams):
    """How large a picture to draw, in pixels, and where to; without a path its bytes are answered."""

    width: int = Field(default=1_600, ge=320, le=4_000)
    height: int = Field(default=600, ge=120, le=2_400)
    path: AbsolutePath | None = None


class ProjectPicture(Result):
    """A PNG: in base64, or the path that it was written to."""

    path: str | None
    data: str | None
    width: int
    height: int


class ProjectsExportTimelineParams(ProjectIdParams):
    """As what to write a project's timeline, and where. `frame_rate` is for edl alone, whose times are frames."""

    format: Literal["otio", "edl"]
    path: AbsolutePath
    frame_rate: Literal[24, 25, 30] = 25

    @model_validator(mode="after")
    def _frames_for_edl(self) -> Self:
        if self.format != "edl" and "frame_rate" in self.model_fields_set:
            raise ValueError("frame_rate goes with the format edl; otio keeps times to the sample")
        return self


class TimelineExported(Result):
    """The file that was written, and what the format has no place for."""

    path: str
    notes: list[str]
