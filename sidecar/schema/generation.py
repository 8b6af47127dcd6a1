"""`generation.*` and `history.*`: what was spoken."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from sidecar.schema.common import (
    WAIT,
    AbsolutePath,
    ChangeParams,
    ErrorBody,
    Id,
    JobStatus,
    Language,
    LanguageOrAuto,
    Name,
    OnUse,
    Page,
    Params,
    Result,
    Timestamp,
)
from sidecar.schema.effects import Effects

Text = Annotated[
    str,
    StringConstraints(min_length=1, max_length=1_000_000, pattern=r"^[^\x00]*$"),
    Field(description="1 to 1,000,000 characters, none of them null; [pause 1.5s] in it is that much silence."),
]
PROFILE = "A profile's id, or its name in any case."
STREAM = Field(default=False, description="Send generation.audio notifications as the take is made.")
Verify = Annotated[
    Literal["off", "length", "full"],
    Field(
        description="How strictly each chunk is checked: by its length, pauses and end, or by what Whisper hears of it "
        "too. One that does not pass is spoken again, up to three times; if none will do, the generation fails."
    ),
]
Fidelity = Literal["cloned", "matched", "preset", "designed"]


class Sampling(Params):
    """How the next token is drawn, for engines that draw; null means the model's own default.

    Temperature 0 takes the likeliest token always. The sub-talker is the smaller model that fills in a frame's further
    codebooks, in engines that have one.
    """

    temperature: float | None = Field(default=None, ge=0, le=2)
    top_k: int | None = Field(default=None, ge=0, le=2_048)
    top_p: float | None = Field(default=None, ge=0.01, le=1)
    repetition_penalty: float | None = Field(default=None, ge=1, le=2)
    subtalker_temperature: float | None = Field(default=None, ge=0, le=2)
    subtalker_top_k: int | None = Field(default=None, ge=0, le=2_048)
    subtalker_top_p: float | None = Field(default=None, ge=0.01, le=1)


class Chunking(Params):
    """How a long text is cut: at most `max_chars` a chunk, `pause_s` seconds of silence between two, twice that between
    paragraphs.
    """

    max_chars: int | None = Field(default=None, ge=100, le=5_000)
    pause_s: float = Field(default=0.3, ge=0, le=10)
    crossfade_s: float = Field(
        default=0,
        ge=0,
        le=0.2,
        description="How far the silence round two chunks overlaps where they meet, in seconds: each keeps 0.05 s of "
        "its own before and after its speech, or this much if it is more and there is so much. By what they overlap "
        "the pause between them is shorter. Speech never overlaps.",
    )


class SpeechSettings(Params):
    """How to say something; null leaves a choice to the product."""

    title: Name | None = None
    language: LanguageOrAuto = "auto"
    engine: Id | None = None
    model: Id | None = None
    seed: int | None = Field(default=None, ge=0, le=2**53 - 1)
    instruct: str | None = Field(default=None, min_length=1, max_length=2_000)
    sampling: Sampling = Sampling()
    speed: float = Field(default=1.0, gt=0, le=10)
    chunking: Chunking = Chunking()
    loudness_lufs: float | None = Field(
        default=None, ge=-40, le=-12, description="The setting default_loudness_lufs, if null."
    )
    effects: Effects | None = Field(default=None, description="The profile's default effects, if null.")
    verify: Verify | None = Field(default=None, description="The setting default_verify, if null.")
    normalise: bool = Field(
        default=False,
        description="Speak numbers, dates, money, measures and addresses in words of the language; the text itself "
        "stays as it is written.",
    )


class SpeechParams(SpeechSettings):
    """What to say, in whose voice, and how."""

    profile_id: Id = Field(description=PROFILE)
    text: Text


class GenerationCreateParams(SpeechParams):
    """What to say, in whose voice, and how."""

    stream: bool = STREAM
    wait: bool = WAIT


class Timings(Result):
    """Where the time went, in seconds; `real_time_factor` is compute seconds an audio second."""

    queue_s: float | None = None
    load_s: float | None = None
    compute_s: float | None = None
    real_time_factor: float | None = None
    first_audio_s: float | None = None


class QualityReason(Result):
    """One thing that is wrong with a chunk: the check, what was measured, what is allowed, and both in words."""

    check: str
    measured: float
    limit: float
    message: str


class ChunkQuality(Result):
    """What was found of one chunk in the best of its tries, and the seed of that.

    `rate` is in syllables a second without the pauses, `wer` the word error rate against the text, `similarity` the
    likeness to the speaker of the samples from -1 to 1; each is null where it was not measured.
    """

    position: int
    passed: bool
    tries: int
    seed: int
    rate: float | None
    wer: float | None
    similarity: float | None
    reasons: list[QualityReason]


class Quality(Result):
    """What was found of a take: mean rate and word error rate, least similarity, how many chunks were spoken again."""

    verify: Verify
    passed: bool
    retakes: int
    rate: float | None
    wer: float | None
    similarity: float | None
    chunks: list[ChunkQuality]


class Generation(Result):
    """A text that was, is being, or will be spoken; its audio is that of its default version.

    What was imported was not spoken here: its engine is "import", and language, model, seed and fidelity are null.
    """

    id: str
    profile_id: str | None
    profile_name: str
    title: str | None
    text: str
    language: str | None
    engine: str
    model: str | None
    seed: int | None
    settings: dict[str, Any]
    status: JobStatus
    error: ErrorBody | None
    audio_path: str | None
    duration_s: float | None
    sample_rate: int | None
    version_count: int
    favorite: bool
    fidelity: Fidelity | None
    quality: Quality | None
    timings: Timings | None
    prompt_cached: bool | None
    stop_reason: str | None
    created_at: str
    finished_at: str | None


class GenerationStarted(Result):
    """A generation and the job that makes it."""

    generation: Generation
    job_id: str


class GenerationIdParams(Params):
    """Which generation."""

    generation_id: Id


class GenerationRetryParams(GenerationIdParams):
    """Which failed or cancelled generation to go on with, and how strictly it is checked from now on.

    With verify "off" the chunks that did not pass are taken as they are.
    """

    verify: Verify | None = None
    wait: bool = WAIT


class GenerationRegenerateParams(ChangeParams, GenerationIdParams):
    """Which generation to speak once more, and what to do otherwise this time.

    A new seed is drawn if none is given; everything else stays as it was unless it is named.
    """

    seed: int | None = Field(default=None, ge=0, le=2**53 - 1)
    instruct: str | None = Field(default=None, min_length=1, max_length=2_000)
    sampling: Sampling = Sampling()
    speed: float = Field(default=1.0, gt=0, le=10)
    loudness_lufs: float | None = Field(default=None, ge=-40, le=-12)
    effects: Effects | None = None
    verify: Verify = "length"
    stream: bool = STREAM
    wait: bool = WAIT


class GenerationResult(Result):
    """One generation."""

    generation: Generation


class GenerationList(Result):
    """One page of history."""

    items: list[Generation]
    total: int
    next_offset: int | None


class HistoryListParams(Page):
    """Which part of history. `search` finds the words anywhere in title, voice and text."""

    search: str | None = Field(default=None, max_length=500)
    profile_id: Id | None = Field(default=None, description=PROFILE)
    status: JobStatus | None = None
    favorite: bool | None = None
    language: Language | None = None
    engine: Id | None = None
    since: Timestamp | None = None
    until: Timestamp | None = None
    sort: Literal["created_at", "-created_at", "title", "-title"] = "-created_at"


class HistoryUpdateParams(ChangeParams, GenerationIdParams):
    """What changes; a field that is absent stays, null clears."""

    favorite: bool | None = None
    title: Name | None = None


class HistoryDeleteParams(Params):
    """Which generations go; their jobs are cancelled first."""

    generation_ids: list[Id] = Field(min_length=1, max_length=1_000)
    on_use: OnUse = "refuse"


class HistoryDeleted(Result):
    """How many generations went."""

    deleted: int


class HistoryStats(Result):
    """Counts and sums over the whole history."""

    total: int
    by_status: dict[str, int]
    by_engine: dict[str, int]
    favorites: int
    audio_s: float


ExportFormat = Literal["wav", "flac", "mp3", "ogg"]


class HistoryExportParams(Params):
    """Where the audio is to be written, and as what: one generation's to a file, or several to a zip.

    Exactly one of `generation_id` and `generation_ids` is given; `version_id` goes with the former. A zip holds one
    file of `format` for each, numbered in their order, and contents.csv, a table of them.
    """

    generation_id: Id | None = None
    generation_ids: list[Id] | None = Field(default=None, min_length=1, max_length=1_000)
    version_id: Id | None = None
    format: ExportFormat = "wav"
    path: AbsolutePath
    wait: bool = WAIT

    @model_validator(mode="after")
    def _one_or_several(self) -> Self:
        if (self.generation_id is None) == (self.generation_ids is None):
            raise ValueError("give exactly one of generation_id and generation_ids")
        if self.generation_ids is not None and self.version_id is not None:
            raise ValueError("version_id goes with generation_id; of several the default versions are taken")
        if self.generation_ids is not None and not self.path.lower().endswith(".zip"):
            raise ValueError("several generations become one zip; let path end with .zip")
        return self


class Exported(Result):
    """The job that writes the file, and, with `wait`, what it wrote; `file_count` counts the audio files in it."""

    job_id: str
    path: str
    size_bytes: int | None = None
    duration_s: float | None = None
    file_count: int | None = None


class HistoryImportParams(Params):
    """A recording to keep in history beside what was spoken."""

    path: AbsolutePath
    title: Name | None = None
    wait: bool = WAIT
