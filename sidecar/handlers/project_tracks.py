"""The part of `projects.*` that is about tracks and markers."""

from __future__ import annotations

from sidecar.schema.project_clips import (
    AddMarkerParams,
    AddTrackParams,
    MarkerIdParams,
    MarkerResult,
    TrackIdParams,
    TrackResult,
    UpdateMarkerParams,
    UpdateTrackParams,
)
from sidecar.schema.projects import EditResult
from sidecar.services.projects.editing.track_service import TrackService


class ProjectTrackHandlers:
    """What clips lie on, and moments with a name. Every edit answers with what it has changed, and can be undone."""

    def __init__(self, tracks: TrackService) -> None:
        self._tracks = tracks

    async def add_track(self, params: AddTrackParams) -> TrackResult:
        """Add a track."""
        values = params.model_dump(exclude={"project_id", "position"}, exclude_none=True)
        return TrackResult(**await self._tracks.add(params.project_id, params.position, values))

    async def update_track(self, params: UpdateTrackParams) -> TrackResult:
        """Change a track or its place."""
        values = params.model_dump(exclude={"track_id", "position"}, exclude_unset=True)
        return TrackResult(**await self._tracks.update(params.track_id, params.position, values))

    async def remove_track(self, params: TrackIdParams) -> EditResult:
        """Remove a track with its clips."""
        return EditResult(**await self._tracks.remove(params.track_id))

    async def add_marker(self, params: AddMarkerParams) -> MarkerResult:
        """Name a moment."""
        return MarkerResult(**await self._tracks.add_marker(params.project_id, params.at_s, params.title))

    async def update_marker(self, params: UpdateMarkerParams) -> MarkerResult:
        """Change a marker."""
        return MarkerResult(**await self._tracks.update_marker(**params.model_dump()))

    async def remove_marker(self, params: MarkerIdParams) -> EditResult:
        """Remove a marker."""
        return EditResult(**await self._tracks.remove_marker(params.marker_id))
