"""When each word of a generation is said."""

from __future__ import annotations

from typing import Literal

from sidecar.schema.common import Id, Result
from sidecar.schema.generation import GenerationIdParams
from sidecar.schema.transcription import Word


class GenerationWordsParams(GenerationIdParams):
    """Which generation, and which of its versions; the default one if none is named."""

    version_id: Id | None = None


class GenerationWords(Result):
    """The words of the text itself, in order; one that was not heard has probability 0."""

    words: list[Word]


class GenerationSubtitlesParams(GenerationWordsParams):
    """As what to write the subtitles."""

    format: Literal["srt", "vtt"]


class GenerationSubtitles(Result):
    """A subtitle file's text."""

    text: str
