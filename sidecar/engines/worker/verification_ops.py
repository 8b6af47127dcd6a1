"""The engine process's operations that check a chunk of speech: by its length, and by hearing its words and voice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from sidecar.audio.samples import Samples
from sidecar.audio.soundness import Finding, Soundness, judge, sounding_spans
from sidecar.engines.base import Control
from sidecar.engines.speaker_encoder import Embedding, SpeakerEncoder
from sidecar.engines.worker.loading import whisper
from sidecar.engines.worker.loop import Operation
from sidecar.engines.worker.models import LoadedModels
from sidecar.text.comparison import Comparison, compare
from sidecar.text.syllables import pace, syllables

MOST_WRONG = 0.3
"""English. In 220 sound takes of Kokoro, Whisper base heard 0.25 wrong at the most."""
MOST_WRONG_ELSEWHERE = 0.5
"""Whisper base errs by 0.1 to 0.4 in the other languages of Kokoro and Qwen (Radford and others, 2022, appendix D)."""
MOST_WRONG_LETTERS = 0.2
"""Beside the words: "ready" heard as "reddy" is a wrong word, but it was said. Sound takes reach 0.11."""
MOST_MISSING = 8
"""Letters in a row; sound takes stay under 4."""
MOST_ADDED = 15
"""Letters in a row; a recogniser that writes 545 for 5:45 adds the 12 of "hundred and"."""
LAST_WORD_HEARD = 0.55
"""Of its letters: "sea" heard as "see" has 0.67; of "fire", which was not said, "by there" for "by the" has 0.5."""
LEAST_SIMILARITY = 0.65
"""Takes of one voice of Kokoro are alike by 0.69 and more (median 0.88), those of two voices by 0.55 at the median."""
LONG_ENOUGH_S = 1.6
"""The encoder's window: shorter takes of one voice are alike by as little as 0.54."""
VOICES_KEPT = 4


@dataclass(frozen=True)
class _Speaker:
    """Whom a take should sound like."""

    encoder: SpeakerEncoder
    embedding: Embedding

    def similarity(self, samples: Samples, sample_rate: int) -> float:
        """The cosine of the two embeddings, from -1 to 1."""
        return float(self.encoder.embed(samples, sample_rate) @ self.embedding)


class VerificationOperations:
    """Checks with the Whisper models that this process holds; the voices last compared with are kept too."""

    def __init__(self, models: LoadedModels) -> None:
        self._models = models
        self._speaker = lru_cache(VOICES_KEPT)(_speaker)

    def operations(self) -> dict[str, Operation]:
        """The operations by their names on the engine's pipe."""
        return {"verification.length": self.length, "verification.full": self.full}

    def length(self, params: dict[str, Any], control: Control) -> dict[str, Any]:
        """`{path, text, language, speed?}` → `{passed, reasons, rate, wer, similarity, heard}`, the last three null.

        `reasons` are `{check, measured, limit, message}`; `rate` is in syllables a second. `speed` is the one that the
        engine was asked for.
        """
        samples, sample_rate = _read(params)
        return _told(_soundness(samples, sample_rate, params))

    def full(self, params: dict[str, Any], control: Control) -> dict[str, Any]:
        """The same with `loading.whisper`'s and `encoder_dir?, reference_paths?`, having heard the words and the voice.

        `wer` is the word error rate, `heard` what Whisper wrote down, `similarity` the likeness to the speaker of the
        references from -1 to 1, null without any and for under 1.6 s of speech. All three are null of a take that holds
        nothing to hear.
        """
        samples, sample_rate = _read(params)
        soundness = _soundness(samples, sample_rate, params)
        if soundness.rate is None:
            return _told(soundness)
        asked = None if params["language"] == "auto" else params["language"]
        with whisper(self._models, params, control) as model:
            heard = model.transcribe(Path(params["path"]), language=asked, words=False, vad=False, control=control)
        language = asked or heard.language or ""
        comparison = compare(params["text"], heard.text, language)
        similarity = self._similarity(samples, sample_rate, params)
        reasons = [*soundness.reasons, *_misheard(comparison, language), *_unlike(similarity)]
        return _told(Soundness(soundness.rate, reasons)) | {
            "wer": comparison.wer,
            "similarity": similarity,
            "heard": heard.text,
        }

    def _similarity(self, samples: Samples, sample_rate: int, params: dict[str, Any]) -> float | None:
        """None without references, and for too little speech."""
        references = tuple(params.get("reference_paths") or ())
        speech_s = sum(end - start for start, end in sounding_spans(samples, sample_rate))
        if not references or speech_s < LONG_ENOUGH_S:
            return None
        return self._speaker(params["encoder_dir"], references).similarity(samples, sample_rate)


def _speaker(encoder_dir: str, references: tuple[str, ...]) -> _Speaker:
    encoder = SpeakerEncoder(Path(encoder_dir) / "encoder.onnx")
    recordings = (soundfile.read(path, dtype="float32") for path in references)
    mean = np.mean([encoder.embed(samples, rate) for samples, rate in recordings], axis=0)
    return _Speaker(encoder, mean / np.linalg.norm(mean))


def _read(params: dict[str, Any]) -> tuple[Samples, int]:
    samples, sample_rate = soundfile.read(params["path"], dtype="float32")
    return samples, sample_rate


def _soundness(samples: Samples, sample_rate: int, params: dict[str, Any]) -> Soundness:
    language = params["language"]
    speed = params.get("speed", 1.0)
    bounds = pace(language, speed)
    return judge(samples, sample_rate, syllables(params["text"], language), bounds.slowest, bounds.fastest, speed)


def _misheard(comparison: Comparison, language: str) -> Iterator[Finding]:
    most_wrong = MOST_WRONG if language == "en" else MOST_WRONG_ELSEWHERE
    if comparison.wer > most_wrong and comparison.letter_error_rate > MOST_WRONG_LETTERS:
        message = f"{comparison.wer:.0%} of the words are heard otherwise; {most_wrong:.0%} is the most."
        yield Finding("words", comparison.wer, most_wrong, message)
    if comparison.missing > MOST_MISSING:
        message = f"{comparison.missing} letters of the text in a row are not heard; {MOST_MISSING} are the most."
        yield Finding("missing", comparison.missing, MOST_MISSING, message)
    if comparison.added > MOST_ADDED:
        message = f"{comparison.added} letters in a row are heard that the text has not; {MOST_ADDED} are the most."
        yield Finding("added", comparison.added, MOST_ADDED, message)
    if comparison.last_word < LAST_WORD_HEARD:
        message = f"{comparison.last_word:.0%} of the last word is heard; {LAST_WORD_HEARD:.0%} is the least."
        yield Finding("last_word", comparison.last_word, LAST_WORD_HEARD, message)


def _unlike(similarity: float | None) -> Iterator[Finding]:
    if similarity is not None and similarity < LEAST_SIMILARITY:
        message = f"The voice is like that of the recordings by {similarity:.2f}; {LEAST_SIMILARITY} is the least."
        yield Finding("voice", similarity, LEAST_SIMILARITY, message)


def _told(soundness: Soundness) -> dict[str, Any]:
    return {
        "passed": soundness.passed,
        "reasons": [asdict(reason) for reason in soundness.reasons],
        "rate": soundness.rate,
        "wer": None,
        "similarity": None,
        "heard": None,
    }
