"""The engine process's operation that finds when each word of a known text is said."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import soundfile

from sidecar.audio.soundness import sounding_spans
from sidecar.engines.base import Control
from sidecar.engines.worker.loading import whisper
from sidecar.engines.worker.loop import Operation
from sidecar.engines.worker.models import LoadedModels
from sidecar.text.alignment import align
from sidecar.text.settling import settled


class WordOperations:
    """Word times with the Whisper models that this process holds."""

    def __init__(self, models: LoadedModels) -> None:
        self._models = models

    def operations(self) -> dict[str, Operation]:
        """The operation by its name on the engine's pipe."""
        return {"words.align": self.align}

    def align(self, params: dict[str, Any], control: Control) -> dict[str, Any]:
        """`{path, text, language}` and `loading.whisper`'s → `{words: [{word, start_s, end_s, probability}]}`.

        The words are the text's own, as it writes them; one that was not heard has probability 0.
        """
        language = None if params["language"] == "auto" else params["language"]
        with whisper(self._models, params, control) as model:
            heard = model.transcribe(Path(params["path"]), language=language, words=True, vad=False, control=control)
        words = align(params["text"], heard.words, language or heard.language or "", heard.duration_s)
        samples, sample_rate = soundfile.read(params["path"], dtype="float32")
        return {"words": [asdict(word) for word in settled(words, sounding_spans(samples, sample_rate))]}
