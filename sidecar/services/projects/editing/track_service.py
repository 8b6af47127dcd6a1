"""What can be done with the tracks and markers of projects."""

from __future__ import annotations

from typing import Any

from sidecar.services.projects.editing import markers, tracks
from sidecar.services.projects.editing.edit import Edit
from sidecar.services.projects.editing.editor import Editor
from sidecar.services.projects.views import Made
from sidecar.services.views import View
from sidecar.store.tables import project_markers, project_tracks, projects
from sidecar.store.values import Row


class TrackService:
    """Edits of tracks and markers. Each gives what `Editor.edit` gives, and raises `NotFound` for what is not there."""

    def __init__(self, editor: Editor) -> None:
        self._editor = editor

    async def add(self, project_id: str, position: int | None, values: dict[str, Any]) -> View:
        """Add a track, behind the others unless a position is given."""

        def change(edit: Edit) -> Made:
            return {"track": tracks.add_track(edit, position, **values)["id"]}

        return await self._editor.edit(projects, project_id, "Add a track", change)

    async def update(self, track_id: str, position: int | None, values: dict[str, Any]) -> View:
        """Change what is given."""

        def change(edit: Edit) -> Made:
            return tracks.update_track(edit, track_id, position, values)

        return await self._editor.edit(project_tracks, track_id, "Change a track", change)

    async def remove(self, track_id: str) -> View:
        """Remove a track with its clips."""

        def change(edit: Edit) -> Made:
            return tracks.remove_track(edit, track_id)

        return await self._editor.edit(project_tracks, track_id, "Remove a track", change)

    async def add_marker(self, project_id: str, at_s: float, title: str) -> View:
        """Name a moment."""

        def change(edit: Edit) -> Made:
            return {"marker": markers.add_marker(edit, edit.samples(at_s), title)["id"]}

        return await self._editor.edit(projects, project_id, "Add a marker", change)

    async def update_marker(self, marker_id: str, at_s: float | None, title: str | None) -> View:
        """Change what is not None."""

        def change(edit: Edit) -> Made:
            values: Row = {} if title is None else {"title": title}
            if at_s is not None:
                values["at"] = edit.samples(at_s)
            return markers.update_marker(edit, marker_id, values)

        return await self._editor.edit(project_markers, marker_id, "Change a marker", change)

    async def remove_marker(self, marker_id: str) -> View:
        """Remove a marker."""

        def change(edit: Edit) -> Made:
            return markers.remove_marker(edit, marker_id)

        return await self._editor.edit(project_markers, marker_id, "Remove a marker", change)
