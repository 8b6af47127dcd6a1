"""The engine process's operation on speech: parameters and result are JSON, the work is `Whisper`'s."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sidecar.engines.base import Control
from sidecar.engines.worker.loading import whisper
from sidecar.engines.worker.loop import Operation
from sidecar.engines.worker.models import LoadedModels


class TranscriptionOperations:
    """Transcription with the Whisper models that this process holds."""

    def __init__(self, models: LoadedModels) -> None:
        self._models = models

    def operations(self) -> dict[str, Operation]:
        """The operations by their names on the engine's pipe."""
        return {"transcription.run": self.run}

    def run(self, params: dict[str, Any], control: Control) -> dict[str, Any]:
        """What `loading.whisper` wants, `{path, language?, words, vad}` → a `Transcript`'s fields and `compute_s`."""
        with whisper(self._models, params, control) as model:
            started = time.perf_counter()
            transcript = model.transcribe(
                Path(params["path"]),
                language=params.get("language"),
                words=params["words"],
                vad=params["vad"],
                control=control,
            )
            compute_s = time.perf_counter() - started
        return asdict(transcript) | {"compute_s": compute_s}
