"""The part of `generation.*` that is about words and their times."""

from __future__ import annotations

from sidecar.schema.transcription import Word
from sidecar.schema.words import (
    GenerationSubtitles,
    GenerationSubtitlesParams,
    GenerationWords,
    GenerationWordsParams,
)
from sidecar.services.speech.words import WordService


class WordHandlers:
    """When each word is said."""

    def __init__(self, words: WordService) -> None:
        self._words = words

    async def words(self, params: GenerationWordsParams) -> GenerationWords:
        """Tell when each word of the text is said, in any version."""
        found = await self._words.words(params.generation_id, params.version_id)
        return GenerationWords(words=[Word(**word) for word in found])

    async def subtitles(self, params: GenerationSubtitlesParams) -> GenerationSubtitles:
        """Write the words as subtitles."""
        text = await self._words.subtitles(params.generation_id, params.version_id, params.format)
        return GenerationSubtitles(text=text)
