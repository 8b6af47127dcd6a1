"""The engine process's operation on speech: parameters and result are JSON, the work is `Whisper`'s."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sidecar.engines.base import Control
from sidecar.engines.worker.loop import Operation
from sidecar.engines.worker.models import LoadedModels

if TYPE_CHECKING:
    from sidecar.engines.whisper import Whisper


class TranscriptionOperations:
    """Transcription with the Whisper models that this process holds."""

    def __init__(self, models: LoadedModels) -> None:
        self._models = models

    def operations(self) -> dict[str, Operation]:
        """The operations by their names on the engine's pipe."""
        return {"transcription.run": self.run}

    def run(self, params: dict[str, Any], control: Control) -> dict[str, Any]:
        """`{model_dir, device, path, language?, words, vad}` → `{text, language, duration_s, segments, words}`."""
        whisper = load_whisper(self._models, Path(params["model_dir"]), params["device"], control)
        transcript = whisper.transcribe(
            Path(params["path"]),
            language=params.get("language"),
            words=params["words"],
            vad=params["vad"],
            control=control,
        )
        return asdict(transcript)


def load_whisper(models: LoadedModels, model_dir: Path, device: str, control: Control) -> Whisper:
    """The Whisper model of a folder, kept among the models of this process. Raises `ModelUnavailable`."""

    def load() -> Whisper:
        # Imported with the first model: CTranslate2 takes half a second that other work need not wait for.
        from sidecar.engines.whisper import Whisper

        control.progress("loading", 0, None, "models")
        return Whisper(model_dir, device)

    return models.get(f"{model_dir.name}@{device}", load)
