"""What a project's bundle says of the project, by the same rules as for one that is made here: it may be anybody's.

Every source travels as a file, a generation's too: the machine that it comes to has neither the voice nor the history.
The edits that led to the project stay behind.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from sidecar import __version__
from sidecar.services.bundled import BundledEffect, Name, Uuid
from sidecar.store.archive import BundledFile, BundleFormat, Form, Items, Manifest, Time
from sidecar.store.values import Row
from sidecar.timeline import LONGEST_S, Curve

LONGEST_PROJECT = 48_000 * 3_600 * 1_000
"""A thousand hours, in samples."""
LONGEST_SCRIPT = 20_000_000
"""Characters, any of which may be one direction."""
Moment = Annotated[int, Field(ge=0, le=LONGEST_PROJECT)]
Gain = Annotated[float, Field(ge=-60, le=24)]
Pan = Annotated[float, Field(ge=-1, le=1)]


class BundledSource(Form):
    """What clips play: `frames` samples a channel at `sample_rate` Hz, and the words in it if they are known."""

    id: Uuid
    file: str
    name: str = Field(max_length=1_000)
    frames: int = Field(ge=0, le=LONGEST_PROJECT)
    sample_rate: int = Field(ge=1_000, le=768_000)
    channels: Literal[1, 2]
    text: str | None = Field(max_length=1_000_000)
    language: str | None = Field(max_length=20)


class BundledTrack(Form):
    """A track; its place in the list is its position."""

    id: Uuid
    name: Name
    gain_db: Gain
    pan: Pan
    muted: bool
    solo: bool
    duck_db: float = Field(ge=-40, le=0)


class BundledClip(Form):
    """A clip, its times in samples of the project; silence if it has no source."""

    id: Uuid
    track_id: Uuid
    source_id: Uuid | None
    label: str | None = Field(max_length=200)
    group_id: Uuid | None
    start: Moment
    trim_start: Moment
    trim_end: Moment
    length: Moment | None
    gain_db: Gain
    pan: Pan
    muted: bool
    speed: float = Field(ge=0.5, le=2)
    effects: list[BundledEffect] = Field(max_length=20)
    fade_in: Moment
    fade_in_offset: Moment
    fade_in_curve: Curve
    fade_out: Moment
    fade_out_offset: Moment
    fade_out_curve: Curve

    @model_validator(mode="after")
    def _silence_has_a_length(self) -> Self:
        if (self.source_id is None) != (self.length is not None):
            raise ValueError("a clip has either a source or a length")
        return self


class BundledMarker(Form):
    """A marker, such as a chapter's beginning."""

    id: Uuid
    at: Moment
    title: Name


class BundledLine(Form):
    """A line of the script that the project was made from; its place in the list is its position."""

    id: Uuid
    number: int | None = Field(ge=1)
    speaker: str = Field(max_length=200)
    text: str = Field(max_length=1_000_000)
    direction: str | None = Field(max_length=LONGEST_SCRIPT)
    clip_id: Uuid | None
    marker_id: Uuid | None
    gap_after_s: float = Field(ge=0, le=LONGEST_S)


class BundledProject(Form):
    """The project's own fields."""

    name: Name
    description: str | None = Field(max_length=10_000)
    sample_rate: Literal[24_000, 44_100, 48_000]
    channels: Literal[1, 2]
    created_at: Time


class ProjectManifest(Manifest):
    """A whole project. Every file is a source's, and whatever is referred to is there."""

    project: BundledProject
    tracks: Items[BundledTrack]
    sources: Items[BundledSource]
    clips: Items[BundledClip]
    markers: Items[BundledMarker]
    lines: Items[BundledLine]

    @model_validator(mode="after")
    def _files_have_their_places(self) -> Self:
        if sorted(source.file for source in self.sources) != sorted(file.name for file in self.files):
            raise ValueError("every file must be a source's, and only one source's")
        return self

    @model_validator(mode="after")
    def _references_hold(self) -> Self:
        parts = (self.tracks, self.sources, self.clips, self.markers, self.lines)
        ids = [part.id for kind in parts for part in kind]
        if len(set(ids)) < len(ids):
            raise ValueError("an id is there twice")
        # Silence has no source; a line may have neither clip nor marker.
        tracks, sources, clips, markers, _ = ({None, *(part.id for part in kind)} for kind in parts)
        for clip in self.clips:
            if clip.track_id not in tracks or clip.source_id not in sources:
                raise ValueError(f"the track or the source of the clip {clip.id} is missing")
        for line in self.lines:
            if line.clip_id not in clips or line.marker_id not in markers:
                raise ValueError(f"the clip or the marker of the line {line.id} is missing")
        return self


PROJECT_FORMAT = BundleFormat(
    name="voicebox-project",
    version=1,
    manifest=ProjectManifest,
    most_files=20_000,
    most_file_bytes=16 << 30,
    most_manifest_bytes=64 << 20,
    most_values=1_500_000,
)


def described(form: type[Form], row: Row, **others: Any) -> Row:
    """Those fields of a row that the bundle carries."""
    return {field: row[field] for field in form.model_fields if field not in others} | others


def describe_project(
    project: Row, parts: dict[str, list[Row]], sources: list[Row], files: list[BundledFile]
) -> ProjectManifest:
    """The manifest of a project whose sources are in the bundle; `parts` are its tracks, clips, markers and lines."""
    forms: dict[str, type[Form]] = {
        "tracks": BundledTrack,
        "clips": BundledClip,
        "markers": BundledMarker,
        "lines": BundledLine,
    }
    return ProjectManifest.model_validate(
        {
            "format": PROJECT_FORMAT.name,
            "format_version": PROJECT_FORMAT.version,
            "program_version": __version__,
            "files": files,
            "project": described(BundledProject, project),
            "sources": sources,
            **{name: [described(form, row) for row in parts[name]] for name, form in forms.items()},
        }
    )
