"""The composition root of the engine process."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Mapping

from sidecar.engines.process import lower_priority
from sidecar.engines.worker.loop import EngineLoop, Operation
from sidecar.engines.worker.models import LoadedModels
from sidecar.engines.worker.prompts import PromptCache
from sidecar.rpc.pipe import Pipe

PROMPT_BYTES = 64 << 20


def run_engine(pipe: Pipe) -> None:
    """Serve operations on the claimed pipe until it ends."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(process)d %(name)s %(message)s")
    lower_priority()
    # A model is loaded from a folder on the disk. Should a library think otherwise, this keeps it off the network.
    os.environ["HF_HUB_OFFLINE"] = "1"
    models = LoadedModels()
    EngineLoop(pipe, _namespaces(models), models).run()


def _namespaces(models: LoadedModels) -> dict[str, Callable[[], Mapping[str, Operation]]]:
    """How to come by the operations of each namespace: imported when first asked for, since each drags libraries in."""

    def audio() -> Mapping[str, Operation]:
        from sidecar.engines.worker import audio_ops

        return audio_ops.OPERATIONS

    def download() -> Mapping[str, Operation]:
        # The one namespace that may use the network; over plain HTTP, since only that goes on where it was cut.
        os.environ |= {"HF_HUB_OFFLINE": "0", "HF_HUB_DISABLE_XET": "1", "HF_HUB_ENABLE_HF_TRANSFER": "0"}
        os.environ |= {"HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
        from sidecar.engines.worker import download_ops

        return download_ops.OPERATIONS

    def effects() -> Mapping[str, Operation]:
        from sidecar.engines.worker import effects_ops

        return effects_ops.OPERATIONS

    def install() -> Mapping[str, Operation]:
        from sidecar.engines.worker import install_ops

        return install_ops.OPERATIONS

    def loading() -> Mapping[str, Operation]:
        from sidecar.engines.worker.models_ops import ModelOperations

        return ModelOperations(models).operations()

    def speech() -> Mapping[str, Operation]:
        from sidecar.engines.worker.speech_ops import SpeechOperations

        return SpeechOperations(models, PromptCache(PROMPT_BYTES)).operations()

    def system() -> Mapping[str, Operation]:
        from sidecar.engines.worker import system_ops

        return system_ops.OPERATIONS

    def transcription() -> Mapping[str, Operation]:
        from sidecar.engines.worker.transcription_ops import TranscriptionOperations

        return TranscriptionOperations(models).operations()

    def verification() -> Mapping[str, Operation]:
        from sidecar.engines.worker.verification_ops import VerificationOperations

        return VerificationOperations(models).operations()

    def words() -> Mapping[str, Operation]:
        from sidecar.engines.worker.words_ops import WordOperations

        return WordOperations(models).operations()

    return {
        "audio": audio,
        "download": download,
        "effects": effects,
        "install": install,
        "models": loading,
        "speech": speech,
        "system": system,
        "transcription": transcription,
        "verification": verification,
        "words": words,
    }
