"""What the clips of projects play: found or made, kept while it may be needed, cut loose from what is deleted."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, delete, select, update

from sidecar.errors import Conflict
from sidecar.store import generations as generation_store
from sidecar.store import rows
from sidecar.store.files import FileStore
from sidecar.store.projects import GENERATED_CHANNELS
from sidecar.store.tables import generations, project_clips, project_sources, projects
from sidecar.store.values import Row, new_id, plain
from sidecar.text.shortening import shortened

OnUse = Literal["refuse", "detach"]
"""What becomes of a deletion that a project's clips stand in the way of."""

CLIPS_TOLD = 5
NAME_LENGTH = 60


def generation_source(connection: Connection, project: Row, generation: Row, version_id: str | None, edit: int) -> str:
    """The project's source for a generation in a version, or in whichever is its default one (None); gives its id."""
    same = (
        project_sources.c.project_id == project["id"],
        project_sources.c.generation_id == generation["id"],
        project_sources.c.version_id == version_id if version_id else project_sources.c.version_id.is_(None),
    )
    known = connection.execute(select(project_sources.c.id).where(*same)).scalar()
    if known is not None:
        return str(known)
    name = generation["title"] or _beginning(generation["text"])
    own = {"generation_id": generation["id"], "version_id": version_id, "name": name}
    return add_source(connection, project["id"], edit, **own)


def add_source(connection: Connection, project_id: str, edit: int, **values: Any) -> str:
    """Insert a source, whose file lies in its place already, and give its id."""
    source_id = new_id()
    rows.add(connection, project_sources, id=source_id, project_id=project_id, edit=edit, **values)
    return source_id


def sources_of(connection: Connection, project_id: str) -> list[Row]:
    """A project's sources."""
    query = select(project_sources).where(project_sources.c.project_id == project_id)
    return [plain(row) for row in connection.execute(query.order_by(project_sources.c.id)).mappings()]


def remove_sources(connection: Connection, project: Row, kept: Collection[str]) -> list[str]:
    """Delete the sources that undone edits brought, but for some; gives the files that no source names any more."""
    gone = (
        (project_sources.c.project_id == project["id"])
        & (project_sources.c.edit > project["edit"])
        & project_sources.c.id.not_in(kept)
    )
    files = connection.execute(select(project_sources.c.audio_path).where(gone)).scalars().all()
    connection.execute(delete(project_sources).where(gone))
    return unnamed(connection, files)


def brought_by(connection: Connection, source_ids: Collection[str], edit: int) -> None:
    """Note that an edit needs these sources, if only later ones, which are undone, did so far."""
    later = project_sources.c.id.in_(source_ids) & (project_sources.c.edit > edit)
    connection.execute(update(project_sources).where(later).values(edit=edit))


def unnamed(connection: Connection, files: Iterable[str | None]) -> list[str]:
    """Those of the files that no source of any project names."""
    candidates = {path for path in files if path is not None}
    named = select(project_sources.c.audio_path).where(project_sources.c.audio_path.in_(candidates))
    return sorted(candidates - set(connection.execute(named).scalars()))


@contextmanager
def released(
    connection: Connection,
    files: FileStore,
    on_use: OnUse,
    generation_ids: Collection[str],
    version_id: str | None = None,
) -> Iterator[None]:
    """Within this, generations or one version of one can be deleted though projects play them: those get the audio.

    A source that no clip plays now may still be needed when an edit is undone or redone; it is never in the way.

    Raises:
        Conflict: a clip plays one of them and `on_use` is "refuse".

    """
    if on_use == "refuse":
        refuse_used(connection, generation_ids, version_id)
    needing = connection.execute(select(project_sources).where(_plays(generation_ids, version_id))).mappings().all()
    made: dict[str, str] = {}
    try:
        for row in needing:
            rows.change(connection, project_sources, row["id"], **_detached(connection, files, plain(row), made))
        yield
    except BaseException:
        files.delete(made.values())
        raise


def refuse_used(connection: Connection, generation_ids: Collection[str], version_id: str | None = None) -> None:
    """Raise `Conflict`, naming them, if clips play one of these generations (in this version, if one is given)."""
    query = (
        select(projects.c.id.label("project_id"), projects.c.name, project_clips.c.id, project_sources.c.generation_id)
        .select_from(project_clips.join(project_sources).join(projects, projects.c.id == project_clips.c.project_id))
        .where(_plays(generation_ids, version_id))
        .order_by(projects.c.seq, project_clips.c.start, project_clips.c.id)
    )
    clips = connection.execute(query).mappings().all()
    if not clips:
        return
    first = clips[0]
    others = f" and {len(clips) - 1} others" if len(clips) > 1 else ""
    raise Conflict(
        f"The clip {first['id']!r} of the project {first['name']!r}{others} would lose what they play; remove them "
        'first, or set on_use to "detach", which leaves the audio to the projects.',
        resource="generation",
        id=first["generation_id"],
        clips=[{"project_id": clip["project_id"], "clip_id": clip["id"]} for clip in clips[:CLIPS_TOLD]],
        clip_count=len(clips),
    )


def _plays(generation_ids: Collection[str], version_id: str | None) -> ColumnElement[bool]:
    generation = project_sources.c.generation_id.in_(generation_ids)
    return generation if version_id is None else generation & (project_sources.c.version_id == version_id)


def _detached(connection: Connection, files: FileStore, source: Row, made: dict[str, str]) -> Row:
    """The source as one with a file of its own; without a file if there is no audio to be had."""
    generation = rows.get(connection, generations, source["generation_id"], "generation")
    values: Row = {"generation_id": None, "version_id": None}
    values |= {"text": generation["text"], "language": generation["language"]}
    version = generation_store.audio_of(connection, generation["id"], source["version_id"])
    if version is None or not files.absolute(version["audio_path"]).is_file():
        return values
    audio_path = version["audio_path"]
    if audio_path not in made:
        made[audio_path] = files.link_in(audio_path, "projects", f"{new_id()}{files.absolute(audio_path).suffix}")
    return values | {
        "audio_path": made[audio_path],
        "frames": round(version["duration_s"] * version["sample_rate"]),
        "sample_rate": version["sample_rate"],
        "channels": GENERATED_CHANNELS,
    }


def _beginning(text: str) -> str:
    return shortened(" ".join(text.split()), NAME_LENGTH)
