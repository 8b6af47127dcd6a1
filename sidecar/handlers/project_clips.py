"""The part of `projects.*` that is about clips."""

from __future__ import annotations

from sidecar.schema.project_clips import (
    AddClipParams,
    ClipResult,
    ClipsResult,
    CrossfadeClipsParams,
    DuplicateClipParams,
    GroupClipsParams,
    GroupResult,
    MoveClipParams,
    MovedResult,
    RemoveClipParams,
    SplitClipParams,
    SplitResult,
    TrimClipParams,
    UngroupClipsParams,
    UpdateClipParams,
)
from sidecar.schema.projects import EditResult
from sidecar.services.projects.editing.clip_service import ClipService

_PLACE = {"project_id", "track_id", "generation_id", "version_id", "path"}


class ProjectClipHandlers:
    """What is on the tracks. Every edit answers with what it has changed, and can be undone."""

    def __init__(self, clips: ClipService) -> None:
        self._clips = clips

    async def add_clip(self, params: AddClipParams) -> ClipResult:
        """Put a generation, a recording or silence on a track."""
        place = params.project_id, params.track_id
        values = params.model_dump(exclude=_PLACE, exclude_unset=True, exclude_none=True)
        if params.generation_id is not None:
            added = await self._clips.add_generation(*place, params.generation_id, params.version_id, values)
        elif params.path is not None:
            added = await self._clips.add_file(*place, params.path, values)
        else:
            added = await self._clips.add_silence(*place, values)
        return ClipResult(**added)

    async def update_clip(self, params: UpdateClipParams) -> ClipResult:
        """Change a clip."""
        values = params.model_dump(exclude={"clip_id"}, exclude_unset=True)
        return ClipResult(**await self._clips.update(params.clip_id, values))

    async def move_clip(self, params: MoveClipParams) -> MovedResult:
        """Move a clip in time, with its group, or to another track."""
        return MovedResult(**await self._clips.move(**params.model_dump()))

    async def trim_clip(self, params: TrimClipParams) -> ClipResult:
        """Move a clip's edges."""
        return ClipResult(**await self._clips.trim(**params.model_dump()))

    async def split_clip(self, params: SplitClipParams) -> SplitResult:
        """Cut a clip in two."""
        return SplitResult(**await self._clips.split(**params.model_dump()))

    async def duplicate_clip(self, params: DuplicateClipParams) -> ClipResult:
        """Put a clip down a second time."""
        return ClipResult(**await self._clips.duplicate(**params.model_dump()))

    async def remove_clip(self, params: RemoveClipParams) -> EditResult:
        """Take a clip away."""
        return EditResult(**await self._clips.remove(**params.model_dump()))

    async def crossfade_clips(self, params: CrossfadeClipsParams) -> ClipsResult:
        """Fade two clips into each other where they overlap."""
        return ClipsResult(**await self._clips.crossfade(**params.model_dump()))

    async def group_clips(self, params: GroupClipsParams) -> GroupResult:
        """Have clips move together."""
        return GroupResult(**await self._clips.group(params.clip_ids))

    async def ungroup_clips(self, params: UngroupClipsParams) -> ClipsResult:
        """Let the clips of a group go their own ways."""
        return ClipsResult(**await self._clips.ungroup(params.group_id))
