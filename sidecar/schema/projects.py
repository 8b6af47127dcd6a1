"""`projects.*`: what a project is made of, and projects as a whole."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from sidecar.schema.common import WHOLE, ChangeParams, Id, Name, Page, Params, Result
from sidecar.timeline import LONGEST_S
from sidecar.timeline import Curve as Curve

MOST_STEPS = 1_000_000

SampleRate = Annotated[Literal[24_000, 44_100, 48_000], WHOLE]
Channels = Annotated[Literal[1, 2], WHOLE]
Description = Annotated[str, Field(max_length=10_000)]
Moment = Annotated[float, Field(ge=0, le=LONGEST_S, description="Seconds from the project's beginning.")]


class ClipSource(Result):
    """What a clip plays. `version_id` is null where the generation's default version is followed; `status` is the
    generation's, "completed" for what needs no making, and "deleted" if its generation went before it had audio.
    """

    kind: Literal["generation", "file", "silence"]
    generation_id: str | None
    version_id: str | None
    name: str
    audio_path: str | None
    text: str | None
    status: Literal["queued", "running", "completed", "failed", "cancelled", "deleted"]


class Clip(Result):
    """A piece of sound or silence on a track. `trim_start_s` and `trim_end_s` are cut from what the source plays at
    the clip's speed. A fade lasts `fade_in_s` from the clip's start; `fade_in_offset_s` is the part of it before that,
    which a split has left to the clip before. Likewise at the end.
    """

    id: str
    track_id: str
    source: ClipSource
    label: str | None
    group_id: str | None
    start_s: float
    end_s: float
    duration_s: float
    trim_start_s: float
    trim_end_s: float
    gain_db: float
    pan: float
    muted: bool
    speed: float
    effects: list[dict[str, Any]]
    fade_in_s: float
    fade_in_offset_s: float
    fade_in_curve: Curve
    fade_out_s: float
    fade_out_offset_s: float
    fade_out_curve: Curve


class Track(Result):
    """Clips that are mixed together. `duck_db` is by how much it is lowered while a track without ducking sounds."""

    id: str
    name: str
    position: int
    gain_db: float
    pan: float
    muted: bool
    solo: bool
    duck_db: float


class TrackWithClips(Track):
    """A track and what is on it, in the order of the starts."""

    clips: list[Clip]


class Marker(Result):
    """A moment with a name; a book's chapters begin at markers."""

    id: str
    at_s: float
    title: str


class ProjectHeading(Result):
    """What every mention of a project tells; `duration_s` is the end of its last clip."""

    id: str
    name: str
    description: str | None
    sample_rate: int
    channels: int
    duration_s: float
    created_at: str
    updated_at: str


class Project(ProjectHeading):
    """All of a project."""

    tracks: list[TrackWithClips]
    markers: list[Marker]


class ProjectSummary(ProjectHeading):
    """A project in a list."""

    track_count: int
    clip_count: int


class Changes(Result):
    """What an edit changed, as it is now; `lines` are the ids of lines of the script. All else is as it was."""

    clips: list[Clip]
    tracks: list[Track]
    markers: list[Marker]
    lines: list[str]
    removed_clips: list[str]
    removed_tracks: list[str]
    removed_markers: list[str]
    duration_s: float


class Steps(Result):
    """What can be undone and redone next; null if there is nothing."""

    undo: str | None
    redo: str | None


class EditResult(Steps):
    """What an edit has changed."""

    changes: Changes


class ProjectResult(Steps):
    """One project."""

    project: Project


class ProjectEdited(EditResult):
    """The project as it is after an edit."""

    project: Project


class ProjectList(Result):
    """One page of projects."""

    items: list[ProjectSummary]
    total: int
    next_offset: int | None


class PastEdit(Result):
    """An edit of the history. An undone one can be redone, as long as no other edit is made."""

    number: int
    label: str
    undone: bool
    created_at: str


class EditList(Result):
    """One page of a project's history, newest first."""

    items: list[PastEdit]
    total: int
    next_offset: int | None


class ProjectsCreateParams(Params):
    """A new, empty project. Its clips' times are whole samples at its rate (Hz)."""

    name: Name
    description: Description | None = None
    sample_rate: SampleRate = 48_000
    channels: Channels = 2


class ProjectIdParams(Params):
    """Which project."""

    project_id: Id


class ProjectsListParams(Page):
    """Which projects; `search` looks into names and descriptions."""

    search: str | None = Field(default=None, max_length=200)
    sort: Literal["name", "-name", "created_at", "-created_at", "updated_at", "-updated_at"] = "-updated_at"


class ProjectsUpdateParams(ChangeParams, ProjectIdParams):
    """What changes; a field that is absent stays, null clears the description. At another sample rate, every time is
    rounded to a sample of that.
    """

    name: Name | None = None
    description: Description | None = None
    sample_rate: SampleRate | None = None
    channels: Channels | None = None

    @model_validator(mode="after")
    def _only_the_description_goes(self) -> Self:
        refuse_nulls(self, {"name", "sample_rate", "channels"})
        return self


class ProjectsDuplicateParams(ProjectIdParams):
    """Which project, and what the copy is called; "(2)" is added to the name if none is given."""

    name: Name | None = None


class ProjectsStepParams(ProjectIdParams):
    """How many edits to undo, or to redo."""

    steps: int = Field(default=1, ge=1, le=MOST_STEPS)


class ProjectsEditsParams(Page, ProjectIdParams):
    """Whose history."""


def refuse_nulls(params: Params, fields: set[str]) -> None:
    """Raise `ValueError` if one of the fields is given as null."""
    for field in sorted(fields & params.model_fields_set):
        if getattr(params, field) is None:
            raise ValueError(f"{field} cannot be cleared")
