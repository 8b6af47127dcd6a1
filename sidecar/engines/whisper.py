"""Speech to text: Whisper on CTranslate2 (faster-whisper), from a folder on disk and never from the network.

A recording of any length is heard in windows of at most five minutes that are cut in pauses, so that memory does
not grow with it and no word is lost at a seam.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ctranslate2 import get_cuda_device_count
from faster_whisper import WhisperModel
from faster_whisper.transcribe import Segment as ModelSegment

from sidecar.audio.cuts import Window, windows
from sidecar.audio.decode import blocks, probe
from sidecar.audio.samples import amplitude, peak
from sidecar.audio.voice_activity import speech_spans
from sidecar.engines.base import Control, Place
from sidecar.engines.cores import worker_threads
from sidecar.errors import ModelUnavailable, Unsupported
from sidecar.text.words import TimedWord

SAMPLE_RATE = 16_000
WINDOW_S = 300.0
SEARCH_S = 60.0
"""A window is cut in the longest pause of its last minute."""
SILENT_DB = -60.0
"""Without voice activity detection, a window whose peak stays below this holds nothing to hear."""
MIN_SILENCE_MS = 500
"""Longer pauses are left out of what the model hears: it invents words in silence."""
NEEDED_FILES = ("config.json", "model.bin", "tokenizer.json")
WORKING_MEMORY = 200_000_000
"""Bytes beside the weights for the encoder's output and the beam; 290 to 350 MB measured in all."""


@dataclass(frozen=True)
class Segment:
    """A phrase, with its place in the recording in seconds."""

    start_s: float
    end_s: float
    text: str


@dataclass
class Transcript:
    """What was said. `language` is ISO 639-1, the given one or the one heard; None when nobody spoke.

    Words are in order, do not overlap, and lie within the recording.
    """

    text: str = ""
    language: str | None = None
    duration_s: float = 0.0
    segments: list[Segment] = field(default_factory=list)
    words: list[TimedWord] = field(default_factory=list)


class Whisper:
    """A loaded Whisper model: int8 on processors, float16 on CUDA. CTranslate2 knows no other device.

    Raises:
        ModelUnavailable: the folder does not hold a whole model.

    """

    def __init__(self, model_dir: Path, device: str, name: str | None = None) -> None:
        missing = [name for name in NEEDED_FILES if not (model_dir / name).is_file()]
        if missing:
            raise _unavailable(model_dir, f"{', '.join(missing)} is missing")
        kind, _, index = self.place(device).device.partition(":")
        on_gpu = kind == "cuda"
        try:
            self._model = WhisperModel(
                str(model_dir),
                device="cuda" if on_gpu else "cpu",
                device_index=int(index or 0),
                compute_type="float16" if on_gpu else "int8",
                cpu_threads=worker_threads(),
                local_files_only=True,
            )
        except (RuntimeError, ValueError) as error:
            raise _unavailable(model_dir, str(error)) from error
        # In the hub's cache the folder is named after a commit.
        self._name = name or model_dir.name
        self._weights = (model_dir / "model.bin").stat().st_size

    @staticmethod
    def place(device: str) -> Place:
        """A CUDA card that is asked for and there, else the processor: CTranslate2 knows no other device."""
        kind, _, index = device.partition(":")
        if kind in ("auto", "cpu"):
            return Place("cpu")
        cards = get_cuda_device_count()
        if kind == "cuda" and int(index or 0) < cards:
            return Place(device)
        return Place("cpu", f"CTranslate2, which Whisper runs on, finds {cards} CUDA cards; {device} was asked for.")

    @property
    def memory_bytes(self) -> int:
        """What keeping this model loaded costs, estimated, in bytes."""
        return self._weights + WORKING_MEMORY

    @property
    def languages(self) -> list[str]:
        """The ISO 639-1 codes of the languages that this model hears."""
        return list(self._model.supported_languages)

    def transcribe(self, path: Path, *, language: str | None, words: bool, vad: bool, control: Control) -> Transcript:
        """Write down what is said in a recording of any length and container.

        With `vad` the model hears only what the voice activity detector takes for speech; without it only
        silent stretches are left out. `language` None lets the first speech decide.

        Raises:
            Cancelled: `control` said so.
            InvalidAudio, NotFound, StorageError: as `sidecar.audio.decode.probe`.
            Unsupported: the model does not hear this language.

        """
        self._require(language)
        total_s = probe(path).duration_s
        transcript = Transcript(language=language)
        for window in windows(blocks(path, SAMPLE_RATE), SAMPLE_RATE, WINDOW_S, SEARCH_S):
            end_s = window.start_s + window.samples.size / SAMPLE_RATE
            for segment in self._heard(window, transcript, words=words, vad=vad, control=control):
                _add(transcript, segment, window.start_s, end_s)
                control.progress("transcribing", min(transcript.segments[-1].end_s, total_s), total_s, "seconds")
            transcript.duration_s = end_s
            control.progress("transcribing", min(end_s, total_s), total_s, "seconds")
        transcript.text = transcript.text.strip()
        return transcript

    def close(self) -> None:
        """Give the memory back."""
        self._model.model.unload_model()

    def _require(self, language: str | None) -> None:
        if language is not None and language not in self._model.supported_languages:
            raise Unsupported(
                f"{self._name} does not hear {language!r}. Choose a multilingual Whisper model, such as whisper-base, "
                "and one of its languages.",
                model=self._name,
                language=language,
            )

    def _heard(
        self, window: Window, transcript: Transcript, *, words: bool, vad: bool, control: Control
    ) -> Iterator[ModelSegment]:
        control.check()
        if not _worth_hearing(window, vad=vad):
            return
        segments, information = self._model.transcribe(
            window.samples,
            language=transcript.language,
            word_timestamps=words,
            vad_filter=vad,
            vad_parameters={"min_silence_duration_ms": MIN_SILENCE_MS} if vad else None,
            condition_on_previous_text=False,  # One misheard phrase would be repeated from there on.
        )
        transcript.language = information.language
        for segment in segments:
            control.check()
            yield segment


def _worth_hearing(window: Window, *, vad: bool) -> bool:
    if vad:
        return bool(speech_spans(window.samples, SAMPLE_RATE))
    return peak(window.samples) > amplitude(SILENT_DB)


def _add(transcript: Transcript, segment: ModelSegment, offset_s: float, limit_s: float) -> None:
    before = transcript.segments[-1].end_s if transcript.segments else 0.0
    start_s, end_s = _in_order(segment.start + offset_s, segment.end + offset_s, before, limit_s)
    transcript.segments.append(Segment(start_s, end_s, segment.text.strip()))
    transcript.text += segment.text  # It brings its own leading space in languages that have spaces.
    for word in segment.words or ():
        before = transcript.words[-1].end_s if transcript.words else 0.0
        start_s, end_s = _in_order(word.start + offset_s, word.end + offset_s, before, limit_s)
        transcript.words.append(TimedWord(word.word.strip(), start_s, end_s, float(word.probability)))


def _in_order(start_s: float, end_s: float, before_s: float, limit_s: float) -> tuple[float, float]:
    start = min(max(float(start_s), before_s), limit_s)
    return start, min(max(float(end_s), start), limit_s)


def _unavailable(model_dir: Path, why: str) -> ModelUnavailable:
    return ModelUnavailable(
        f"The model {model_dir.name} cannot be loaded: {why}. Install it again with models.download.",
        model=model_dir.name,
    )
