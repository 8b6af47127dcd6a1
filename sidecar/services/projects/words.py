"""When each word of a project is said, and its subtitles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from sidecar.services.projects.playable import name_of, require_audio
from sidecar.services.projects.spoken import (
    Spoken,
    SpokenClip,
    SubtitleFormat,
    Window,
    heard_words,
    sounding_clips,
    speakers,
)
from sidecar.services.speech.words import WordService
from sidecar.services.targets import require_target, write_target
from sidecar.store import projects as store
from sidecar.store.database import Database
from sidecar.store.files import FileStore
from sidecar.store.values import Row
from sidecar.text.words import TimedWord

OnClip = Callable[[int, int], None]
"""Hears of how many clips, of how many, the words are known."""


def _unheard(_done: int, _total: int) -> None:
    """For callers that do not ask how far it is."""


class ProjectWordService:
    """Word times and subtitles of projects."""

    def __init__(self, database: Database, files: FileStore, words: WordService) -> None:
        self._database = database
        self._files = files
        self._words = words

    async def spoken(
        self, project_id: str, start_s: float = 0.0, end_s: float | None = None, on_clip: OnClip = _unheard
    ) -> Spoken:
        """What is said between two times of the timeline (to its end, if None), counted from the first of them.

        What is muted is left out, and so is what has no text, which the notes name. Words that were found once are
        known from then on.

        Raises:
            NotFound: there is no such project.
            Conflict: a clip has no audio yet.
            ModelUnavailable, Unsupported: no installed model understands the language of a clip.

        """
        heard = await self._database.read(lambda connection: _heard(connection, project_id, start_s, end_s))
        told = []
        for done, clip in enumerate(heard.with_text):
            on_clip(done, len(heard.with_text))
            found = await self._words.words_in(clip["audio_path"], clip["text"], clip["language"])
            words = heard_words(clip, (TimedWord(**word) for word in found), heard.window, heard.speakers[clip["id"]])
            told.append(SpokenClip(words, clip["language"], clip["source_id"]))
        on_clip(len(told), len(told))
        return Spoken(told, _notes(heard.without_text))

    async def subtitles(self, project_id: str, format: SubtitleFormat, path: str | None) -> dict[str, Any]:
        """The words as `{text, path, notes}`: written to a path if one is given, and then without the text.

        Raises what `spoken` raises; also NotFound and InvalidParams if no file can be put there, and StorageError.
        """
        if path is not None:
            require_target(path, self._files.root)
        spoken = await self.spoken(project_id)
        text = spoken.written(format)
        if path is not None:
            await write_target(self._files, path, text)
        return {"text": text if path is None else None, "path": path, "notes": spoken.notes}


@dataclass(frozen=True)
class _Heard:
    """The clips that sound within a window, and who speaks in each."""

    window: Window
    with_text: list[Row]
    without_text: list[Row]
    speakers: Mapping[str, str]


def _heard(connection: Connection, project_id: str, start_s: float, end_s: float | None) -> _Heard:
    rate = store.project(connection, project_id)["sample_rate"]
    window = Window(rate, round(start_s * rate), None if end_s is None else round(end_s * rate))
    tracks, clips = store.tracks_of(connection, project_id), store.clips_of(connection, project_id)
    sounding = [clip for clip in sounding_clips(tracks, clips) if clip["source_id"] is not None]
    for clip in sounding:
        require_audio(clip)
    inside = [clip for clip in sounding if window.shows(clip)]
    named = speakers(tracks, clips, store.lines_of(connection, project_id))
    with_text = [clip for clip in inside if _has_text(clip)]
    return _Heard(window, with_text, [clip for clip in inside if not _has_text(clip)], named)


def _has_text(clip: Row) -> bool:
    return bool((clip["text"] or "").strip())


def _notes(clips: Iterable[Row]) -> list[str]:
    names = sorted({name_of(clip) or clip["id"] for clip in clips})
    return [f"{name!r} has no text of which the words could be found, and is left out." for name in names]
