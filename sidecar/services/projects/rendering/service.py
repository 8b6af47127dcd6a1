"""Asking for a render: everything that can be refused is refused before there is a job."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection

from sidecar.errors import InvalidParams, NotFound
from sidecar.jobs.runner import JobRunner
from sidecar.services.projects.rendering.chapter_files import chapter_renders
from sidecar.services.projects.rendering.job import PROJECT_RENDER
from sidecar.services.projects.rendering.plan import read_arrangement
from sidecar.services.projects.rendering.presets import AS_IT_IS, PEAK_DB, PRESETS, Preset
from sidecar.services.projects.spoken import SubtitleFormat
from sidecar.services.targets import require_target
from sidecar.store import projects as store
from sidecar.store.files import FileStore
from sidecar.store.values import Row

RenderFormat = Literal["wav", "flac", "mp3", "ogg", "opus", "m4a", "m4b"]
LOSSLESS = ("wav", "flac")
WITHOUT_CHAPTERS = ("wav",)
WITH_COVER = ("flac", "mp3", "m4a", "m4b")


@dataclass(frozen=True)
class RenderWish:
    """How a project is to be rendered; None is the preset's, or the project's own."""

    format: RenderFormat
    path: str
    preset: Preset | None
    loudness_lufs: float | None
    true_peak_db: float | None
    sample_rate: int | None
    channels: int | None
    bit_depth: int | None
    dither: bool | None
    stems: bool
    subtitles: list[SubtitleFormat]
    start_s: float
    end_s: float | None
    chapters: bool | None
    per_chapter: bool
    cover_path: str | None


class RenderService:
    """Starts renders."""

    def __init__(self, files: FileStore, jobs: JobRunner) -> None:
        self._files = files
        self._jobs = jobs

    async def render(self, project_id: str, wish: RenderWish) -> str:
        """Start writing a project to a file; gives the job.

        Raises:
            NotFound: there is no such project, no folder for the file, or no cover.
            InvalidParams: the format has no room for what is asked for, or the path or the range makes no sense.
            Conflict: a clip that would be heard has no audio, or the project is empty.

        """
        self.require(wish)

        def change(connection: Connection) -> str:
            read_arrangement(connection, project_id, wish.start_s, wish.end_s)
            payload = render_payload(wish, store.project(connection, project_id))
            if wish.per_chapter:
                chapter_renders(connection, payload)
            return self._jobs.enqueue(connection, PROJECT_RENDER, project_id, payload)

        return await self._jobs.submit(change)

    def require(self, wish: RenderWish) -> None:
        """Raise what `render` raises, but for what only the project can tell."""
        for path in (wish.path, *(str(Path(wish.path).with_suffix(f".{each}")) for each in wish.subtitles)):
            require_target(path, self._files.root)
        _refuse(wish)


def render_payload(wish: RenderWish, project: Row) -> dict[str, Any]:
    """What the job that renders a project is told."""
    return {"project_id": project["id"], "title": project["name"]} | _decided(wish, project)


def _refuse(wish: RenderWish) -> None:
    """Raise `InvalidParams` or `NotFound` for what the format cannot hold."""
    lossless = " and ".join(LOSSLESS)
    if wish.format not in LOSSLESS and wish.bit_depth is not None:
        raise InvalidParams.about("bit_depth", f"A file of {wish.format} has no bit depth; {lossless} have one.")
    if wish.dither and (wish.format not in LOSSLESS or wish.bit_depth == 24):
        raise InvalidParams.about("dither", f"Only what is rounded to 16 bits is dithered, in {lossless}.")
    if wish.chapters and wish.format in WITHOUT_CHAPTERS:
        raise InvalidParams.about("chapters", f"A file of {wish.format} holds no chapters; choose another format.")
    if wish.per_chapter and (wish.chapters or wish.start_s or wish.end_s is not None):
        raise InvalidParams.about("per_chapter", "A file a chapter holds no chapters, and is of the whole project.")
    if Path(wish.path).suffix[1:].lower() in wish.subtitles:
        raise InvalidParams.about("path", f"Subtitles go to {wish.path!r}; give the sound a name of its own.")
    if wish.cover_path is None:
        return
    if wish.format not in WITH_COVER:
        raise InvalidParams.about("cover_path", f"A cover goes into {', '.join(WITH_COVER)}, not into {wish.format}.")
    if not Path(wish.cover_path).is_file():
        raise NotFound(f"There is no file {wish.cover_path!r}.", resource="file", id=wish.cover_path)


def _decided(wish: RenderWish, project: Row) -> dict[str, Any]:
    """The wish with everything that it left open."""
    mastering = PRESETS[wish.preset] if wish.preset else AS_IT_IS
    loudness, bit_depth = wish.loudness_lufs, wish.bit_depth or 16
    levelled = loudness is not None or mastering.loudness_lufs is not None or mastering.rms_db is not None
    peak_db = wish.true_peak_db if wish.true_peak_db is not None else mastering.true_peak_db
    rounds = wish.format in LOSSLESS and bit_depth == 16
    return asdict(replace(wish, bit_depth=bit_depth)) | {
        "sample_rate": wish.sample_rate or _rate(project["sample_rate"], mastering.sample_rates),
        "channels": wish.channels or project["channels"],
        "bit_rate": mastering.bit_rate,
        "dither": (mastering.dither if wish.dither is None else wish.dither) and rounds,
        "loudness_lufs": mastering.loudness_lufs if loudness is None else loudness,
        "rms_db": mastering.rms_db if loudness is None else None,
        "true_peak_db": PEAK_DB if levelled and peak_db is None else peak_db,
        "chapters": wish.format == "m4b" and not wish.per_chapter if wish.chapters is None else wish.chapters,
    }


def _rate(own: int, allowed: tuple[int, ...]) -> int:
    return own if not allowed or own in allowed else allowed[0]
