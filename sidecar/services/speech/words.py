"""When each word of a generation is said: its own text, laid along what a recogniser hears."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from sidecar.errors import Conflict
from sidecar.services.equipment import Equipment
from sidecar.services.history.service import IMPORT_ENGINE, audio_or_refuse
from sidecar.store import rows
from sidecar.store.tables import generations
from sidecar.store.values import Row
from sidecar.text.chunks import without_marks
from sidecar.text.subtitles import cues_from_words, srt, vtt
from sidecar.text.words import TimedWord


class WordService:
    """Word times and subtitles of any version."""

    def __init__(self, equipment: Equipment) -> None:
        self._on = equipment

    async def words(self, generation_id: str, version_id: str | None) -> list[dict[str, Any]]:
        """Every word of the text with `start_s`, `end_s` and `probability`.

        Raises:
            Conflict: it has no audio yet, or was imported and has no text.
            ModelUnavailable, Unsupported: no installed model understands the language.
        """
        generation, version = await self._on.database.read(
            lambda connection: _generation_and_version(connection, generation_id, version_id)
        )
        params = self._on.whisper(generation["language"]) | {
            "path": str(self._on.files.absolute(version["audio_path"])),
            "text": without_marks(generation["text"]),
            "language": generation["language"],
        }
        found: list[dict[str, Any]] = (await self._on.models.call("words.align", params))["words"]
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
