"""Edits of groups: clips that are moved together."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from sidecar.errors import NotFound
from sidecar.services.projects.editing.edit import Edit
from sidecar.services.projects.views import Made
from sidecar.store.tables import project_clips
from sidecar.store.values import new_id


def group_clips(edit: Edit, clip_ids: Sequence[str]) -> Made:
    """Make a group of clips; each leaves the one that it was in. Raises `NotFound`."""
    group_id = new_id()
    clips = edit.clips_named(set(clip_ids))
    for clip in clips:
        edit.put(project_clips, clip | {"group_id": group_id})
    return {"clips": [clip["id"] for clip in clips], "group_id": group_id}


def ungroup_clips(edit: Edit, group_id: str) -> Made:
    """Let the clips of a group go their own ways."""
    clips = edit.clips(project_clips.c.group_id == group_id)
    for clip in clips:
        edit.put(project_clips, clip | {"group_id": None})
    return {"clips": [clip["id"] for clip in clips]}


def a_clip_of(connection: Connection, group_id: str) -> str:
    """One of the clips of a group. Raises `NotFound`."""
    clip_id = connection.execute(select(project_clips.c.id).where(project_clips.c.group_id == group_id)).scalar()
    if clip_id is None:
        raise NotFound(f"There is no group {group_id!r}; clips name theirs.", resource="group", id=group_id)
    return str(clip_id)
