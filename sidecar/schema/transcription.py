"""`transcription.*`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from sidecar.schema.common import (
    WAIT,
    AbsolutePath,
    AudioIn,
    ErrorBody,
    Id,
    JobStatus,
    LanguageOrAuto,
    Page,
    Params,
    Result,
)


class Segment(Result):
    """A stretch of speech."""

    start_s: float
    end_s: float
    text: str


class Word(Result):
    """A word and when it is said."""

    word: str
    start_s: float
    end_s: float
    probability: float


class Transcription(Result):
    """A recording and what is said in it."""

    id: str
    text: str | None
    language: str | None
    model: str
    duration_s: float | None
    audio_path: str
    segments: list[Segment]
    words: list[Word]
    status: JobStatus
    error: ErrorBody | None
    created_at: str


class TranscriptionCreateParams(AudioIn):
    """What to listen to, and how."""

    language: LanguageOrAuto = "auto"
    model: Id | None = None
    words: bool = True
    vad: bool = True
    wait: bool = WAIT


class TranscriptionStarted(Result):
    """A transcription and the job that makes it."""

    transcription: Transcription
    job_id: str


class TranscriptionIdParams(Params):
    """Which transcription."""

    transcription_id: Id


class TranscriptionResult(Result):
    """One transcription."""

    transcription: Transcription


class TranscriptionList(Result):
    """One page of transcriptions, newest first."""

    items: list[Transcription]
    total: int
    next_offset: int | None


class TranscriptionListParams(Page):
    """Which transcriptions."""

    status: JobStatus | None = None
    search: str | None = Field(default=None, max_length=200)


class TranscriptionExportParams(TranscriptionIdParams):
    """As what to write a transcription out, and where; without a path its text is answered."""

    format: Literal["txt", "srt", "vtt", "json"]
    path: AbsolutePath | None = None


class TranscriptionExported(Result):
    """The text, or the path that it was written to."""

    text: str | None
    path: str | None
