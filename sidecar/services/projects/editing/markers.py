"""Edits of markers: names for moments, of which a book's chapters are made."""

from __future__ import annotations

from sidecar.services.projects.editing.edit import Edit
from sidecar.services.projects.views import Made
from sidecar.store.tables import project_markers
from sidecar.store.values import Row, new_id


def add_marker(edit: Edit, at: int, title: str) -> Row:
    """Mark a moment, in samples; gives the marker's row."""
    marker = {"id": new_id(), "project_id": edit.project["id"], "at": at, "title": title}
    edit.put(project_markers, marker)
    return marker


def update_marker(edit: Edit, marker_id: str, values: Row) -> Made:
    """Change columns of a marker. Raises `NotFound`."""
    edit.put(project_markers, edit.marker(marker_id) | values)
    return {"marker": marker_id}


def remove_marker(edit: Edit, marker_id: str) -> Made:
    """Remove a marker. Raises `NotFound`."""
    edit.remove(project_markers, edit.marker(marker_id)["id"])
    return {}
