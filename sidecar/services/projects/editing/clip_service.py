"""What can be done with the clips of projects: times on the wire are seconds, values are checked before anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection

from sidecar.errors import InvalidParams
from sidecar.services.effects.chains import require_packages, whole
from sidecar.services.projects.arrivals import Arrivals
from sidecar.services.projects.editing import clips, cuts, groups
from sidecar.services.projects.editing.edit import Edit
from sidecar.services.projects.editing.editor import Editor
from sidecar.services.projects.editing.snapping import Snap, Snapping
from sidecar.services.projects.views import Made
from sidecar.services.views import View
from sidecar.store.database import Database
from sidecar.store.tables import project_clips, projects
from sidecar.store.values import Row


class ClipService:
    """Edits of clips. Each gives what `Editor.edit` gives, and raises `NotFound` for what is not there."""

    def __init__(self, database: Database, editor: Editor, arrivals: Arrivals, snapping: Snapping) -> None:
        self._database = database
        self._editor = editor
        self._arrivals = arrivals
        self._snapping = snapping

    async def add_generation(
        self, project_id: str, track_id: str, generation_id: str, version_id: str | None, values: dict[str, Any]
    ) -> View:
        """Place a generation, in this version or in whichever is its default one. Raises `InvalidParams`."""
        values = _checked(values)

        def change(edit: Edit) -> Made:
            source_id = edit.generation_source(generation_id, version_id)
            return {"clip": clips.add_clip(edit, track_id, source_id, **_columns(edit, values))["id"]}

        return await self._editor.edit(projects, project_id, "Add a clip", change)

    async def add_file(self, project_id: str, track_id: str, path: str, values: dict[str, Any]) -> View:
        """Place a recording, which is copied in. Raises `InvalidParams`, and `InvalidAudio` if it is none."""
        values = _checked(values)
        await self._database.read(lambda connection: Edit(connection, project_id).track(track_id))
        async with self._arrivals.taken_in(path) as source:

            def change(edit: Edit) -> Made:
                source_id = edit.file_source(**source)
                return {"clip": clips.add_clip(edit, track_id, source_id, **_columns(edit, values))["id"]}

            return await self._editor.edit(projects, project_id, "Add a recording", change)

    async def add_silence(self, project_id: str, track_id: str, values: dict[str, Any]) -> View:
        """Place silence, `silence_s` seconds of it. Raises `InvalidParams`."""

        def change(edit: Edit) -> Made:
            return {"clip": clips.add_clip(edit, track_id, None, **_columns(edit, values))["id"]}

        return await self._editor.edit(projects, project_id, "Add silence", change)

    async def update(self, clip_id: str, values: dict[str, Any]) -> View:
        """Change what is given; a `version_id` of None follows the generation's default one. Raises `InvalidParams`."""
        values = _checked(values)

        def change(edit: Edit) -> Made:
            columns = _columns(edit, {name: value for name, value in values.items() if name != "version_id"})
            if "version_id" in values:
                columns["source_id"] = _in_version(edit, clip_id, values["version_id"])
            return clips.update_clip(edit, clip_id, columns)

        return await self._edit(clip_id, "Change a clip", change)

    async def move(self, clip_id: str, start_s: float | None, track_id: str | None, snap: Snap) -> View:
        """Put a clip elsewhere, and its group with it in time. Raises `InvalidParams`, `Conflict`."""
        if start_s is not None and snap == "word":
            start_s = await self._snapping.beside(clip_id, start_s)

        def change(edit: Edit) -> Made:
            return clips.move_clip(edit, clip_id, _samples(edit, start_s), track_id)

        return await self._edit(clip_id, "Move a clip", change)

    async def trim(self, clip_id: str, start_s: float | None, end_s: float | None, snap: Snap) -> View:
        """Give a clip new edges on the timeline. Raises `InvalidParams`, `Conflict`."""
        if start_s is not None:
            start_s = await self._snapping.edge(clip_id, start_s, snap)
        if end_s is not None:
            end_s = await self._snapping.edge(clip_id, end_s, snap)

        def change(edit: Edit) -> Made:
            return clips.trim_clip(edit, clip_id, _samples(edit, start_s), _samples(edit, end_s))

        return await self._edit(clip_id, "Trim a clip", change)

    async def split(self, clip_id: str, at_s: float, snap: Snap) -> View:
        """Cut a clip in two at a time of the timeline. Raises `InvalidParams`, `Conflict`."""
        place_s = await self._snapping.cut(clip_id, at_s, snap)

        def change(edit: Edit) -> Made:
            return cuts.split_clip(edit, clip_id, edit.samples(place_s))

        return await self._edit(clip_id, "Split a clip", change)

    async def duplicate(self, clip_id: str, start_s: float | None) -> View:
        """Put a clip down a second time, right behind itself unless told where. Raises `InvalidParams`."""

        def change(edit: Edit) -> Made:
            return clips.duplicate_clip(edit, clip_id, _samples(edit, start_s))

        return await self._edit(clip_id, "Duplicate a clip", change)

    async def remove(self, clip_id: str, ripple: clips.Ripple) -> View:
        """Take a clip away, closing up what is behind it if asked."""
        return await self._edit(clip_id, "Remove a clip", lambda edit: clips.remove_clip(edit, clip_id, ripple))

    async def crossfade(self, clip_id: str, with_clip_id: str, curve: str) -> View:
        """Fade two clips into each other where they overlap. Raises `Conflict`."""

        def change(edit: Edit) -> Made:
            return cuts.crossfade_clips(edit, clip_id, with_clip_id, curve)

        return await self._edit(clip_id, "Crossfade two clips", change)

    async def group(self, clip_ids: Sequence[str]) -> View:
        """Have clips of one project move together."""
        return await self._edit(clip_ids[0], "Group clips", lambda edit: groups.group_clips(edit, clip_ids))

    async def ungroup(self, group_id: str) -> View:
        """Let the clips of a group go their own ways."""

        def find(connection: Connection) -> str:
            return groups.a_clip_of(connection, group_id)

        clip_id = await self._database.read(find)
        return await self._edit(clip_id, "Ungroup clips", lambda edit: groups.ungroup_clips(edit, group_id))

    async def _edit(self, clip_id: str, label: str, change: Callable[[Edit], Made]) -> View:
        return await self._editor.edit(project_clips, clip_id, label, change)


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    """The values with the effects made whole. Raises `InvalidParams`, `Unsupported`."""
    if "effects" not in values:
        return values
    chain = whole(values["effects"])
    require_packages(chain)
    return values | {"effects": chain}


def _columns(edit: Edit, values: dict[str, Any]) -> Row:
    """The wire's values as columns: seconds become samples."""
    columns: Row = {}
    for name, value in values.items():
        if name in clips.SECONDS:
            columns[clips.SECONDS[name]] = edit.samples(value)
        else:
            columns[name] = value
    if columns.get("length") == 0:
        raise InvalidParams.about("silence_s", f"Silence lasts one sample at least, {1 / edit.rate:.3g} s.")
    return columns


def _samples(edit: Edit, seconds: float | None) -> int | None:
    return None if seconds is None else edit.samples(seconds)


def _in_version(edit: Edit, clip_id: str, version_id: str | None) -> str:
    generation_id = edit.clip(clip_id)["generation_id"]
    if generation_id is None:
        raise InvalidParams.about("version_id", "The clip plays no generation, and nothing else has versions.")
    return edit.generation_source(generation_id, version_id)
