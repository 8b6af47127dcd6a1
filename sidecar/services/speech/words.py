"""When each word of a generation is said: its own text, laid along what a recogniser hears."""

from __future__ import annotations

import asyncio
from typing import Any

from sqlalchemy import Connection

from sidecar.errors import Conflict
from sidecar.services.equipment import Equipment
from sidecar.services.history.service import IMPORT_ENGINE, audio_or_refuse
from sidecar.store import rows
from sidecar.store.tables import generations
from sidecar.store.values import Row
from sidecar.store.word_cache import WordCache
from sidecar.text.chunks import without_marks
from sidecar.text.subtitles import cues_from_words, srt, vtt
from sidecar.text.words import TimedWord


class WordService:
    """Word times and subtitles of any version; what was found once is kept."""

    def __init__(self, equipment: Equipment) -> None:
        self._on = equipment
        self._known = WordCache(equipment.files)

    async def words(self, generation_id: str, version_id: str | None) -> list[dict[str, Any]]:
        """Every word of the text with `start_s`, `end_s` and `probability`.

        Raises:
            Conflict: it has no audio yet, or was imported and has no text.
            ModelUnavailable, Unsupported: no installed model understands the language.
        """
        generation, version = await self._on.database.read(
            lambda connection: _generation_and_version(connection, generation_id, version_id)
        )
        return await self.words_in(version["audio_path"], generation["text"], generation["language"])

    async def words_in(self, audio_path: str, text: str, language: str) -> list[dict[str, Any]]:
        """Every word of the text that is said in a stored file, whose relative path is given, as `words`.

        Raises:
            ModelUnavailable, Unsupported: no installed model understands the language.
        """
        whisper = self._on.whisper(language)
        key = (audio_path, text, language, whisper["whisper"])
        found: list[dict[str, Any]] | None = await asyncio.to_thread(self._known.find, *key)
        if found is None:
            path = str(self._on.files.absolute(audio_path))
            params = whisper | {"path": path, "text": without_marks(text), "language": language}
            found = (await self._on.models.call("words.align", params))["words"]
            await asyncio.to_thread(self._known.keep, found, *key)
        return found

    async def subtitles(self, generation_id: str, version_id: str | None, format: str) -> str:
        """The words as SubRip or WebVTT subtitles. Raises what `words` raises."""
        words = [TimedWord(**word) for word in await self.words(generation_id, version_id)]
        generation = await self._on.database.read(
            lambda connection: rows.get(connection, generations, generation_id, "generation")
        )
        cues = cues_from_words(words, generation["language"])
        return srt(cues) if format == "srt" else vtt(cues)


def _generation_and_version(connection: Connection, generation_id: str, version_id: str | None) -> tuple[Row, Row]:
    generation = rows.get(connection, generations, generation_id, "generation")
    if generation["engine"] == IMPORT_ENGINE:
        raise Conflict(
            "The recording was imported and has no text; transcription.create finds its words.",
            resource="generation",
            id=generation_id,
        )
    return generation, audio_or_refuse(connection, generation, version_id)
