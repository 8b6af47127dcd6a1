"""The part of `projects.*` that is about tracks, clips and markers."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sidecar.schema.common import AbsolutePath, ChangeParams, Id, Name, Params
from sidecar.schema.effects import Effects
from sidecar.schema.projects import (
    Clip,
    Curve,
    EditResult,
    Marker,
    Moment,
    ProjectIdParams,
    Track,
    refuse_nulls,
)
from sidecar.timeline import LONGEST_S

MOST_CLIPS = 10_000

Gain = Annotated[float, Field(ge=-60, le=24, description="In dB; 0 leaves the level as it is.")]
Pan = Annotated[float, Field(ge=-1, le=1, description="-1 is left, 0 the middle, 1 right.")]
Speed = Annotated[float, Field(ge=0.5, le=2)]
Duck = Annotated[float, Field(ge=-40, le=0)]
Length = Annotated[float, Field(ge=0, le=LONGEST_S)]
Position = Annotated[int, Field(ge=0, le=1_000)]
Cut = Annotated[
    Literal["none", "zero_crossing", "word"],
    Field(description="Take the nearest zero crossing of the clip's audio, or the nearest edge of one of its words."),
]


class TrackResult(EditResult):
    """One track, and what else has changed."""

    track: Track


class ClipResult(EditResult):
    """One clip, and what else has changed."""

    clip: Clip


class ClipsResult(EditResult):
    """Several clips, and what else has changed."""

    clips: list[Clip]


class SplitResult(ClipsResult):
    """Both parts; `clip` is the left one, which has kept the id."""

    clip: Clip


class MovedResult(ClipsResult):
    """The clip, and in `clips` all that moved: it and its group."""

    clip: Clip


class GroupResult(ClipsResult):
    """The clips of a new group."""

    group_id: str


class MarkerResult(EditResult):
    """One marker, and what else has changed."""

    marker: Marker


class AddTrackParams(ProjectIdParams):
    """A new track, behind the others unless a position is given."""

    name: Name | None = None
    gain_db: Gain = 0.0
    pan: Pan = 0.0
    muted: bool = False
    solo: bool = False
    duck_db: Duck = Field(default=0.0, description="By how much it is lowered while a track without ducking sounds.")
    position: Position | None = None


class TrackIdParams(Params):
    """Which track."""

    track_id: Id


class UpdateTrackParams(ChangeParams, TrackIdParams):
    """What changes; a field that is absent stays. The position is its place among the tracks, from 0."""

    name: Name | None = None
    gain_db: Gain | None = None
    pan: Pan | None = None
    muted: bool | None = None
    solo: bool | None = None
    duck_db: Duck | None = None
    position: Position | None = None

    @model_validator(mode="after")
    def _nothing_cleared(self) -> Self:
        refuse_nulls(self, set(UpdateTrackParams.model_fields))
        return self


class AddClipParams(ProjectIdParams):
    """A new clip: of a generation (in one version, or in whichever is its default one), of a recording, which is copied
    in, or of silence. It plays all of its source but for what is trimmed from the ends.
    """

    track_id: Id
    generation_id: Id | None = None
    path: AbsolutePath | None = None
    silence_s: Length | None = None
    version_id: Id | None = None
    start_s: Moment
    trim_start_s: Length = 0.0
    trim_end_s: Length = 0.0
    gain_db: Gain = 0.0
    pan: Pan = 0.0
    muted: bool = False
    speed: Speed = 1.0
    effects: Effects = Field(default_factory=list)
    fade_in_s: Length = 0.0
    fade_in_curve: Curve = "linear"
    fade_out_s: Length = 0.0
    fade_out_curve: Curve = "linear"
    label: Name | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if sum(source is not None for source in (self.generation_id, self.path, self.silence_s)) != 1:
            raise ValueError("give exactly one of generation_id, path and silence_s")
        if self.version_id is not None and self.generation_id is None:
            raise ValueError("a version_id goes with its generation_id")
        return self


class ClipIdParams(Params):
    """Which clip."""

    clip_id: Id


class UpdateClipParams(ChangeParams, ClipIdParams):
    """What changes; a field that is absent stays. A null label clears it, a null version follows the default one."""

    silence_s: Length | None = None
    version_id: Id | None = None
    start_s: Moment | None = None
    trim_start_s: Length | None = None
    trim_end_s: Length | None = None
    gain_db: Gain | None = None
    pan: Pan | None = None
    muted: bool | None = None
    speed: Speed | None = None
    effects: Effects | None = None
    fade_in_s: Length | None = None
    fade_in_curve: Curve | None = None
    fade_out_s: Length | None = None
    fade_out_curve: Curve | None = None
    label: Name | None = None

    @model_validator(mode="after")
    def _label_and_version_go(self) -> Self:
        refuse_nulls(self, set(UpdateClipParams.model_fields) - {"label", "version_id"})
        return self


class MoveClipParams(ClipIdParams):
    """Where to; the other clips of its group move by the same time and stay on their tracks. With `snap`, it begins at
    the nearest edge of a word that is said on the other clips at `start_s`.
    """

    start_s: Moment | None = None
    track_id: Id | None = None
    snap: Literal["none", "word"] = "none"

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if self.start_s is None and self.track_id is None:
            raise ValueError("give start_s, track_id or both")
        return self


class TrimClipParams(ClipIdParams):
    """The clip's new edges on the timeline; what is between them stays where it is. An absent edge stays."""

    start_s: Moment | None = None
    end_s: Moment | None = None
    snap: Cut = "none"

    @model_validator(mode="after")
    def _an_edge(self) -> Self:
        if self.start_s is None and self.end_s is None:
            raise ValueError("give start_s, end_s or both")
        return self


class SplitClipParams(ClipIdParams):
    """Where on the timeline to cut; both parts together play what the clip played, sample for sample."""

    at_s: Moment
    snap: Cut = "none"


class DuplicateClipParams(ClipIdParams):
    """Where the copy begins: right behind the clip, unless it is said."""

    start_s: Moment | None = None


class RemoveClipParams(ClipIdParams):
    """Which clip goes, and what closes the gap: nothing, what is behind it on its track, or on all (markers too)."""

    ripple: Literal["none", "track", "all"] = "none"


class GroupClipsParams(Params):
    """Which clips of one project are to move together; each leaves the group that it was in."""

    clip_ids: list[Id] = Field(min_length=2, max_length=MOST_CLIPS)


class UngroupClipsParams(Params):
    """Which group ends."""

    group_id: Id


class CrossfadeClipsParams(ClipIdParams):
    """Two clips that overlap, and how one goes over into the other."""

    with_clip_id: Id
    curve: Curve = "equal_power"


class AddMarkerParams(ProjectIdParams):
    """A new marker."""

    at_s: Moment
    title: Name


class MarkerIdParams(Params):
    """Which marker."""

    marker_id: Id


class UpdateMarkerParams(ChangeParams, MarkerIdParams):
    """What changes; a field that is absent stays."""

    at_s: Moment | None = None
    title: Name | None = None

    @model_validator(mode="after")
    def _nothing_cleared(self) -> Self:
        refuse_nulls(self, {"at_s", "title"})
        return self
