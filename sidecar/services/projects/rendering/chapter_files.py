"""A project's chapters as files of their own: each from one marker to the next."""

from __future__ import annotations

from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from sidecar.errors import Conflict
from sidecar.store import projects as store
from sidecar.store.values import Row
from sidecar.text.file_names import numbered_name

BETWEEN_TITLES = " / "


def chapter_renders(connection: Connection, wanted: Row) -> list[Row]:
    """What is wanted of every chapter: as of the whole, but its part, its `title` and its name, "book.01 Title.mp3".

    What sounds before the first marker belongs to the first chapter; markers at one moment are one chapter's.

    Raises:
        NotFound: there is no such project.
        Conflict: it has no markers.

    """
    project = store.project(connection, wanted["project_id"])
    rate = project["sample_rate"]
    markers = store.markers_of(connection, project["id"])
    if not markers:
        raise Conflict(
            f"The project {project['name']!r} has no chapters; mark their beginnings with projects.add_marker.",
            resource="project",
            id=project["id"],
        )
    by_moment = groupby(markers, key=lambda marker: marker["at"])
    titles = {at: BETWEEN_TITLES.join(marker["title"] for marker in here) for at, here in by_moment}
    edges = [0, *list(titles)[1:], None]
    path = Path(wanted["path"])
    return [
        wanted
        | {
            "path": str(path.with_name(f"{path.stem}.{numbered_name(number, len(titles), title, path.suffix)}")),
            "title": title,
            "start_s": start / rate,
            "end_s": None if end is None else end / rate,
        }
        for number, (title, (start, end)) in enumerate(zip(titles.values(), pairwise(edges), strict=True), 1)
    ]


def told_together(wanted: Row, told: list[dict[str, Any]]) -> dict[str, Any]:
    """What is told of the files of all chapters: what is one thing of all of them, and in `files` each by itself."""
    alike = ("sample_rate", "channels")
    listed = ("stems", "subtitles", "notes")
    return {
        "path": wanted["path"],
        "duration_s": sum(file["duration_s"] for file in told),
        "size_bytes": sum(file["size_bytes"] for file in told),
        "clipped_samples": sum(file["clipped_samples"] for file in told),
        **{name: told[0][name] for name in alike},
        **{name: [one for file in told for one in file[name]] for name in listed},
        "files": told,
    }
